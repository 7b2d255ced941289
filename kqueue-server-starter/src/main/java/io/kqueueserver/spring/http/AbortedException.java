package io.kqueueserver.spring.http;

import io.kqueueserver.http.ExchangeException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Thrown if the client can no longer be read from or written to. Spring takes an exception of this
 * simple name for a disconnected client ({@code DisconnectedClientHelper}) and does not report it
 * as a failure of the application. The exception has no stack trace, because clients cause it and
 * may cause floods of it.
 */
public final class AbortedException extends IOException {
  private static final long serialVersionUID = 1L;

  public AbortedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }

  /** The error that ends the application's reads and writes when the exchange ends by a cause. */
  static Throwable from(ExchangeException cause) {
    return switch (cause.reason()) {
      case PEER_CLOSED, PEER_RESET, TIMEOUT, SERVER_STOPPED ->
          new AbortedException(String.valueOf(cause.getMessage()), cause);
      case BAD_REQUEST, LIMIT, APPLICATION -> cause;
    };
  }
}
