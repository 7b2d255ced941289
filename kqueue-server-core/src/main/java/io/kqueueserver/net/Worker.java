package io.kqueueserver.net;

import io.kqueueserver.loop.EventHandler;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.net.proxy.ProxyHeader;
import io.kqueueserver.socket.SocketAddresses;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.ConnectionStats;
import io.kqueueserver.stats.CurrentRequest;
import io.kqueueserver.stats.WireProtocol;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One loop with its connections and its share of accepting. The loop's thread only, unless a method
 * is marked otherwise.
 */
public final class Worker {
  /** Makes the handler of a new connection. */
  @FunctionalInterface
  public interface HandlerFactory {
    ConnectionHandler create(Connection connection);
  }

  private final LoopResources resources;
  private final HandlerFactory handlers;
  private final TransportFactory transports;
  private final List<Acceptor> acceptors = new ArrayList<>();

  /**
   * Number of assigned connections. Counted at the assignment, so that a burst is spread before the
   * loops have seen it.
   */
  private final AtomicInteger assigned = new AtomicInteger();

  /** The connections that a drain has left; null before a drain. */
  private @Nullable LastConnections last;

  /** Makes a worker for plain sockets. */
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

  /** Number of connections assigned to this loop and not yet closed. Any thread. */
  public int connections() {
    return assigned.get();
  }

  /** Number of slots that hold or held a connection, for {@link #observe}. Any thread. */
  public int slots() {
    return loop().slots();
  }

  /**
   * The view of the connection in a slot; null if the slot is empty. Sends no task to the loop, so
   * that it works while the loop is stuck. Any thread.
   */
  public @Nullable ConnectionView observe(int slot) {
    return loop()
        .observe(
            slot,
            (udata, handler) ->
                handler instanceof ConnectionEvents events
                    ? events.connection().view(udata)
                    : null);
  }

  /**
   * Whether a request under way on the connection matches. Sends no task to the loop. Any thread.
   */
  public boolean hasRequest(long udata, Predicate<? super CurrentRequest> predicate) {
    Boolean found =
        loop()
            .observe(
                (int) udata,
                (current, handler) ->
                    current == udata
                        && handler instanceof ConnectionEvents events
                        && hasRequest(events.connection().handler(), predicate));
    return found != null && found;
  }

  /** Whether a request under way of the connection with this handler matches. */
  static boolean hasRequest(
      @Nullable ConnectionHandler handler, Predicate<? super CurrentRequest> predicate) {
    AtomicBoolean found = new AtomicBoolean();
    if (handler != null) {
      handler.eachRequest(
          request -> {
            if (predicate.test(request)) {
              found.set(true);
            }
          });
    }
    return found.get();
  }

  /** Resets the connection. Returns false if the connection is closed already. */
  public boolean reset(long udata, CloseReason reason) {
    if (loop().handler(udata) instanceof ConnectionEvents events) {
      events.connection().reset(reason);
      return true;
    }
    return false;
  }

  /** Counts a connection before it is handed to this loop. Any thread. */
  void assign() {
    assigned.incrementAndGet();
  }

  /** Makes a connection of an accepted descriptor, which was assigned to this worker before. */
  void adopt(int fd, byte[] peer, Runnable onClose) {
    loop().stats().accepted++;
    boolean owned = false; // by an object that closes the descriptor; even a place needs memory
    Runnable gone = onClose;
    try {
      AddressLimit limit = resources.options().perAddress();
      Place place = new Place(this, onClose, limit);
      gone = place;
      ProxyPolicy proxy = resources.options().proxy();
      if (limit != null && !place.countFor(limit.ofPeer(resources.sockets().abi(), peer))) {
        owned = true;
        refuse(fd, peer, limit, place);
      } else if (proxy == null) {
        owned = true;
        serve(fd, peer, ProxyHeader.Complete.NONE, place);
      } else {
        ProxyGreeting.Successor successor = (client, header) -> greeted(fd, client, header, place);
        ProxyGreeting greeting = new ProxyGreeting(resources, proxy, fd, peer, successor, place);
        owned = true;
        greet(greeting);
      }
    } finally {
      if (!owned) {
        resources.sockets().close(fd);
        if (gone == onClose) {
          unassign(); // as the place does
        }
        gone.run();
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

  /** Serves a connection whose client is known from now on, unless that has too many. */
  private void greeted(int fd, byte[] client, ProxyHeader.Complete header, Place place) {
    AddressLimit limit = resources.options().perAddress();
    boolean admitted;
    try {
      admitted =
          limit == null
              || place.countFor(limit.ofClient(resources.sockets().abi(), client, header));
    } catch (RuntimeException | Error e) {
      resources.sockets().close(fd);
      place.run();
      throw e;
    }
    if (limit == null || admitted) {
      serve(fd, client, header, place);
    } else {
      refuse(fd, client, limit, place);
    }
  }

  /** Resets a connection of an address that has too many. */
  private void refuse(int fd, byte[] client, AddressLimit limit, Place place) {
    EventLoop loop = loop();
    try {
      loop.stats().closed(CloseReason.ADDRESS_LIMIT);
      loop.closing(fd);
      CloseLog.closed(
          resources.sockets(),
          fd,
          CloseReason.ADDRESS_LIMIT,
          "",
          0,
          new ConnectionStats(loop.now()),
          WireProtocol.UNDECIDED,
          loop.now());
      InetSocketAddress peer = SocketAddresses.decode(resources.sockets().abi(), client);
      CloseListener listener = resources.options().closes();
      if (listener.wantsCloses()) {
        listener.onClosed(CloseListener.Closed.early(peer, CloseReason.ADDRESS_LIMIT, 0));
      }
      limit.refused(peer, loop.now());
    } finally {
      // A reset leaves nothing of the connection in this system, where FIN leaves TIME_WAIT.
      resources.sockets().lingerZero(fd);
      resources.sockets().close(fd);
      place.run();
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
      connection.close(CloseReason.SERVER_ERROR); // no other object knows its descriptor
      throw e;
    }
    if (last != null) {
      last.add(connection);
    }
  }

  /**
   * Takes an assignment back, whose descriptor was closed before it became a connection. Any
   * thread.
   */
  void unassign() {
    assigned.decrementAndGet();
  }

  void add(Acceptor acceptor) {
    acceptors.add(acceptor);
  }

  /** Lets acceptors that paused at the connection limit try again. Any thread. */
  void resumeAccepting() {
    loop().execute(() -> acceptors.forEach(Acceptor::resume));
  }

  /** Stops accepting. What was accepted before is on its way to a loop by then. */
  public void stopAccepting() {
    acceptors.forEach(Acceptor::close);
    acceptors.clear();
  }

  /**
   * Closes idle connections. A connection younger than a second may bring one request before. The
   * loops must all have {@link #stopAccepting stopped accepting}: each may hand connections to this
   * one.
   *
   * @param whenDone called once, on the loop's thread, when no connection can bring a request any
   *     more
   */
  public void drain(Runnable whenDone) {
    LastConnections ending = new LastConnections(loop(), whenDone);
    last = ending;
    ending.begin();
  }

  /** Calls {@code action} for each connection of this loop, on the loop's thread. */
  public void forEachConnection(Consumer<? super Connection> action) {
    for (EventHandler handler : loop().handlers()) {
      if (handler instanceof ConnectionEvents events) {
        action.accept(events.connection());
      }
    }
  }
}
