package io.kqueueserver.stats;

import org.jspecify.annotations.Nullable;

/** Why a connection was closed, and the limit it met, if it was closed for meeting one. */
public enum CloseReason {
  /** The peer sent FIN between requests. */
  PEER_CLOSED,
  /** The peer sent FIN while a request or its response was under way. */
  PEER_GONE,
  PEER_RESET,
  /** The TLS handshake failed, or a record was not what was agreed. */
  TLS_ERROR,
  HANDSHAKE_TIMEOUT(Limit.TLS_HANDSHAKE_TIMEOUT),
  IDLE_TIMEOUT(Limit.IDLE_TIMEOUT),
  HEADER_TIMEOUT(Limit.HEADER_TIMEOUT),
  BODY_TIMEOUT(Limit.BODY_TIMEOUT),
  WRITE_TIMEOUT(Limit.WRITE_TIMEOUT),
  /** The PROXY header was malformed, or missing, or its sender is not trusted. */
  PROXY_HEADER,
  /** The request was malformed. */
  PROTOCOL_ERROR,
  /** A request crossed a limit, which was counted when the request was refused. */
  LIMIT,
  /** The rest of a body that the application did not read met a bound of discarding. */
  UNREAD_BODY,
  /** Too much was held for clients, most of it for this one, which made no progress. */
  MEMORY(Limit.HELD_BYTES),
  /** We closed after a complete response, as either side asked. */
  RESPONSE_END,
  /** The application broke its response off, or our own code failed. */
  SERVER_ERROR,
  /** The kernel refused its registration, at its beginning or on the successor of a queue. */
  NOT_REGISTERED,
  /** Graceful shutdown. */
  DRAIN,
  /** Immediate shutdown. */
  STOP,
  /** An operator closed it, through {@code LoopView.closeConnection}. */
  OPERATOR;

  private final @Nullable Limit limit;

  CloseReason() {
    this.limit = null;
  }

  CloseReason(Limit limit) {
    this.limit = limit;
  }

  /** The limit that every connection closed for this reason has met; null if there is none. */
  public @Nullable Limit limit() {
    return limit;
  }
}
