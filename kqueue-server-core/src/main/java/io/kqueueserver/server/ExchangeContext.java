package io.kqueueserver.server;

import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.Limits;
import io.kqueueserver.loop.LoopThread;
import io.kqueueserver.net.Endpoint;
import io.kqueueserver.net.ReadMemory;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The state that all exchanges of one loop share, over all protocols. The loop's thread only. */
public final class ExchangeContext {
  private static final Logger log = LoggerFactory.getLogger(ExchangeContext.class);

  final LoopThread loop;

  /** The memory that the loop reads into, which lends large pieces of bodies. */
  public final ReadMemory memory;

  /** The application's handler, behind the server's wrappers. */
  final ExchangeHandler handler;

  final Limits limits;
  final StreamOptions streams;
  final Pace pace;

  /** The count of this loop's exchanges, by which a drain waits for their end. */
  public final ActiveExchanges.OfLoop active;

  private final InetSocketAddress listenAddress;

  /** Whether a listener is set. */
  public final boolean isObserved;

  /** Whether the listener wants to be notified of the ends of exchanges. */
  final boolean reportsEnds;

  private final ServerListener listener;
  private final Map<Class<?>, Object> services = new HashMap<>();

  final ExchangeIds ids = new ExchangeIds();

  public ExchangeContext(
      LoopThread loop,
      ReadMemory memory,
      ExchangeHandler handler,
      Limits limits,
      StreamOptions streams,
      Pace pace,
      ServerListener listener,
      ActiveExchanges active,
      InetSocketAddress listenAddress) {
    this.loop = loop;
    this.memory = memory;
    this.handler = handler;
    this.limits = limits;
    this.streams = streams;
    this.pace = pace;
    this.listener = listener;
    this.active = active.newLoop();
    this.listenAddress = listenAddress;
    this.isObserved = listener != ServerListener.NONE;
    this.reportsEnds = listener.wantsExchangeEnds();
  }

  /** Adds a service that exchanges can look up. Called before the loop runs. */
  public void offer(Object service) {
    services.put(service.getClass(), service);
  }

  <T> @Nullable T service(Class<T> type) {
    return type.cast(services.get(type));
  }

  /** The address a client has connected to; that of the listener where the connection has none. */
  InetSocketAddress localAddress(Endpoint endpoint) {
    InetSocketAddress known = endpoint.localAddress();
    return known != null ? known : listenAddress;
  }

  /** Notifies the server's listener. An exception of the listener is logged and not thrown. */
  public void notifyListener(Consumer<ServerListener> news) {
    try {
      news.accept(listener);
    } catch (Throwable e) {
      log.error("the server's listener failed", e);
    }
  }
}
