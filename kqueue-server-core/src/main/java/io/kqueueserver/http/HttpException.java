package io.kqueueserver.http;

import io.kqueueserver.stats.Limit;
import org.jspecify.annotations.Nullable;

/**
 * Thrown by codecs for malformed or oversized messages, with the status of the answer and a reason.
 * The connection answers {@link #status()} if no byte was sent, and closes.
 */
public final class HttpException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final @Nullable Limit limit;

  private HttpException(int status, @Nullable Limit limit, String message) {
    // No stack trace: a flood of bad requests must not cost a stack walk each.
    super(message, null, false, false);
    this.status = status;
    this.limit = limit;
  }

  /** The exception of a malformed message: 400. */
  public static HttpException badRequest(String message) {
    return new HttpException(400, null, message);
  }

  /** The exception of a message that is refused with the given status. */
  public static HttpException of(int status, String message) {
    return new HttpException(status, null, message);
  }

  /** The exception of a message that exceeds a limit, answered with the given status. */
  public static HttpException limit(int status, Limit limit, String message) {
    return new HttpException(status, limit, message);
  }

  public int status() {
    return status;
  }

  /** The exceeded limit; null if the message was malformed. */
  public @Nullable Limit limit() {
    return limit;
  }
}
