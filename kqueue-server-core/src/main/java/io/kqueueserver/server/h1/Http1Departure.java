package io.kqueueserver.server.h1;

import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.Connection.Linger;
import io.kqueueserver.stats.CloseReason;
import org.jspecify.annotations.Nullable;

/**
 * The end of an HTTP/1 connection behind an exchange, or between two. The departure chooses between
 * FIN and a reset, and whether input is still read: unread input would make a close destroy the
 * responses before it. The connection has dropped its exchange before each call. The loop's thread
 * only.
 */
final class Http1Departure {
  private final Http1Connection owner;
  private final Http1Input input;

  /** The reason why the connection should end after its exchange; null while it may go on. */
  private @Nullable CloseReason reason;

  Http1Departure(Http1Connection owner, Http1Input input) {
    this.owner = owner;
    this.input = input;
  }

  /** The connection should end after its exchange. */
  void begin(CloseReason why) {
    reason = why;
  }

  /** The reason of {@link #begin}; null while the connection may go on. */
  @Nullable CloseReason reason() {
    return reason;
  }

  private Linger lingerIfUnread() {
    boolean unread = input.isStashed() || owner.connection.mayHaveUnreadInput();
    return unread ? Linger.YES : Linger.NO;
  }

  /**
   * Whether the connection must end behind this exchange. A response that has promised to go on may
   * be followed by requests that have come already. They are served: their client could not foresee
   * a close, and the response to the first of them announces it.
   */
  boolean follows(Http1Wire answered) {
    return !answered.keepsAlive() || endsIdle();
  }

  /** Whether the connection ends for a drain as soon as it is idle, without a wait for input. */
  boolean endsIdle() {
    return reason == CloseReason.DRAIN
        && owner.decoder.isIdle()
        && !input.isStashed()
        && !owner.connection.mayHaveUnreadInput();
  }

  /** Closes behind a whole exchange. */
  void behindExchange() {
    // A client that requested the close sends no more; another may have pipelined.
    Linger linger = owner.decoder.keepAlive() ? Linger.YES : lingerIfUnread();
    owner.connection.closeAfterFlush(reason == null ? CloseReason.RESPONSE_END : reason, linger);
  }

  /** Closes between two exchanges, for the reason of {@link #begin} or else for {@code silence}. */
  void idle(CloseReason silence) {
    if (reason == null) {
      owner.connection.closeAfterFlush(silence, Linger.NO);
    } else {
      owner.connection.closeAfterFlush(reason, lingerIfUnread());
    }
  }

  /** The client has ended its side between two exchanges, or inside of a head. */
  void inputEnded() {
    boolean betweenRequests = owner.decoder.isIdle() || input.isStashed();
    owner.connection.closeAfterFlush(
        betweenRequests ? CloseReason.PEER_CLOSED : CloseReason.PEER_GONE, Linger.NO);
  }

  /** The exchange was reset. */
  void broken(Http1Wire current) {
    Linger linger = current.core.body().isEnded() ? lingerIfUnread() : Linger.YES;
    cut(owner.connection, current, CloseReason.SERVER_ERROR, linger);
  }

  /**
   * Closes behind a response that has begun and is not complete. A response framed by length or
   * chunks shows its truncation by itself. A response that ends with the connection needs a reset
   * (RFC 9112 8), with which the kernel may drop bytes that it has taken. The bytes written of the
   * response, and the responses before it, are sent first. Pinned by BrokenOffTest.
   */
  static void cut(Connection connection, Http1Wire current, CloseReason why, Linger linger) {
    if (current.endsWithConnection()) {
      connection.resetAfterFlush(why);
    } else {
      connection.closeAfterFlush(why, linger);
    }
  }

  /**
   * The client went before the exchange was complete. Complete responses still arrive: FIN may mean
   * only the client's own side.
   */
  void peerGone(Http1Wire current, String message) {
    Connection connection = owner.connection;
    boolean answered = current.core.isResponseEnded();
    if (current.core.isCommitted() && !answered) {
      cut(connection, current, CloseReason.PEER_GONE, lingerIfUnread());
    } else {
      connection.closeAfterFlush(CloseReason.PEER_GONE, lingerIfUnread());
    }
    if (!answered) {
      current.core.end().failed(Reason.PEER_CLOSED, message, null);
    }
  }
}
