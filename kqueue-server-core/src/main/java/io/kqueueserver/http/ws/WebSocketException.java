package io.kqueueserver.http.ws;

import io.kqueueserver.stats.Limit;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of a peer that end its WebSocket connection: the code to close with, and why. After it the
 * connection sends a Close frame with {@link #code()} and nothing else.
 */
public final class WebSocketException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int code;
  private final @Nullable Limit limit;

  private WebSocketException(int code, @Nullable Limit limit, String message) {
    // No stack trace: a flood of bad frames must not cost a stack walk each.
    super(message, null, false, false);
    this.code = code;
    this.limit = limit;
  }

  /** A breach of the protocol: 1002. */
  static WebSocketException protocol(String message) {
    return new WebSocketException(CloseCode.PROTOCOL_ERROR, null, message);
  }

  /** Data that is not what its type demands: 1007. */
  static WebSocketException invalidData(String message) {
    return new WebSocketException(CloseCode.INVALID_DATA, null, message);
  }

  /** A limit that was crossed. */
  public static WebSocketException limit(int code, Limit limit, String message) {
    return new WebSocketException(code, limit, message);
  }

  /** The code to close with, see {@link CloseCode}. */
  public int code() {
    return code;
  }

  /** The limit that was crossed, or null if the bytes were simply wrong. */
  public @Nullable Limit limit() {
    return limit;
  }
}
