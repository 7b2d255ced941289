package io.kqueueserver.http.h2.hpack;

/**
 * A field block that cannot be decoded. Both ends have lost their common table, so it ends the
 * connection: COMPRESSION_ERROR (RFC 9113 4.3). The message names what was wrong.
 */
public final class HpackException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  HpackException(String message) {
    // No stack trace: a flood of bad blocks must not cost a stack walk each.
    super(message, null, false, false);
  }
}
