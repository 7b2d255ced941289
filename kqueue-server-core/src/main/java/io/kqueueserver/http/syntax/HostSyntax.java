package io.kqueueserver.http.syntax;

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
  private static int endOfHost(byte[] b, int from, int to) {
    if (from < to && b[from] == '[') {
      int bracket = Octets.indexOf(b, ']', from, to);
      return bracket < to && isIpv6(b, from + 1, bracket) ? bracket + 1 : -1;
    }
    return endOfRegName(b, from, to);
  }

  /** Stops at the first octet that cannot belong to the name; -1 on a broken percent-encoding. */
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
    return isIpv6Address(b, from, zone) && (zone == to || isZone(b, zone, to));
  }

  private static boolean isZone(byte[] b, int from, int to) {
    return to - from > 3
        && b[from + 1] == '2'
        && b[from + 2] == '5'
        && endOfRegName(b, from + 3, to) == to;
  }

  private static boolean isIpv6Address(byte[] b, int from, int to) {
    int groups = 0;
    boolean compressed = false;
    int i = from;
    if (to - from >= 2 && b[from] == ':') {
      if (b[from + 1] != ':') {
        return false;
      }
      compressed = true;
      i += 2;
    }
    // Each turn starts where a group must start.
    while (i < to) {
      int end = i;
      while (end < to && end < i + 4 && Octets.hexValue(b[end]) >= 0) {
        end++;
      }
      if (end < to && b[end] == '.') {
        return isIpv4Address(b, i, to) && isGroupCount(groups + 2, compressed);
      }
      if (end == i) {
        return false;
      }
      groups++;
      if (end == to) {
        break;
      }
      if (b[end] != ':') {
        return false;
      }
      i = end + 1;
      if (i < to && b[i] == ':') {
        if (compressed) {
          return false;
        }
        compressed = true;
        i++;
      } else if (i == to) {
        return false;
      }
    }
    return isGroupCount(groups, compressed);
  }

  private static boolean isGroupCount(int groups, boolean compressed) {
    return compressed ? groups <= 7 : groups == 8;
  }

  private static boolean isIpv4Address(byte[] b, int from, int to) {
    int octets = 0;
    int i = from;
    while (true) {
      int start = i;
      int value = 0;
      while (i < to && i < start + 3 && Octets.isDigit(b[i])) {
        value = value * 10 + (b[i++] - '0');
      }
      boolean leadingZero = i - start > 1 && b[start] == '0';
      if (i == start || value > 255 || leadingZero) {
        return false;
      }
      octets++;
      if (i == to) {
        return octets == 4;
      }
      if (b[i++] != '.') {
        return false;
      }
    }
  }
}
