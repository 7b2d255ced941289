package io.kqueueserver;

import io.kqueueserver.ffi.ListenException;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.server.ListenOptions;
import io.kqueueserver.server.SocketActivation;
import io.kqueueserver.socket.InheritedSockets;
import io.kqueueserver.socket.ListenSocket;
import io.kqueueserver.socket.Sockets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the listening sockets of a server. */
final class Listeners {
  private static final Logger log = LoggerFactory.getLogger(Listeners.class);

  /** The name of the sockets in launchd's property list, as in the example of launchd's manual. */
  private static final String LAUNCHD_NAME = "Listeners";

  private Listeners() {}

  /**
   * Opens at least one socket. On failure no socket stays open.
   *
   * @throws io.kqueueserver.ffi.NativeException if a call fails; the message names call, address
   *     and errno
   * @throws ListenException if there is nothing to listen on
   */
  static List<ListenSocket> open(Native natives, ListenOptions listen) {
    Sockets sockets = new Sockets(natives);
    if (listen.activation() != SocketActivation.OFF) {
      List<ListenSocket> inherited = new InheritedSockets(sockets).open(LAUNCHD_NAME);
      if (!inherited.isEmpty()) {
        return inherited;
      }
      if (listen.activation() == SocketActivation.REQUIRED) {
        throw new ListenException(
            "socket-activation is required, but no listening socket was opened for this process"
                + " (LISTEN_PID, LISTEN_FDS)",
            "start it through its socket unit, or set socket-activation=auto");
      }
    }
    List<ListenSocket> opened = new ArrayList<>();
    try {
      openOwn(sockets, listen, opened);
    } catch (RuntimeException | Error e) {
      opened.forEach(ListenSocket::close);
      throw e;
    }
    if (opened.isEmpty()) {
      throw new ListenException(
          "there is nothing to listen on: no port, no unix-socket.path, no activated socket",
          "set one of them");
    }
    return opened;
  }

  private static void openOwn(Sockets sockets, ListenOptions listen, List<ListenSocket> opened) {
    if (listen.port() >= 0) {
      List<String> missing = listen.tcp().missing(sockets.abi());
      if (!missing.isEmpty()) {
        log.warn("{} has no {}; it goes without", sockets.abi(), String.join(" and no ", missing));
      }
      opened.addAll(
          ListenSocket.openAll(
              sockets,
              listen.address(),
              listen.port(),
              listen.backlog(),
              listen.reusePort(),
              listen.tcp()));
    }
    Path path = listen.unix().path();
    if (path != null) {
      opened.add(
          ListenSocket.openUnix(sockets, path, listen.unix().permissions(), listen.backlog()));
    }
  }
}
