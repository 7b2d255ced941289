package io.kqueueserver.server;

import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.Limits;
import io.kqueueserver.loop.LoopThread;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What all exchanges of one loop share, whatever carries them; used on its thread only. */
public final class ExchangeContext {
  private static final Logger log = LoggerFactory.getLogger(ExchangeContext.class);

  final LoopThread loop;

  /** The application, behind what the server puts before it. */
  final ExchangeHandler handler;

  final Limits limits;
  final StreamOptions streams;
  final ActiveExchanges active;
  final InetSocketAddress listenAddress;

  /** Whether there is a listener at all. */
  public final boolean isHeard;

  /** Whether it wants to hear how exchanges end. */
  final boolean tellsEnds;

  private final ServerListener listener;
  private final Map<Class<?>, Object> services = new HashMap<>();

  final ExchangeIds ids = new ExchangeIds();

  public ExchangeContext(
      LoopThread loop,
      ExchangeHandler handler,
      Limits limits,
      StreamOptions streams,
      ServerListener listener,
      ActiveExchanges active,
      InetSocketAddress listenAddress) {
    this.loop = loop;
    this.handler = handler;
    this.limits = limits;
    this.streams = streams;
    this.listener = listener;
    this.active = active;
    this.listenAddress = listenAddress;
    this.isHeard = listener != ServerListener.NONE;
    this.tellsEnds = listener.wantsExchangeEnds();
  }

  /** Has exchanges find the service; before the loop runs. */
  public void offer(Object service) {
    services.put(service.getClass(), service);
  }

  <T> @Nullable T service(Class<T> type) {
    return type.cast(services.get(type));
  }

  /** Tells the server's listener, whose errors are its own. */
  public void tell(Consumer<ServerListener> news) {
    try {
      news.accept(listener);
    } catch (Throwable e) {
      log.error("the server's listener failed", e);
    }
  }
}
