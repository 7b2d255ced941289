package io.kqueueserver.spring.accesslog;

import java.nio.charset.StandardCharsets;

/**
 * Escapes values that come from outside. A client that sends a quote, a line end or a terminal's
 * escape sequence cannot end its place in the line or forge another line. All output is printable
 * ASCII.
 */
final class Escapes {
  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private Escapes() {}

  /**
   * Appends a value as Apache httpd and Tomcat do: with {@code \"}, {@code \\}, and {@code \xHH}
   * for each octet that is not printable ASCII. A char above U+00FF, which only the application can
   * have sent, is written as its octets in UTF-8.
   */
  static void text(StringBuilder out, String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c >= ' ' && c < 0x7f) {
        out.append(c);
      } else if (c <= 0xff) {
        octet(out, c);
      } else {
        boolean pair = Character.isHighSurrogate(c) && i + 1 < value.length();
        int point = pair ? value.codePointAt(i) : c;
        i += Character.charCount(point) - 1;
        for (byte octet : new String(Character.toChars(point)).getBytes(StandardCharsets.UTF_8)) {
          octet(out, octet & 0xff);
        }
      }
    }
  }

  private static void octet(StringBuilder out, int octet) {
    out.append("\\x").append(HEX[octet >> 4]).append(HEX[octet & 0xf]);
  }

  /**
   * Appends a value as the inside of a JSON string (RFC 8259 7). Characters that are not printable
   * ASCII are written by number.
   */
  static void json(StringBuilder out, String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c >= ' ' && c < 0x7f) {
        out.append(c);
      } else {
        out.append("\\u").append(HEX[c >> 12]).append(HEX[(c >> 8) & 0xf]);
        out.append(HEX[(c >> 4) & 0xf]).append(HEX[c & 0xf]);
      }
    }
  }
}
