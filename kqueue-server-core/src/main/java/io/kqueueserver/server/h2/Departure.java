package io.kqueueserver.server.h2;

import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.loop.Deadline;
import io.kqueueserver.net.Connection.Linger;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;

/**
 * The graceful end of a connection (RFC 9113 6.8). A first GOAWAY warns the client, which may have
 * sent requests already. After one round trip or a second, a last GOAWAY names the highest stream
 * that is served, and the connection closes after the last stream. The loop's thread only.
 *
 * <pre>
 *   STAYING --warn--> WARNED --PING ack, 1 s--> LEAVING --last stream--> closed
 *      '----------------leave------------------^
 * </pre>
 */
final class Departure {
  private static final long WARNING_NANOS = 1_000_000_000L;

  private static final long PING = 0x6b71_6472_6169_6eL;

  private final Http2Connection owner;
  private boolean warned;

  /** When the last GOAWAY is due; NEVER unless the client was warned and it has not been sent. */
  private long due = Deadline.NEVER;

  /** The highest stream that is served. */
  private int lastStream = Integer.MAX_VALUE;

  private boolean leaving;
  private CloseReason reason = CloseReason.DRAIN;

  Departure(Http2Connection owner) {
    this.owner = owner;
  }

  /** Whether the end has begun, so that further requests on this connection are not wanted. */
  boolean hasBegun() {
    return warned || leaving;
  }

  /** Whether a stream that the client opens is served. */
  boolean serves(int streamId) {
    return streamId <= lastStream;
  }

  /**
   * The last stream that any GOAWAY may name from now on: no higher than one that was named before,
   * since the client sends the streams above elsewhere (RFC 9113 6.8).
   */
  int lastServed() {
    return Math.min(lastStream, owner.streams.highest());
  }

  /** The reason of the end, once the end has begun. */
  CloseReason reason() {
    return reason;
  }

  long due() {
    return due;
  }

  /** Begins the end of the connection by a first GOAWAY. */
  void warn(CloseReason why) {
    if (!hasBegun()) {
      warned = true;
      reason = why;
      String debug =
          why == CloseReason.CONNECTION_AGE
              ? String.valueOf(Limit.CONNECTION_AGE.property())
              : "the server is draining";
      owner.output.goAway(Integer.MAX_VALUE, ErrorCode.NO_ERROR, debug);
      owner.output.ping(PING, false);
      due = owner.now() + WARNING_NANOS;
    }
  }

  /** The client has answered a PING, and so has seen all frames sent before the PING. */
  void pingAcknowledged(long opaque) {
    if (opaque == PING && due != Deadline.NEVER) {
      leave();
    }
  }

  void onDeadline(long now) {
    if (due != Deadline.NEVER && due - now <= 0) {
      leave();
    }
  }

  /** Accepts no further stream. The connection closes for this reason after the last stream. */
  void leave(CloseReason why, String debug) {
    if (!leaving) {
      leaving = true;
      reason = why;
      lastStream = owner.streams.highest();
      owner.output.goAway(lastStream, ErrorCode.NO_ERROR, debug);
      closeIfDone();
    }
  }

  private void leave() {
    due = Deadline.NEVER;
    leave(reason, "");
  }

  /** The client has ended its side. Its requests are still answered. */
  void inputEnded() {
    leaving = true;
    lastStream = owner.streams.highest();
    reason = CloseReason.PEER_CLOSED;
    closeIfDone();
  }

  /** A stream has ended. */
  void closeIfDone() {
    if (leaving && owner.streams.isEmpty() && owner.connection.isOpen()) {
      owner.connection.closeAfterFlush(reason, Linger.YES);
    }
  }
}
