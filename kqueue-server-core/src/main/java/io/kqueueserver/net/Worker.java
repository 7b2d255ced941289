package io.kqueueserver.net;

import io.kqueueserver.loop.EventHandler;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.net.proxy.ProxyHeader;
import io.kqueueserver.stats.CloseReason;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One loop with its connections and its share of accepting. The loop's thread only, unless it says
 * otherwise.
 */
public final class Worker {
  /** Makes the protocol side of a new connection. */
  @FunctionalInterface
  public interface HandlerFactory {
    ConnectionHandler create(Connection connection);
  }

  private final LoopResources resources;
  private final HandlerFactory handlers;
  private final TransportFactory transports;
  private final List<Acceptor> acceptors = new ArrayList<>();

  /**
   * Counted when a connection is assigned, so that a burst is spread before the loops have seen it.
   */
  private final AtomicInteger assigned = new AtomicInteger();

  private boolean draining;

  /** Serves on sockets as they are. */
  public Worker(LoopResources resources, HandlerFactory handlers) {
    this(resources, handlers, TransportFactory.PLAIN);
  }

  public Worker(LoopResources resources, HandlerFactory handlers, TransportFactory transports) {
    this.resources = resources;
    this.handlers = handlers;
    this.transports = transports;
  }

  public EventLoop loop() {
    return resources.loop();
  }

  LoopResources resources() {
    return resources;
  }

  /** Connections assigned to this loop and not yet closed. Any thread. */
  public int connections() {
    return assigned.get();
  }

  /** Slots that hold a connection, or held one, to {@link #observe}. Any thread. */
  public int slots() {
    return loop().slots();
  }

  /**
   * The connection in the slot; null if it holds none now. Asks nothing of the loop, so it answers
   * while that is stuck. Any thread.
   */
  public @Nullable ConnectionView observe(int slot) {
    return loop()
        .observe(
            slot,
            (udata, handler) ->
                handler instanceof Connection connection ? connection.view(udata) : null);
  }

  /** Cuts the connection off, so that the peer sees a reset; false if it has gone already. */
  public boolean reset(long udata, CloseReason reason) {
    if (loop().handler(udata) instanceof Connection connection) {
      connection.reset(reason);
      return true;
    }
    return false;
  }

  /** Counts a connection that is about to be handed to this loop. Any thread. */
  void assign() {
    assigned.incrementAndGet();
  }

  /** Makes a connection of an accepted descriptor; it was assigned to this worker before. */
  void adopt(int fd, byte[] peer, Runnable onClose) {
    loop().stats().accepted++;
    boolean owned = false; // by what closes it, whatever happens; even a lambda may want memory
    try {
      Runnable gone =
          () -> {
            assigned.decrementAndGet();
            onClose.run();
          };
      ProxyPolicy proxy = resources.options().proxy();
      if (proxy == null) {
        owned = true;
        serve(fd, peer, ProxyHeader.Complete.NONE, gone);
      } else {
        ProxyGreeting.Successor successor = (client, header) -> serve(fd, client, header, gone);
        ProxyGreeting greeting = new ProxyGreeting(resources, proxy, fd, peer, successor, gone);
        owned = true;
        greet(greeting);
      }
    } finally {
      if (!owned) {
        resources.sockets().close(fd);
        assigned.decrementAndGet();
        onClose.run();
      }
    }
  }

  private static void greet(ProxyGreeting greeting) {
    try {
      greeting.open();
    } catch (RuntimeException | Error e) {
      greeting.onFailure(e);
      throw e;
    }
  }

  private void serve(int fd, byte[] peer, ProxyHeader.Complete greeting, Runnable onClose) {
    Connection connection;
    try {
      connection = new Connection(resources, fd, peer, transports, onClose);
    } catch (RuntimeException | Error e) {
      resources.sockets().close(fd);
      onClose.run();
      throw e;
    }
    connection.facts.greeted(greeting);
    try {
      connection.open(handlers.create(connection));
    } catch (RuntimeException | Error e) {
      connection.close(CloseReason.SERVER_ERROR); // nobody else knows its descriptor
      throw e;
    }
    if (draining) {
      connection.drain();
    }
  }

  /**
   * Takes an assignment back: its descriptor was closed before it became a connection. Any thread.
   */
  void unassign() {
    assigned.decrementAndGet();
  }

  void add(Acceptor acceptor) {
    acceptors.add(acceptor);
  }

  /** Lets acceptors that paused at the connection limit look again. Any thread. */
  void resumeAccepting() {
    loop().execute(() -> acceptors.forEach(Acceptor::resume));
  }

  /** Stops accepting and closes what is idle. */
  public void drain() {
    draining = true;
    acceptors.forEach(Acceptor::close);
    acceptors.clear();
    for (EventHandler handler : loop().handlers()) {
      if (handler instanceof Connection connection) {
        connection.drain();
      } else if (handler instanceof ProxyGreeting greeting) {
        greeting.drain();
      }
    }
  }
}
