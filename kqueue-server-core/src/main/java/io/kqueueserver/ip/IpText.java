package io.kqueueserver.ip;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * How every message, log, meter and endpoint writes an address: IPv6 by RFC 5952, so that one
 * address has one text. No name is ever looked up.
 */
public final class IpText {
  private static final int GROUPS = 8;

  private IpText() {}

  /** For example {@code 192.0.2.1}, {@code 2001:db8::1} and {@code fe80::1%eth0}. */
  public static String of(InetAddress address) {
    if (!(address instanceof Inet6Address six)) {
      return address.getHostAddress();
    }
    StringBuilder text = new StringBuilder(39);
    groups(text, six.getAddress());
    if (six.getScopedInterface() != null) {
      text.append('%').append(six.getScopedInterface().getName());
    } else if (six.getScopeId() != 0) {
      text.append('%').append(six.getScopeId());
    }
    return text.toString();
  }

  /** The host without its port: an IP address, or the name a proxy gave in place of one. */
  public static String host(InetSocketAddress address) {
    return address.getAddress() == null ? address.getHostString() : of(address.getAddress());
  }

  /** For example {@code 192.0.2.1:8080} and {@code [::1]:8080}. */
  public static String of(InetSocketAddress address) {
    return withPort(host(address), address.getPort());
  }

  /** As {@link #of(InetSocketAddress)}. */
  public static String of(InetAddress address, int port) {
    return withPort(of(address), port);
  }

  private static String withPort(String host, int port) {
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
  }

  /** RFC 5952 4: lower case, no leading zeros, the first longest run of zero groups as "::". */
  private static void groups(StringBuilder text, byte[] address) {
    int gap = -1;
    int gapLength = 1; // 4.2.2: one group alone is not shortened
    for (int i = 0; i < GROUPS; i++) {
      int length = zeros(address, i);
      if (length > gapLength) {
        gap = i;
        gapLength = length;
      }
    }
    for (int i = 0; i < GROUPS; i++) {
      if (i == gap) {
        text.append("::");
        i += gapLength - 1;
      } else {
        if (i > 0 && text.charAt(text.length() - 1) != ':') {
          text.append(':');
        }
        text.append(Integer.toHexString(group(address, i)));
      }
    }
  }

  /** How many groups from this one on are zero. */
  private static int zeros(byte[] address, int from) {
    int i = from;
    while (i < GROUPS && group(address, i) == 0) {
      i++;
    }
    return i - from;
  }

  private static int group(byte[] address, int index) {
    return (address[2 * index] & 0xff) << 8 | (address[2 * index + 1] & 0xff);
  }
}
