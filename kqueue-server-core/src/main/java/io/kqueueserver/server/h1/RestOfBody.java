package io.kqueueserver.server.h1;

import io.kqueueserver.http.Limits;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.Connection.Linger;
import io.kqueueserver.server.ExchangeCore;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;

/**
 * The rest of a request body after its response is complete. The rest is dropped in every case, so
 * that no RST destroys the response. The response head has announced whether the connection stays
 * open (RFC 9112 9.3, 9.6). The loop's thread only.
 */
final class RestOfBody {
  private final Http1Connection owner;
  private final Connection connection;
  private final Limits limits;

  RestOfBody(Http1Connection owner, Connection connection, Limits limits) {
    this.owner = owner;
    this.connection = connection;
    this.limits = limits;
  }

  /**
   * Whether the head of a response that begins now keeps the connection: the body has ended, its
   * rest is small, or the application reads it, as one that answers with what it receives.
   */
  boolean keeps(ExchangeCore current) {
    long rest = owner.decoder.bodyRemaining();
    return current.body().isEnded()
        || (rest >= 0 && rest <= limits.maxUnreadBodyBytes())
        || current.body().isBeingRead();
  }

  /** Drops the rest from now on. Returns false if the connection must send FIN before. */
  boolean discard(Http1Wire current) {
    if (current.core.body().isRestDiscarded()) {
      return true;
    }
    if (owner.decoder.keepAlive() && !current.keepsAlive() && !keeps(current.core)) {
      connection.loop().limitHit(Limit.UNREAD_BODY);
    }
    // FIN ends a response that ends with the connection, and is the only answer to a client that
    // holds its body back until a 100 (Continue).
    if (current.endsWithConnection() || current.core.body().isHeldBack()) {
      return false;
    }
    connection.endDiscard();
    current.core.body().discardRest();
    return true;
  }

  /** A piece was dropped. Returns false if the connection ends because of that. */
  boolean took(Http1Wire current, int count) {
    if (!current.core.isResponseEnded()) {
      connection.loop().stats().bytesDiscarded += count;
      return true;
    }
    return connection.discard().took(count);
  }

  /**
   * Closes, because the rest does not come or is too much. The response, and those before it, are
   * sent first, and FIN behind them: a reset could destroy what the client has not read yet.
   */
  void giveUp() {
    connection.closeAfterFlush(CloseReason.UNREAD_BODY, Linger.NO);
  }
}
