package io.kqueueserver.server.h2;

import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.loop.Deadline;
import io.kqueueserver.net.Connection.Linger;
import io.kqueueserver.stats.CloseReason;

/**
 * How a connection ends in good order (RFC 9113 6.8): a first GOAWAY warns the client, which may
 * have sent requests already; after one round trip or a second, a last GOAWAY names the highest
 * stream that is served, and the connection closes behind the last of them. The loop's thread only.
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

  private int lastStream = Integer.MAX_VALUE;
  private CloseReason reason = CloseReason.DRAIN;

  Departure(Http2Connection owner) {
    this.owner = owner;
  }

  /** Whether further requests on this connection are not wanted. */
  boolean hasBegun() {
    return warned || isLeaving();
  }

  private boolean isLeaving() {
    return lastStream != Integer.MAX_VALUE;
  }

  /** Whether a stream that the client opens is served. */
  boolean serves(int streamId) {
    return streamId <= lastStream;
  }

  long due() {
    return due;
  }

  /** The server drains. */
  void warn() {
    if (!hasBegun()) {
      warned = true;
      owner.output.goAway(Integer.MAX_VALUE, ErrorCode.NO_ERROR, "the server is draining");
      owner.output.ping(PING, false);
      due = owner.now() + WARNING_NANOS;
    }
  }

  /** The client has answered a PING: it has seen what was sent before. */
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

  /** No stream is taken any more; the connection closes for that reason behind the last one. */
  void leave(CloseReason why, String debug) {
    if (!isLeaving()) {
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

  /** The client sends nothing more; what it has asked for is answered. */
  void inputEnded() {
    lastStream = owner.streams.highest();
    reason = CloseReason.PEER_CLOSED;
    closeIfDone();
  }

  /** A stream has ended. */
  void closeIfDone() {
    if (isLeaving() && owner.streams.isEmpty() && owner.connection.isOpen()) {
      owner.connection.closeAfterFlush(reason, Linger.YES);
    }
  }
}
