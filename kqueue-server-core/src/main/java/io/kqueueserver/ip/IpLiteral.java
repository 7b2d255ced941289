package io.kqueueserver.ip;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * IP addresses as text, without the JDK's habit of asking a name server for what it cannot read.
 * Strict: four decimal octets without leading zeros, or RFC 4291 2.2 without a zone.
 */
public final class IpLiteral {
  private IpLiteral() {}

  /** The address as text, or null if the text is no address. IPv4-mapped ones come out as IPv4. */
  public static @Nullable InetAddress parse(String text) {
    byte[] address = bytes(text);
    if (address == null) {
      return null;
    }
    try {
      return InetAddress.getByAddress(address);
    } catch (UnknownHostException e) {
      throw new AssertionError(e); // 4 and 16 bytes are addresses
    }
  }

  /** The 4 or 16 octets, or null. */
  public static byte @Nullable [] bytes(String text) {
    return text.indexOf(':') < 0 ? ipv4(text) : ipv6(text);
  }

  private static byte @Nullable [] ipv4(String text) {
    byte[] address = new byte[4];
    int at = 0;
    for (int octet = 0; octet < 4; octet++) {
      int start = at;
      int value = 0;
      while (at < text.length() && at < start + 3 && isDigit(text.charAt(at))) {
        value = value * 10 + (text.charAt(at++) - '0');
      }
      boolean leadingZero = at - start > 1 && text.charAt(start) == '0';
      boolean endsRight =
          octet == 3 ? at == text.length() : at < text.length() && text.charAt(at) == '.';
      if (at == start || leadingZero || value > 255 || !endsRight) {
        return null;
      }
      address[octet] = (byte) value;
      at++;
    }
    return address;
  }

  private static byte @Nullable [] ipv6(String text) {
    int gap = text.indexOf("::");
    if (gap < 0) {
      byte[] address = groups(text);
      return address != null && address.length == 16 ? address : null;
    }
    byte[] head = gap == 0 ? new byte[0] : groups(text.substring(0, gap));
    byte[] tail = gap + 2 == text.length() ? new byte[0] : groups(text.substring(gap + 2));
    // RFC 4291 2.2: "::" stands for one or more groups.
    if (head == null || tail == null || head.length + tail.length > 14 || endsInIpv4(text, gap)) {
      return null;
    }
    byte[] address = Arrays.copyOf(head, 16);
    System.arraycopy(tail, 0, address, 16 - tail.length, tail.length);
    return address;
  }

  /** An IPv4 tail belongs to the end of the address, not before the gap. */
  private static boolean endsInIpv4(String text, int gap) {
    int dot = text.indexOf('.');
    return dot >= 0 && dot < gap;
  }

  /** The octets of groups parted by single colons, the last of which may be an IPv4 address. */
  private static byte @Nullable [] groups(String text) {
    String[] parts = text.split(":", 9); // the ninth is one too many, whatever it holds
    byte[] octets = new byte[16];
    int length = 0;
    for (int i = 0; i < parts.length; i++) {
      byte[] group =
          i == parts.length - 1 && parts[i].indexOf('.') >= 0 ? ipv4(parts[i]) : group(parts[i]);
      if (group == null || length + group.length > 16) {
        return null;
      }
      System.arraycopy(group, 0, octets, length, group.length);
      length += group.length;
    }
    return Arrays.copyOf(octets, length);
  }

  private static byte @Nullable [] group(String hex) {
    if (hex.isEmpty() || hex.length() > 4) {
      return null;
    }
    int value = 0;
    for (int i = 0; i < hex.length(); i++) {
      int digit = hex.charAt(i) < 0x80 ? Character.digit(hex.charAt(i), 16) : -1;
      if (digit < 0) {
        return null;
      }
      value = value << 4 | digit;
    }
    return new byte[] {(byte) (value >> 8), (byte) value};
  }

  /** A TCP port, or -1 if the text is none. */
  public static int port(String text) {
    int port = text.isEmpty() || text.length() > 5 ? -1 : 0;
    for (int i = 0; port >= 0 && i < text.length(); i++) {
      port = isDigit(text.charAt(i)) ? port * 10 + (text.charAt(i) - '0') : -1;
    }
    return port <= 65_535 ? port : -1;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
