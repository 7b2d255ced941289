package io.kqueueserver.http.h1;

import io.kqueueserver.http.Exchange;

/**
 * How the body of a response is delimited, and whether the connection survives it (RFC 9112 6.3).
 *
 * @param length body bytes that must follow if the kind is {@link Kind#LENGTH}, else {@link
 *     Exchange#UNKNOWN_LENGTH}
 * @param keepAlive whether another request may be answered on the connection after this response
 */
public record ResponseFraming(Kind kind, long length, boolean keepAlive) {
  /** The four ways. */
  public enum Kind {
    /** The response has no body, with any fields: HEAD, 1xx, 204, 205, 304. */
    NONE,
    /** By Content-Length. */
    LENGTH,
    /** By chunks. */
    CHUNKED,
    /** By the end of the connection. */
    CLOSE
  }

  static final ResponseFraming NONE_KEEP_ALIVE = withoutLength(Kind.NONE, true);
  static final ResponseFraming NONE_CLOSE = withoutLength(Kind.NONE, false);
  static final ResponseFraming CHUNKED_KEEP_ALIVE = withoutLength(Kind.CHUNKED, true);
  static final ResponseFraming CHUNKED_CLOSE = withoutLength(Kind.CHUNKED, false);
  static final ResponseFraming UNTIL_CLOSE = withoutLength(Kind.CLOSE, false);

  static ResponseFraming none(boolean keepAlive) {
    return keepAlive ? NONE_KEEP_ALIVE : NONE_CLOSE;
  }

  static ResponseFraming chunked(boolean keepAlive) {
    return keepAlive ? CHUNKED_KEEP_ALIVE : CHUNKED_CLOSE;
  }

  static ResponseFraming length(long length, boolean keepAlive) {
    return new ResponseFraming(Kind.LENGTH, length, keepAlive);
  }

  private static ResponseFraming withoutLength(Kind kind, boolean keepAlive) {
    return new ResponseFraming(kind, Exchange.UNKNOWN_LENGTH, keepAlive);
  }
}
