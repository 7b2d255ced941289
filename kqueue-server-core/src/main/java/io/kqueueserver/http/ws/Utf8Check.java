package io.kqueueserver.http.ws;

import java.nio.ByteBuffer;

/**
 * Whether bytes are UTF-8 by RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF. It
 * resumes at any byte and fails at the first that no valid text could have there.
 */
final class Utf8Check {
  private static final long HIGH_BITS = 0x8080808080808080L;

  /** Continuation bytes that the current character still lacks. */
  private int missing;

  /**
   * What the next continuation byte must lie between; narrower only for the second of a character.
   */
  private int least = 0x80;

  private int most = 0xbf;

  /** Begins another text. */
  void reset() {
    missing = 0;
    least = 0x80;
    most = 0xbf;
  }

  /** Whether the text does not end inside a character. */
  boolean isComplete() {
    return missing == 0;
  }

  /** Reads these bytes of the buffer; false at a byte that is not UTF-8. */
  boolean accept(ByteBuffer b, int from, int to) {
    int i = from;
    while (i < to) {
      if (missing == 0) {
        i = skipAscii(b, i, to);
        if (i == to) {
          return true;
        }
      }
      if (!accept(b.get(i) & 0xff)) {
        return false;
      }
      i++;
    }
    return true;
  }

  private static int skipAscii(ByteBuffer b, int from, int to) {
    int i = from;
    // A text that is not ASCII mostly has not eight ASCII bytes in a row: look at one first.
    if (i < to && b.get(i) < 0) {
      return i;
    }
    while (i <= to - Long.BYTES && (b.getLong(i) & HIGH_BITS) == 0) {
      i += Long.BYTES;
    }
    while (i < to && b.get(i) >= 0) {
      i++;
    }
    return i;
  }

  private boolean accept(int octet) {
    if (missing == 0) {
      return lead(octet);
    }
    if (octet < least || octet > most) {
      return false;
    }
    missing--;
    least = 0x80;
    most = 0xbf;
    return true;
  }

  /** The first byte of a character; RFC 3629 4 is the grammar. */
  private boolean lead(int octet) {
    if (octet < 0x80) {
      return true;
    }
    if (octet < 0xc2 || octet > 0xf4) {
      return false; // a continuation byte, an overlong form of ASCII, or beyond U+10FFFF
    }
    if (octet < 0xe0) {
      missing = 1;
    } else if (octet < 0xf0) {
      missing = 2;
      least = octet == 0xe0 ? 0xa0 : 0x80; // overlong below
      most = octet == 0xed ? 0x9f : 0xbf; // surrogates above
    } else {
      missing = 3;
      least = octet == 0xf0 ? 0x90 : 0x80; // overlong below
      most = octet == 0xf4 ? 0x8f : 0xbf; // beyond U+10FFFF above
    }
    return true;
  }
}
