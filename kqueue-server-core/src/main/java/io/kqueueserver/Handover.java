package io.kqueueserver;

import io.kqueueserver.ffi.ListenException;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.server.HandoverOptions;
import io.kqueueserver.server.ListenOptions;
import io.kqueueserver.server.ServerOptions;
import io.kqueueserver.server.SocketActivation;
import io.kqueueserver.socket.ListenSocket;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listening sockets of one run: where they come from, and where they go. They are opened, or
 * taken from the process before this one; they are closed in the end, or given to the process
 * behind it.
 */
final class Handover {
  private static final Logger log = LoggerFactory.getLogger(Handover.class);

  private final Native natives;
  private final HandoverOptions options;
  private final String name;
  private final List<ListenSocket> listeners;
  private @Nullable HandoverClient before;
  private volatile @Nullable HandoverServer behind;

  private Handover(
      Native natives,
      HandoverOptions options,
      String name,
      List<ListenSocket> listeners,
      @Nullable HandoverClient before) {
    this.natives = natives;
    this.options = options;
    this.name = name;
    this.listeners = listeners;
    this.before = before;
  }

  /**
   * Has the sockets ready to be accepted from.
   *
   * @throws ListenException as {@link HandoverClient#ask} and {@link Listeners#open} do
   */
  static Handover open(Native natives, ServerOptions options) {
    ListenOptions listen = options.listen();
    Path path = listen.handover().path();
    if (path != null && listen.activation() != SocketActivation.OFF) {
      throw new ListenException(
          "both handover.path and socket-activation are set",
          "set one of them: an activated socket outlives the process by itself");
    }
    if (path != null && natives.isForeign()) {
      throw new ListenException(
          "handover.path needs the host's own sockets", "unset native.library or the path");
    }
    HandoverClient before = path == null ? null : HandoverClient.ask(natives, listen, path);
    List<ListenSocket> listeners =
        before == null ? Listeners.open(natives, listen) : before.received();
    return new Handover(natives, listen.handover(), options.loops().name(), listeners, before);
  }

  List<ListenSocket> listeners() {
    return listeners;
  }

  /**
   * The sockets are accepted from: the process before this one leaves, and the path is served for
   * the process behind.
   *
   * @param onHandedOver called at most once, on a thread of its own, when that process serves them
   * @throws ListenException if the process before goes on, or the path cannot be served; not if
   *     that process has left already
   */
  void begin(Runnable onHandedOver) {
    Path path = options.path();
    if (path == null) {
      return;
    }
    boolean taken = before != null;
    confirm();
    try {
      HandoverServer server =
          new HandoverServer(natives, path, options, name, listeners, onHandedOver);
      behind = server;
      server.start();
    } catch (ListenException e) {
      if (!taken) {
        throw e;
      }
      log.error("The next process cannot take the listening sockets over: {}", e.getMessage());
    }
  }

  private void confirm() {
    HandoverClient old = before;
    if (old != null) {
      old.confirm();
      log.info(
          "Took over {} from the process before this one",
          String.join(", ", listeners.stream().map(ListenSocket::name).toList()));
      old.close();
      before = null;
    }
  }

  /** The listeners are about to be shut. Any thread. */
  void withdraw() {
    HandoverServer server = behind;
    if (server != null) {
      server.withdraw();
    }
  }

  /** Closes what is open, the listeners too. */
  void close() {
    HandoverServer server = behind;
    if (server != null) {
      server.close();
    }
    listeners.forEach(ListenSocket::close);
    if (before != null) {
      before.close(); // behind the listeners: the process before then has them alone
      before = null;
    }
  }
}
