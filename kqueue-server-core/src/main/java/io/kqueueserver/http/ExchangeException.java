package io.kqueueserver.http;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The failure that ended an exchange before its response was complete. It has a stack trace only if
 * the application ended the exchange, because a peer must not cost the server a stack walk.
 */
public final class ExchangeException extends IOException {
  private static final long serialVersionUID = 1L;

  /** The reason of the end. */
  public enum Reason {
    /** The peer sent FIN while the exchange was running. */
    PEER_CLOSED,
    /** The peer reset the connection, or writing to it failed. */
    PEER_RESET,
    /** The request body was malformed. */
    BAD_REQUEST,
    /** A limit was exceeded. */
    LIMIT,
    /** The peer was too slow to send or to take bytes. */
    TIMEOUT,
    /** The server is stopping. */
    SERVER_STOPPED,
    /** The application reset the exchange, or broke its contract (too few or too many bytes). */
    APPLICATION
  }

  private final Reason reason;

  public ExchangeException(Reason reason, @Nullable String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
    fillInStackTrace();
  }

  /** Walks no stack if called by {@code IOException}'s constructor, when there is no reason yet. */
  @Override
  public synchronized Throwable fillInStackTrace() {
    return reason == Reason.APPLICATION ? super.fillInStackTrace() : this;
  }

  public ExchangeException(Reason reason, String message) {
    this(reason, message, null);
  }

  public Reason reason() {
    return reason;
  }
}
