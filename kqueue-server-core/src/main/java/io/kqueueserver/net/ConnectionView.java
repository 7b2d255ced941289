package io.kqueueserver.net;

import io.kqueueserver.stats.CurrentRequest;
import io.kqueueserver.stats.SharedFlow;
import io.kqueueserver.stats.WireProtocol;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A view of one open connection, copied by an observer while the loop went on. Each value was true
 * at some moment of the copy; two values need not be of the same moment. Times are of the loop's
 * clock.
 *
 * @param udata slot and generation, which name the connection on its loop for the loop's life
 * @param sharedFlow what its streams share; null for a protocol that has none
 */
public record ConnectionView(
    long udata,
    Socket socket,
    State state,
    Times times,
    Traffic traffic,
    Requests requests,
    @Nullable SharedFlow sharedFlow) {

  /** The descriptor, the peer, and the protocol. */
  public record Socket(int fd, InetSocketAddress peer, WireProtocol protocol, boolean tls) {}

  /** When the connection was accepted, and when its last byte went either way. */
  public record Times(long openedNanos, long lastActiveNanos) {}

  /**
   * Bytes since the connection was accepted.
   *
   * @param queued bytes written by the application and not yet taken by the kernel
   */
  public record Traffic(long read, long written, long queued) {

    /** Bytes in both directions. */
    public long moved() {
      return read + written;
    }
  }

  /**
   * The requests of a connection.
   *
   * @param total number of requests since the connection was accepted
   * @param active number of requests under way
   * @param listed requests under way, oldest first; at most {@link #MAX_LISTED}, which the protocol
   *     has passed first
   */
  public record Requests(int total, int active, List<CurrentRequest> listed) {
    /** 100: the usual limit of concurrent HTTP/2 streams (RFC 9113 6.5.2 advises no fewer). */
    public static final int MAX_LISTED = 100;

    /** Copies the requests under way out of the handler of a connection. Any thread. */
    static Requests of(int total, @Nullable ConnectionHandler handler) {
      Look look = new Look();
      if (handler != null) {
        handler.eachRequest(look);
      }
      return new Requests(total, look.active, look.oldestFirst());
    }

    /** The request that began first of those under way; null if there is none. */
    public @Nullable CurrentRequest oldest() {
      return listed.isEmpty() ? null : listed.get(0);
    }

    /** The request under way if there is exactly one; null for none and for several. */
    public @Nullable CurrentRequest only() {
      return active == 1 ? oldest() : null;
    }
  }

  /** One look of an observer at the requests of a handler. */
  private static final class Look implements Consumer<CurrentRequest> {
    private List<CurrentRequest> listed = List.of();
    private int active;

    @Override
    public void accept(CurrentRequest request) {
      if (active++ == 0) {
        listed = List.of(request); // HTTP/1 has one request at most
      } else if (active <= Requests.MAX_LISTED) {
        if (active == 2) {
          listed = new ArrayList<>(listed);
        }
        listed.add(request);
      }
    }

    List<CurrentRequest> oldestFirst() {
      if (active < 2) {
        return listed;
      }
      long first = listed.get(0).startedNanos();
      listed.sort(Comparator.comparingLong(request -> request.startedNanos() - first));
      return List.copyOf(listed);
    }
  }

  /** The state of a connection, in the terms of an operator. */
  public enum State {
    /** The connection is between requests. */
    IDLE,
    /** A request is under way, or the connection was switched to another protocol. */
    ACTIVE,
    /** The connection sends the written bytes, then closes. */
    FLUSHING,
    /** The connection has sent FIN and waits for the peer's FIN. */
    LINGERING;

    /** The name of the state in the endpoint. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
