package io.kqueueserver.http.h1;

/**
 * How the body of a response is delimited, and whether the connection survives it (RFC 9112 6.3).
 *
 * @param length body bytes that must follow if the kind is {@link Kind#LENGTH}, else -1
 * @param keepAlive whether another request may be answered on the connection after this response
 */
public record ResponseFraming(Kind kind, long length, boolean keepAlive) {
  /** The four ways. */
  public enum Kind {
    /** The response has no body, whatever its fields say: HEAD, 1xx, 204, 205, 304. */
    NONE,
    /** By Content-Length. */
    LENGTH,
    /** By chunks. */
    CHUNKED,
    /** By the end of the connection. */
    CLOSE
  }

  static final ResponseFraming NONE_KEEP_ALIVE = new ResponseFraming(Kind.NONE, -1, true);
  static final ResponseFraming NONE_CLOSE = new ResponseFraming(Kind.NONE, -1, false);
  static final ResponseFraming CHUNKED_KEEP_ALIVE = new ResponseFraming(Kind.CHUNKED, -1, true);
  static final ResponseFraming CHUNKED_CLOSE = new ResponseFraming(Kind.CHUNKED, -1, false);
  static final ResponseFraming UNTIL_CLOSE = new ResponseFraming(Kind.CLOSE, -1, false);

  static ResponseFraming none(boolean keepAlive) {
    return keepAlive ? NONE_KEEP_ALIVE : NONE_CLOSE;
  }

  static ResponseFraming chunked(boolean keepAlive) {
    return keepAlive ? CHUNKED_KEEP_ALIVE : CHUNKED_CLOSE;
  }

  static ResponseFraming length(long length, boolean keepAlive) {
    return new ResponseFraming(Kind.LENGTH, length, keepAlive);
  }
}
