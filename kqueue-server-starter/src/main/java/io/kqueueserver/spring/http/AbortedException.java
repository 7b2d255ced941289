package io.kqueueserver.spring.http;

import io.kqueueserver.http.ExchangeException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The client can no longer be read from or written to. Spring recognises the simple name of this
 * class as a client that has gone ({@code DisconnectedClientHelper}) and does not report it as a
 * failure of the application. It has no stack trace: it is the client's doing, and may come in
 * floods.
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

  /** What an application that still reads or writes is told about the end of its exchange. */
  static Throwable from(ExchangeException cause) {
    return switch (cause.reason()) {
      case PEER_CLOSED, PEER_RESET, TIMEOUT, SERVER_STOPPED ->
          new AbortedException(String.valueOf(cause.getMessage()), cause);
      case BAD_REQUEST, LIMIT, APPLICATION -> cause;
    };
  }
}
