package io.kqueueserver.http.syntax;

import java.nio.charset.StandardCharsets;

/**
 * The octets of a request target of any HTTP version: those of RFC 3986, and those that browsers
 * send raw (URL Standard 1.3). A scan resumes at any octet.
 */
public final class TargetSyntax {
  private static final String HEX = "0123456789ABCDEF";

  private boolean inQuery;
  private boolean browserOctets;

  /** Prepares for another target. */
  public void begin() {
    inQuery = false;
    browserOctets = false;
  }

  /** Whether an octet was passed that RFC 3986 may want percent-encoded. */
  public boolean hasBrowserOctets() {
    return browserOctets;
  }

  /**
   * Passes over the octets of a target: stops at the first octet of none, and at a percent sign
   * that two digits do not follow before {@code end}, see {@link #isBrokenPercent}.
   */
  public int scan(byte[] b, int from, int end) {
    int i = from;
    while (i < end) {
      byte octet = b[i];
      if (Octets.isTarget(octet)) {
        i++;
      } else if (octet == '?') {
        inQuery = true;
        i++;
      } else if (octet == '%') {
        if (digitsBehind(b, i, end) < 2) {
          return i;
        }
        i += 3;
      } else if (inQuery ? Octets.isBrowserQuery(octet) : Octets.isBrowserPath(octet)) {
        browserOctets = true;
        i++;
      } else {
        return i;
      }
    }
    return i;
  }

  /** Whether a percent sign is broken, and does not only lack digits that are still to come. */
  public static boolean isBrokenPercent(byte[] b, int at, int end) {
    return at < end && b[at] == '%' && digitsBehind(b, at, end) < Math.min(2, end - at - 1);
  }

  /** Whether RFC 3986 wants an octet of this path and query percent-encoded. */
  public static boolean needsEncoding(byte[] b, int from, int to) {
    for (int i = from; i < to; i++) {
      if (Octets.isBrowserQuery(b[i])) {
        return true;
      }
    }
    return false;
  }

  /**
   * Path and query in which every octet that RFC 3986 wants percent-encoded is. Nothing else
   * changes, percent signs neither.
   */
  public static String encode(byte[] b, int from, int to) {
    byte[] text = new byte[3 * (to - from)];
    int length = 0;
    for (int i = from; i < to; i++) {
      if (Octets.isBrowserQuery(b[i])) {
        text[length++] = '%';
        text[length++] = (byte) HEX.charAt(b[i] >> 4);
        text[length++] = (byte) HEX.charAt(b[i] & 0xf);
      } else {
        text[length++] = b[i];
      }
    }
    return new String(text, 0, length, StandardCharsets.ISO_8859_1);
  }

  /** How many hexadecimal digits follow the percent sign, at most two. */
  private static int digitsBehind(byte[] b, int percent, int end) {
    int known = Math.min(percent + 3, end);
    int i = percent + 1;
    while (i < known && Octets.hexValue(b[i]) >= 0) {
      i++;
    }
    return i - percent - 1;
  }
}
