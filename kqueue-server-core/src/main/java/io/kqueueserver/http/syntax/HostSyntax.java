package io.kqueueserver.http.syntax;

import io.kqueueserver.ip.IpLiteral;
import java.nio.charset.StandardCharsets;

/**
 * {@code uri-host [ ":" port ]} as {@code Host} and authorities write it (RFC 9110 7.2, RFC 3986
 * 3.2.2, RFC 6874 for zones). Names are checked by grammar, not resolved.
 */
public final class HostSyntax {
  private static final int MAX_PORT = 65535;

  private HostSyntax() {}

  /** A {@code Host} value: the grammar of an authority without userinfo, or nothing at all. */
  public static boolean isHostField(byte[] b, int from, int to) {
    return from == to || isAuthority(b, from, to);
  }

  /** A host that is not empty, and perhaps a port. */
  public static boolean isAuthority(byte[] b, int from, int to) {
    int end = endOfHost(b, from, to);
    return end > from && (end == to || (b[end] == ':' && isPort(b, end + 1, to)));
  }

  /** A host and a port, both there: what CONNECT asks for (RFC 9112 3.2.3). */
  public static boolean isHostAndPort(byte[] b, int from, int to) {
    int end = endOfHost(b, from, to);
    return end > from && end < to - 1 && b[end] == ':' && isPort(b, end + 1, to);
  }

  /** Where the host ends, or -1 if it is malformed. */
  public static int endOfHost(byte[] b, int from, int to) {
    if (from < to && b[from] == '[') {
      int bracket = Octets.indexOf(b, ']', from, to);
      return bracket < to && isIpv6(b, from + 1, bracket) ? bracket + 1 : -1;
    }
    return endOfRegName(b, from, to);
  }

  /** The first octet that cannot belong to a name; -1 if a percent-encoding is broken. */
  private static int endOfRegName(byte[] b, int from, int to) {
    int i = from;
    while (i < to) {
      if (Octets.isRegName(b[i])) {
        i++;
      } else if (b[i] == '%') {
        if (!isPercentEncoded(b, i, to)) {
          return -1;
        }
        i += 3;
      } else {
        break;
      }
    }
    return i;
  }

  private static boolean isPercentEncoded(byte[] b, int from, int to) {
    return to - from >= 3 && Octets.hexValue(b[from + 1]) >= 0 && Octets.hexValue(b[from + 2]) >= 0;
  }

  /** Digits, perhaps none (RFC 3986 3.2.3). */
  private static boolean isPort(byte[] b, int from, int to) {
    int port = 0;
    for (int i = from; i < to; i++) {
      if (!Octets.isDigit(b[i])) {
        return false;
      }
      port = port * 10 + (b[i] - '0');
      if (port > MAX_PORT) {
        return false;
      }
    }
    return true;
  }

  /** IPv6address, perhaps followed by {@code %25} and a zone. */
  private static boolean isIpv6(byte[] b, int from, int to) {
    int zone = Octets.indexOf(b, '%', from, to);
    String address = new String(b, from, zone - from, StandardCharsets.ISO_8859_1);
    return address.indexOf(':') >= 0
        && IpLiteral.bytes(address) != null
        && (zone == to || isZone(b, zone, to));
  }

  private static boolean isZone(byte[] b, int from, int to) {
    return to - from > 3
        && b[from + 1] == '2'
        && b[from + 2] == '5'
        && endOfRegName(b, from + 3, to) == to;
  }
}
