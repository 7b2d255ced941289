package io.kqueueserver.http.syntax;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Which octets may stand where, as tables, and the few comparisons the parsers share. */
public final class Octets {
  public static final byte CR = '\r';
  public static final byte LF = '\n';
  public static final byte SP = ' ';
  static final byte HTAB = '\t';

  private static final int TCHAR = 1;
  private static final int TARGET = 2;
  private static final int REG_NAME = 4;
  private static final int BROWSER_PATH = 8;
  private static final int BROWSER_QUERY = 16;

  private static final byte[] CLASSES = new byte[256];
  private static final byte[] LOWER = new byte[256];
  private static final byte[] HEX = new byte[256];

  /** Eight octets at once; the first in memory is the lowest. */
  public static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long EVERY_01 = 0x0101010101010101L;
  private static final long EVERY_80 = EVERY_01 << 7;
  private static final long EVERY_7F = EVERY_01 * 0x7f;

  static {
    String alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    mark(TCHAR, alphanumeric + "!#$%&'*+-.^_`|~"); // RFC 9110 5.6.2
    mark(REG_NAME, alphanumeric + "-._~!$&'()*+,;="); // RFC 3986 3.2.2, without pct-encoded
    mark(TARGET, alphanumeric + "-._~:/@!$&'()*+,;="); // RFC 3986 3.3 and 3.4, without % and ?
    // Octets that RFC 3986 wants percent-encoded and browsers send as they are (URL Standard 1.3).
    mark(BROWSER_PATH, "|^[]");
    mark(BROWSER_QUERY, "|^[]\\`{}");
    for (int i = 0; i < 256; i++) {
      LOWER[i] = (byte) (i >= 'A' && i <= 'Z' ? i + ('a' - 'A') : i);
      HEX[i] = (byte) (i < 128 ? Character.digit(i, 16) : -1);
    }
  }

  private Octets() {}

  private static void mark(int octetClass, String members) {
    for (int i = 0; i < members.length(); i++) {
      CLASSES[members.charAt(i)] |= (byte) octetClass;
    }
  }

  public static boolean isTchar(int octet) {
    return (CLASSES[octet & 0xff] & TCHAR) != 0;
  }

  /** An octet of a path or query by RFC 3986, other than the percent and the question mark. */
  public static boolean isTarget(int octet) {
    return (CLASSES[octet & 0xff] & TARGET) != 0;
  }

  /** An octet that only the URL Standard allows raw in a path. */
  public static boolean isBrowserPath(int octet) {
    return (CLASSES[octet & 0xff] & BROWSER_PATH) != 0;
  }

  /** An octet that only the URL Standard allows raw in a query; includes those of a path. */
  public static boolean isBrowserQuery(int octet) {
    return (CLASSES[octet & 0xff] & BROWSER_QUERY) != 0;
  }

  /** An octet of a reg-name other than the percent sign. */
  static boolean isRegName(int octet) {
    return (CLASSES[octet & 0xff] & REG_NAME) != 0;
  }

  public static boolean isDigit(int octet) {
    return octet >= '0' && octet <= '9';
  }

  /** Space or tab. */
  public static boolean isBlank(int octet) {
    return octet == SP || octet == HTAB;
  }

  /** The value of a hexadecimal digit, or -1. */
  public static int hexValue(int octet) {
    return HEX[octet & 0xff];
  }

  public static int lower(int octet) {
    return LOWER[octet & 0xff];
  }

  /** Whether the octets from {@code from} are this text, whose letters must be in lower case. */
  public static boolean matches(byte[] b, int from, int to, String lowerCase) {
    int length = lowerCase.length();
    if (to - from != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (LOWER[b[from + i] & 0xff] != lowerCase.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  public static int skipBlanks(byte[] b, int from, int to) {
    int i = from;
    while (i < to && isBlank(b[i])) {
      i++;
    }
    return i;
  }

  public static int trimBlanks(byte[] b, int from, int to) {
    int i = to;
    while (i > from && isBlank(b[i - 1])) {
      i--;
    }
    return i;
  }

  public static int indexOf(byte[] b, int octet, int from, int to) {
    for (int i = from; i < to; i++) {
      if (b[i] == octet) {
        return i;
      }
    }
    return to;
  }

  /**
   * The first index at or after {@code from} that holds no field content: a control other than HTAB
   * (RFC 9110 5.5); {@code to} if there is none.
   */
  public static int endOfFieldContent(byte[] b, int from, int to) {
    int i = from;
    while (i <= to - 8) {
      long stops = controls((long) LONG.get(b, i));
      if (stops == 0) {
        i += 8;
        continue;
      }
      i += Long.numberOfTrailingZeros(stops) >>> 3;
      if (b[i] != HTAB) {
        return i;
      }
      i++;
    }
    while (i < to && isFieldContent(b[i])) {
      i++;
    }
    return i;
  }

  public static boolean isFieldContent(int octet) {
    return (octet & 0xff) >= SP ? octet != 0x7f : octet == HTAB;
  }

  /**
   * The high bit of every octet below 0x20 or equal to 0x7f; no sum here carries into a neighbour.
   */
  private static long controls(long octets) {
    long low = octets & EVERY_7F;
    long below20 = ~((low + EVERY_01 * 0x60) | octets);
    long equals7f = ~(((low ^ EVERY_7F) + EVERY_7F) | octets);
    return (below20 | equals7f) & EVERY_80;
  }
}
