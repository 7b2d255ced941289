package io.kqueueserver.socket;

import java.net.InetAddress;

/** How messages write an address. */
final class SocketNames {
  private SocketNames() {}

  /** For example {@code 0.0.0.0:8080} and {@code [::1]:8080}. */
  static String of(InetAddress address, int port) {
    String host = address.getHostAddress();
    return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
  }
}
