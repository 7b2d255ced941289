package io.kqueueserver.http.syntax;

import java.util.Locale;

/**
 * The syntax of response fields: a name is a token, a value holds no control but HTAB (RFC 9110
 * 5.1, 5.5). A value with CR, LF or NUL would let an application's data change the message.
 */
public final class FieldSyntax {
  private static final boolean[] TCHAR = new boolean[128];

  static {
    // RFC 9110 5.6.2
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"
        .chars()
        .forEach(c -> TCHAR[c] = true);
  }

  private FieldSyntax() {}

  /**
   * Checks a field line; Content-Length must be a length.
   *
   * @throws IllegalArgumentException if the field is malformed; the message holds the name, and a
   *     malformed value
   */
  public static void check(String name, String value) {
    if (!isToken(name)) {
      throw badName(name);
    }
    if (!isContent(value)) {
      throw badValue(name, value);
    }
    if (name.length() == 14 && name.equalsIgnoreCase("Content-Length")) {
      contentLength(value);
    }
  }

  /** Whether the text may be the name of a field. */
  public static boolean isToken(String text) {
    int size = text.length();
    for (int i = 0; i < size; i++) {
      char c = text.charAt(i);
      if (c >= TCHAR.length || !TCHAR[c]) {
        return false;
      }
    }
    return size > 0;
  }

  /** Whether the text may be the value of a field. */
  public static boolean isContent(String text) {
    int size = text.length();
    for (int i = 0; i < size; i++) {
      char c = text.charAt(i);
      if (c < ' ' ? c != '\t' : c == 0x7f) {
        return false;
      }
    }
    return true;
  }

  /**
   * Reads a Content-Length: digits only, and no list.
   *
   * @throws IllegalArgumentException if it is none, or does not fit a long
   */
  public static long contentLength(String value) {
    int size = value.length();
    long length = 0;
    for (int i = 0; i < size; i++) {
      int digit = value.charAt(i) - '0';
      if (digit < 0 || digit > 9 || length > (Long.MAX_VALUE - digit) / 10) {
        throw new IllegalArgumentException("Content-Length is not a length: " + quoted(value));
      }
      length = length * 10 + digit;
    }
    if (size == 0) {
      throw new IllegalArgumentException("empty Content-Length");
    }
    return length;
  }

  /** For a name that is no token. */
  public static IllegalArgumentException badName(String name) {
    return new IllegalArgumentException(
        name.isEmpty() ? "empty field name" : "field name is not a token: " + quoted(name));
  }

  /** For a value that holds a control. */
  public static IllegalArgumentException badValue(String name, String value) {
    return new IllegalArgumentException(
        "control character in the value of " + name + ": " + quoted(value));
  }

  /** For a message that must not itself break a log line. */
  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    text.chars()
        .limit(80)
        .forEach(
            c -> {
              if (c < ' ' || c >= 0x7f) {
                quoted.append(String.format(Locale.ROOT, "\\u%04x", c));
              } else {
                quoted.append((char) c);
              }
            });
    return quoted.append('"').toString();
  }
}
