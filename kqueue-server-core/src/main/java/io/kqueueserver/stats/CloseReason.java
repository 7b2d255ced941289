package io.kqueueserver.stats;

/** Why a connection was closed. */
public enum CloseReason {
  /** The peer sent FIN between requests. */
  PEER_CLOSED,
  /** The peer sent FIN while a request or its response was under way. */
  PEER_GONE,
  PEER_RESET,
  /** The TLS handshake failed, or a record was not what was agreed. */
  TLS_ERROR,
  HANDSHAKE_TIMEOUT,
  IDLE_TIMEOUT,
  HEADER_TIMEOUT,
  BODY_TIMEOUT,
  WRITE_TIMEOUT,
  /** The PROXY header was malformed, or missing, or of somebody not trusted. */
  PROXY_HEADER,
  /** The request was malformed. */
  PROTOCOL_ERROR,
  /** A limit on requests was crossed. */
  LIMIT,
  /** We closed after a complete response, as either side asked. */
  RESPONSE_END,
  /** The application broke its response off, or our own code failed. */
  SERVER_ERROR,
  /** Graceful shutdown. */
  DRAIN,
  /** Immediate shutdown. */
  STOP,
  /** Somebody closed it by hand, through {@code RunningServer.closeConnection}. */
  OPERATOR
}
