package io.kqueueserver.http.h1;

import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.syntax.Octets;

/**
 * The codings of all {@code Transfer-Encoding} lines of one request, in order (RFC 9112 6.1). Only
 * {@code chunked} alone is served. Anything whose end is not plainly known is refused with 400:
 * that is where parsers disagree, and requests are smuggled.
 */
final class TransferCodings {
  private boolean present;
  private boolean chunkedLast;
  private boolean others;

  void begin() {
    present = false;
    chunkedLast = false;
    others = false;
  }

  boolean isPresent() {
    return present;
  }

  /** One more field line. */
  void add(byte[] b, int from, int to) {
    present = true;
    int i = from;
    do {
      int comma = Octets.indexOf(b, ',', i, to);
      coding(b, Octets.skipBlanks(b, i, comma), comma);
      i = comma + 1;
    } while (i <= to);
  }

  /** No more lines come. */
  void end() {
    if (!chunkedLast) {
      throw HttpException.badRequest("Transfer-Encoding does not end in chunked");
    }
    if (others) {
      throw HttpException.of(501, "a transfer coding other than chunked");
    }
  }

  private void coding(byte[] b, int from, int comma) {
    if (chunkedLast) {
      throw HttpException.badRequest("chunked is not the last transfer coding");
    }
    int to = Octets.trimBlanks(b, from, comma);
    if (Octets.matches(b, from, to, "chunked")) {
      chunkedLast = true;
      return;
    }
    int end = from;
    while (end < to && Octets.isTchar(b[end])) {
      end++;
    }
    boolean hasParameters = end < to && b[Octets.skipBlanks(b, end, to)] == ';';
    // chunked has no parameters (RFC 9112 7.1), so with parameters the coding is unknown.
    if (end == from || (end < to && !hasParameters) || Octets.matches(b, from, end, "chunked")) {
      throw HttpException.badRequest("malformed Transfer-Encoding");
    }
    others = true;
  }
}
