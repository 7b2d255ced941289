package io.kqueueserver.stats;

import org.jspecify.annotations.Nullable;

/**
 * Why a connection was closed, what that is to an exchange that was on it, and the limit it met, if
 * it was closed for meeting one.
 */
public enum CloseReason {
  /** The peer sent FIN between requests. */
  PEER_CLOSED(ExchangeLoss.PEER_CLOSED),
  /** The peer sent FIN while a request or its response was under way. */
  PEER_GONE(ExchangeLoss.PEER_CLOSED),
  PEER_RESET(ExchangeLoss.PEER_RESET),
  /** The TLS handshake failed, or a record was not what was agreed. */
  TLS_ERROR(ExchangeLoss.PEER_RESET),
  HANDSHAKE_TIMEOUT(ExchangeLoss.PEER_SILENT, Limit.TLS_HANDSHAKE_TIMEOUT),
  IDLE_TIMEOUT(ExchangeLoss.PEER_SILENT, Limit.IDLE_TIMEOUT),
  HEADER_TIMEOUT(ExchangeLoss.PEER_SILENT, Limit.HEADER_TIMEOUT),
  BODY_TIMEOUT(ExchangeLoss.PEER_SILENT, Limit.BODY_TIMEOUT),
  REQUEST_RATE(ExchangeLoss.PEER_SILENT, Limit.REQUEST_RATE),
  REQUEST_BODY_TIME(ExchangeLoss.PEER_SILENT, Limit.REQUEST_BODY_TIME),
  WRITE_TIMEOUT(ExchangeLoss.PEER_BLOCKED, Limit.WRITE_TIMEOUT),
  RESPONSE_RATE(ExchangeLoss.PEER_BLOCKED, Limit.RESPONSE_RATE),
  /** The PROXY header was malformed, or missing, or its sender is not trusted. */
  PROXY_HEADER(ExchangeLoss.CLOSED_BY_SERVER),
  /** As many connections of the client's address were open as may be. */
  ADDRESS_LIMIT(ExchangeLoss.LIMIT, Limit.CONNECTIONS_PER_ADDRESS),
  /** The request was malformed. */
  PROTOCOL_ERROR(ExchangeLoss.MALFORMED),
  /** A request crossed a limit, which was counted when the request was refused. */
  LIMIT(ExchangeLoss.LIMIT),
  /** The rest of a body that the application did not read met a bound of discarding. */
  UNREAD_BODY(ExchangeLoss.LIMIT),
  /** Too much was held for clients, most of it for this one, which made no progress. */
  MEMORY(ExchangeLoss.LIMIT, Limit.HELD_BYTES),
  /** A response did not end within the time of its request. */
  REQUEST_TIME(ExchangeLoss.LIMIT),
  /** We closed after a complete response, as either side asked. */
  RESPONSE_END(ExchangeLoss.CLOSED_BY_SERVER),
  /** The handler of a switched connection has waited too long for its peer, and has reset it. */
  STREAM_TIMEOUT(ExchangeLoss.PEER_SILENT),
  /** The application has reset its response, or the server's own code has failed. */
  SERVER_ERROR(ExchangeLoss.CLOSED_BY_SERVER),
  /** The kernel refused its registration, at its beginning or on the successor of a queue. */
  NOT_REGISTERED(ExchangeLoss.CLOSED_BY_SERVER),
  /** The connection had reached the age at which it should end, and nothing was under way. */
  CONNECTION_AGE(ExchangeLoss.CLOSED_BY_SERVER),
  /** Graceful shutdown. */
  DRAIN(ExchangeLoss.SERVER_STOPPED),
  /** Immediate shutdown. */
  STOP(ExchangeLoss.SERVER_STOPPED),
  /** An operator closed it, through {@code LoopView.closeConnection}. */
  OPERATOR(ExchangeLoss.CLOSED_BY_SERVER);

  private final ExchangeLoss loss;
  private final @Nullable Limit limit;

  CloseReason(ExchangeLoss loss) {
    this.loss = loss;
    this.limit = null;
  }

  CloseReason(ExchangeLoss loss, Limit limit) {
    this.loss = loss;
    this.limit = limit;
  }

  /** The effect on an exchange of a connection that is closed for this reason. */
  public ExchangeLoss loss() {
    return loss;
  }

  /** The reason that a connection is closed for when it meets a limit; null if it is not closed. */
  public static @Nullable CloseReason of(Limit met) {
    for (CloseReason reason : values()) {
      if (reason.limit == met) {
        return reason;
      }
    }
    return switch (met) {
      case RUNNING_REQUESTS, RUNNING_MANAGEMENT_REQUESTS -> null;
      case ENCODERS, HTTP2_STREAMS, HTTP2_STALLED_STREAM, HANDLER_TIMEOUT -> null;
      case TLS_HANDSHAKES -> TLS_ERROR;
      case CONNECTION_AGE -> CONNECTION_AGE;
      case REQUEST_TIME -> REQUEST_TIME;
      case UNREAD_BODY, KEEP_ALIVE_REQUESTS -> RESPONSE_END;
      case DISCARD_TIMEOUT, DISCARD_IDLE_TIMEOUT, DISCARD_RATE, DISCARD_SIZE -> UNREAD_BODY;
      default -> LIMIT;
    };
  }

  /** The limit that every connection closed for this reason has met; null if there is none. */
  public @Nullable Limit limit() {
    return limit;
  }
}
