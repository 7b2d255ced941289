package io.kqueueserver;

import io.kqueueserver.ffi.ListenException;
import io.kqueueserver.server.ListenOptions;
import io.kqueueserver.socket.ListenSocket;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether sockets that were handed over are those that this server would have opened. Pure. */
final class HandoverMatch {
  private static final String UNIX = "unix:";

  private HandoverMatch() {}

  /**
   * Checks them.
   *
   * @throws ListenException naming the first difference
   */
  static void check(ListenOptions listen, List<ListenSocket> received) {
    List<ListenSocket> tcp = new ArrayList<>();
    List<ListenSocket> paths = new ArrayList<>();
    received.forEach(socket -> (socket.isTcp() ? tcp : paths).add(socket));
    for (ListenSocket socket : tcp) {
      if (listen.port() < 0 || !isOurs(listen, socket)) {
        throw other(socket, where(listen));
      }
    }
    Path path = listen.unix().path();
    for (ListenSocket socket : paths) {
      if (path == null || !isAt(path, socket)) {
        throw other(socket, path == null ? "no unix-socket.path is set" : UNIX + path);
      }
    }
    // Two of TCP where one socket cannot serve IPv6 and IPv4.
    int mostTcp = listen.address() == null ? 2 : 1;
    if ((listen.port() >= 0 && tcp.isEmpty()) || tcp.size() > mostTcp) {
      throw count(tcp.size(), "of TCP", where(listen));
    }
    if (paths.size() != (path == null ? 0 : 1)) {
      throw count(paths.size(), "of paths", path == null ? "none is set" : UNIX + path);
    }
  }

  private static boolean isOurs(ListenOptions listen, ListenSocket socket) {
    InetAddress bound = socket.localAddress().getAddress();
    InetAddress wanted = listen.address();
    return (listen.port() == 0 || listen.port() == socket.localPort())
        && (wanted == null ? bound.isAnyLocalAddress() : wanted.equals(bound));
  }

  private static boolean isAt(Path path, ListenSocket socket) {
    return absolute(path).equals(absolute(Path.of(socket.name().substring(UNIX.length()))));
  }

  private static Path absolute(Path path) {
    return path.toAbsolutePath().normalize();
  }

  private static String where(ListenOptions listen) {
    @Nullable InetAddress address = listen.address();
    return listen.port() < 0
        ? "no port is set"
        : "port " + listen.port() + (address == null ? "" : " of " + address.getHostAddress());
  }

  private static ListenException other(ListenSocket socket, String wanted) {
    return new ListenException(
        "the process that serves handover.path listens on "
            + socket.name()
            + ", and here "
            + wanted
            + " is wanted",
        "stop that process first, or give both the same port, address and unix-socket.path");
  }

  private static ListenException count(int found, String kind, String wanted) {
    return new ListenException(
        "the process that serves handover.path has handed over "
            + found
            + " sockets "
            + kind
            + ", and here wanted is: "
            + wanted,
        "stop that process first, or give both the same port, address and unix-socket.path");
  }
}
