package io.kqueueserver.server.h1;

import io.kqueueserver.http.Limits;
import io.kqueueserver.http.h1.Http1Decoder;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.Connection.Linger;
import io.kqueueserver.server.ExchangeCore;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;

/**
 * What is left of a request body when its response is complete. It is thrown away either way, so
 * that no RST destroys the response; the head has already told the client whether the connection
 * goes on after it (RFC 9112 9.3, 9.6). The loop's thread only.
 */
final class RestOfBody {
  private final Connection connection;
  private final Http1Decoder decoder;
  private final Limits limits;

  RestOfBody(Connection connection, Http1Decoder decoder, Limits limits) {
    this.connection = connection;
    this.decoder = decoder;
    this.limits = limits;
  }

  /** Whether the connection is worth reading it: it is known to be small, or to have ended. */
  boolean isSmall(ExchangeCore current) {
    long rest = decoder.bodyRemaining();
    return current.isRequestEnded() || (rest >= 0 && rest <= limits.maxUnreadBodyBytes());
  }

  /** Begins to throw it away; false if the connection must send FIN before that. */
  boolean discard(Http1Wire current) {
    if (decoder.keepAlive() && !isSmall(current.core)) {
      connection.loop().stats().limitHit(Limit.UNREAD_BODY);
    }
    // FIN is the end of a response that ends with the connection, and the only answer to a client
    // that holds its body back until it is told to send it.
    if (current.endsWithConnection() || current.core.awaitsContinue()) {
      return false;
    }
    connection.endDiscard();
    current.core.discardRest();
    return true;
  }

  /** A piece was thrown away; false if the connection is at its end for it. */
  boolean took(Http1Wire current, int count) {
    if (!current.core.isResponseEnded()) {
      connection.loop().stats().bytesDiscarded += count;
      return true;
    }
    return connection.discard().took(count);
  }

  /**
   * Closes since the rest does not come, or is too much. A client that was promised a kept
   * connection sees a reset: FIN would look like the end of an idle one.
   */
  void giveUp(Http1Wire current) {
    if (current.keepsAlive()) {
      connection.reset(CloseReason.UNREAD_BODY);
    } else {
      connection.closeAfterFlush(CloseReason.UNREAD_BODY, Linger.NO);
    }
  }
}
