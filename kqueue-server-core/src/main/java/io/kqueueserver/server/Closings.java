package io.kqueueserver.server;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.stats.CloseReason;

/** What a closed connection means to the exchange that was on it. */
public final class Closings {
  private Closings() {}

  /** For when there is no memory for another. */
  @SuppressWarnings("StaticAssignmentOfThrowable") // has no stack that could mislead a reader
  private static final ExchangeException OUT_OF_MEMORY =
      new ExchangeException(Reason.LIMIT, "the connection was closed: out of memory");

  public static ExchangeException exception(CloseReason reason) {
    try {
      return make(reason);
    } catch (OutOfMemoryError e) {
      return OUT_OF_MEMORY; // whoever waits for the end of the exchange must hear of it
    }
  }

  private static ExchangeException make(CloseReason reason) {
    return switch (reason) {
      case PEER_CLOSED, PEER_GONE ->
          new ExchangeException(Reason.PEER_CLOSED, "the client closed the connection");
      // The words that Spring's DisconnectedClientHelper knows.
      case PEER_RESET, TLS_ERROR ->
          new ExchangeException(Reason.PEER_RESET, "Connection reset by peer");
      case WRITE_TIMEOUT ->
          new ExchangeException(Reason.TIMEOUT, "the client took no byte for too long");
      case HANDSHAKE_TIMEOUT, IDLE_TIMEOUT, HEADER_TIMEOUT, BODY_TIMEOUT ->
          new ExchangeException(Reason.TIMEOUT, "the client was silent for too long");
      case PROTOCOL_ERROR -> new ExchangeException(Reason.BAD_REQUEST, "malformed request");
      case LIMIT, UNREAD_BODY, MEMORY -> new ExchangeException(Reason.LIMIT, "a limit was crossed");
      case DRAIN, STOP -> new ExchangeException(Reason.SERVER_STOPPED, "the server is stopping");
      case RESPONSE_END, SERVER_ERROR, NOT_REGISTERED, OPERATOR, PROXY_HEADER ->
          new ExchangeException(Reason.APPLICATION, "the connection was closed by the server");
    };
  }
}
