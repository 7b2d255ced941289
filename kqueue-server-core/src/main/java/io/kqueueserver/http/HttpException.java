package io.kqueueserver.http;

import io.kqueueserver.stats.Limit;
import org.jspecify.annotations.Nullable;

/**
 * A request that cannot be served as it came: what to answer, and why. Codecs throw it for
 * malformed or oversized messages; after it the connection answers {@link #status()} if nothing was
 * sent yet, and closes.
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

  /** A malformed message: 400. */
  public static HttpException badRequest(String message) {
    return new HttpException(400, null, message);
  }

  /** A message refused with the given status. */
  public static HttpException of(int status, String message) {
    return new HttpException(status, null, message);
  }

  /** A message that crossed a limit, answered with the given status. */
  public static HttpException limit(int status, Limit limit, String message) {
    return new HttpException(status, limit, message);
  }

  public int status() {
    return status;
  }

  /** The limit that was crossed, or null if the message was simply wrong. */
  public @Nullable Limit limit() {
    return limit;
  }
}
