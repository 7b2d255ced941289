package io.kqueueserver.net.proxy;

import io.kqueueserver.ip.IpLiteral;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Parses a header of version 1, one line (2.1): {@code PROXY TCP4 source destination source-port
 * destination-port CRLF}, separated by single spaces.
 */
final class ProxyHeaderV1 {
  /** The longest line with CRLF (2.1). */
  static final int MAX_LENGTH = 107;

  private static final byte[][] STARTS = {
    "PROXY TCP4 ".getBytes(StandardCharsets.US_ASCII),
    "PROXY TCP6 ".getBytes(StandardCharsets.US_ASCII),
    "PROXY UNKNOWN".getBytes(StandardCharsets.US_ASCII)
  };

  private ProxyHeaderV1() {}

  /** Whether the bytes begin as a header does, or are too few to decide. */
  static boolean matches(byte[] bytes, int length) {
    for (byte[] start : STARTS) {
      if (isStart(start, bytes, length)) {
        return true;
      }
    }
    return false;
  }

  static boolean isStart(byte[] start, byte[] bytes, int length) {
    for (int i = 0; i < Math.min(start.length, length); i++) {
      if (start[i] != bytes[i]) {
        return false;
      }
    }
    return true;
  }

  /** Parses bytes that match. */
  static ProxyHeader parse(byte[] bytes, int length) {
    int end = endOfLine(bytes, Math.min(length, MAX_LENGTH));
    if (end < 0) {
      return length < MAX_LENGTH
          ? ProxyHeader.INCOMPLETE
          : new ProxyHeader.Malformed("no line end within " + MAX_LENGTH + " bytes");
    }
    String line = new String(bytes, 0, end, StandardCharsets.ISO_8859_1);
    if (line.equals("PROXY UNKNOWN") || line.startsWith("PROXY UNKNOWN ")) {
      // The rest of the line after the word must be ignored (2.1).
      return new ProxyHeader.Complete(end + 2, true, null, null);
    }
    String[] words = line.split(" ", -1);
    if (words.length != 6) {
      return new ProxyHeader.Malformed("not six words in its line");
    }
    int family = words[1].equals("TCP4") ? 4 : 16;
    InetSocketAddress source = address(words[2], words[4], family);
    InetSocketAddress destination = address(words[3], words[5], family);
    return source == null || destination == null
        ? new ProxyHeader.Malformed("an address or port that is none")
        : new ProxyHeader.Complete(end + 2, true, source, destination);
  }

  /** The index of CRLF, or -1. A lone CR or LF is part of the line and makes it malformed. */
  private static int endOfLine(byte[] bytes, int length) {
    for (int i = 1; i < length; i++) {
      if (bytes[i] == '\n' && bytes[i - 1] == '\r') {
        return i - 1;
      }
    }
    return -1;
  }

  private static @Nullable InetSocketAddress address(String text, String portText, int family) {
    byte[] octets = IpLiteral.bytes(text);
    int port = IpLiteral.port(portText);
    boolean leadingZero = portText.length() > 1 && portText.charAt(0) == '0';
    if (octets == null || octets.length != family || port < 0 || leadingZero) {
      return null;
    }
    InetAddress address = IpLiteral.parse(text);
    return address == null ? null : new InetSocketAddress(address, port);
  }
}
