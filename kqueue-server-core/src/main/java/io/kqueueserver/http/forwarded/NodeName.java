package io.kqueueserver.http.forwarded;

import io.kqueueserver.ip.IpLiteral;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One hop as proxies name it (RFC 7239 6): an address and perhaps a port. {@code X-Forwarded-For}
 * has the same, and IPv6 without brackets.
 */
final class NodeName {
  private NodeName() {}

  /**
   * The hop's address, with port 0 if it has none or an obfuscated one; null for {@code unknown},
   * {@code _hidden}, {@code unix:} (nginx) and everything else that is no address.
   */
  static @Nullable InetSocketAddress address(String node) {
    if (node.startsWith("[")) {
      int bracket = node.indexOf(']');
      return bracket < 0 || node.indexOf(':') > bracket
          ? null
          : with(node.substring(1, bracket), node.substring(bracket + 1));
    }
    int colon = node.indexOf(':');
    boolean hasPort = colon >= 0 && node.indexOf(':', colon + 1) < 0;
    return hasPort ? with(node.substring(0, colon), node.substring(colon)) : with(node, "");
  }

  private static @Nullable InetSocketAddress with(String literal, String colonAndPort) {
    InetAddress address = IpLiteral.parse(literal);
    int port = port(colonAndPort);
    return address == null || port < 0 ? null : new InetSocketAddress(address, port);
  }

  private static int port(String colonAndPort) {
    if (colonAndPort.isEmpty() || colonAndPort.startsWith(":_")) {
      return 0;
    }
    return colonAndPort.startsWith(":") ? IpLiteral.port(colonAndPort.substring(1)) : -1;
  }
}
