package io.kqueueserver;

import io.kqueueserver.ffi.ListenException;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.server.HandoverOptions;
import io.kqueueserver.server.ListenOptions;
import io.kqueueserver.server.OptionBounds;
import io.kqueueserver.socket.ListenSocket;
import io.kqueueserver.socket.Sockets;
import io.kqueueserver.socket.UnixPeer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A starting server's part of a handover: takes the listening sockets of the process before it, and
 * tells that process when it serves them. Until then that process serves, and any failure here
 * leaves it serving. The thread that starts the server.
 */
final class HandoverClient implements AutoCloseable {
  static final String OPTION = "handover.path";

  /** A process that closes its path at this moment is gone at the next look. */
  private static final int TRIES = 3;

  private static final long PAUSE_MILLIS = 50;

  private final Sockets sockets;
  private final ReadWait wait;
  private final HandoverTalk talk;
  private final Path path;
  private final List<ListenSocket> received = new ArrayList<>();

  private HandoverClient(Sockets sockets, ReadWait wait, HandoverTalk talk, Path path) {
    this.sockets = sockets;
    this.wait = wait;
    this.talk = talk;
    this.path = path;
  }

  /**
   * Asks the process that serves the path for its sockets.
   *
   * @return null if no process serves the path
   * @throws ListenException if that process gives none, or others than the options want; nothing
   *     that it has given stays open
   */
  static @Nullable HandoverClient ask(Native natives, ListenOptions listen, Path path) {
    Sockets sockets = new Sockets(natives);
    ReadWait wait = new ReadWait(natives);
    HandoverClient client = null;
    try {
      for (int i = 0; i < TRIES && client == null; i++) {
        int fd = connect(sockets, path, listen.handover());
        if (fd < 0) {
          return null;
        }
        client = ask(sockets, wait, fd, listen, path);
      }
      if (client == null) {
        throw failed(path, "has closed the connection without an answer");
      }
      return client;
    } finally {
      if (client == null) {
        wait.close();
      }
    }
  }

  /** Connects; returns a negative number if no process serves the path. */
  private static int connect(Sockets sockets, Path path, HandoverOptions options) {
    long deadline = System.nanoTime() + OptionBounds.nanos(options.timeout());
    while (true) {
      int fd = UnixPeer.connect(sockets, path, OPTION);
      if (fd >= 0) {
        return fd;
      }
      switch (sockets.errnoName(fd)) {
        // ENOTSOCK and its like are told when this server puts its own socket there.
        case "ENOENT", "ECONNREFUSED", "ENOTSOCK", "EPROTOTYPE", "ENOTDIR" -> {
          return fd;
        }
        case "EAGAIN", "EINTR", "EINPROGRESS" -> {
          if (System.nanoTime() - deadline > 0 || !paused()) {
            throw failed(path, "has had no time for this one");
          }
        }
        default -> throw failed(path, "cannot be reached: " + sockets.errnoText(fd));
      }
    }
  }

  /** Returns null if the other process ends the conversation before it has answered. */
  private static @Nullable HandoverClient ask(
      Sockets sockets, ReadWait wait, int fd, ListenOptions listen, Path path) {
    long timeout = OptionBounds.nanos(listen.handover().timeout());
    HandoverTalk talk = new HandoverTalk(sockets, wait, fd, timeout);
    HandoverClient client = new HandoverClient(sockets, wait, talk, path);
    try {
      if (!talk.peer().isTrusted()) {
        throw failed(
            path,
            "is of user "
                + Integer.toUnsignedString(talk.peer().user())
                + ", neither root nor this one's "
                + Integer.toUnsignedString(talk.peer().ownUser()));
      }
      int count = client.take();
      if (count == UnixPeer.END) {
        talk.close();
        paused();
        return null;
      }
      client.accept(count, listen);
      return client;
    } catch (RuntimeException | Error e) {
      client.received.forEach(ListenSocket::close);
      talk.close();
      throw e;
    }
  }

  /** Asks for the sockets; returns their number, END or LATE. */
  private int take() {
    int verdict = talk.hear();
    return switch (verdict) {
      case HandoverTalk.READY ->
          talk.say(HandoverTalk.TAKE) ? talk.hearDescriptors() : UnixPeer.END;
      case HandoverTalk.REFUSED ->
          throw failed(path, "gives its sockets to its own user and to root only");
      case UnixPeer.END, HandoverTalk.LATE -> verdict;
      default -> throw failed(path, "is no server of this kind and version");
    };
  }

  private void accept(int count, ListenOptions listen) {
    if (count == HandoverTalk.LATE) {
      throw failed(path, "has not answered within " + listen.handover().timeout());
    }
    int[] descriptors = talk.peer().received();
    RuntimeException failure =
        count == descriptors.length
            ? null
            : failed(path, "announced " + count + " sockets and sent " + descriptors.length);
    for (int fd : descriptors) {
      if (failure != null) {
        sockets.close(fd);
        continue;
      }
      try {
        received.add(ListenSocket.received(sockets, fd));
      } catch (RuntimeException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
    HandoverMatch.check(listen, received);
  }

  private static ListenException failed(Path path, String what) {
    return new ListenException(
        "the process that serves handover.path " + path + " " + what,
        "find it with lsof, and stop it before this one is started; or unset handover.path");
  }

  private static boolean paused() {
    try {
      Thread.sleep(PAUSE_MILLIS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** The sockets, which both processes serve until {@link #confirm}. */
  List<ListenSocket> received() {
    return received;
  }

  /**
   * Tells the other process that this one serves the sockets, and takes them over.
   *
   * @throws ListenException if the other process goes on to serve
   */
  void confirm() {
    int answer = talk.say(HandoverTalk.SERVING) ? talk.hear() : UnixPeer.END;
    if (answer == HandoverTalk.LEAVING || (answer == UnixPeer.END && isGone())) {
      received.forEach(ListenSocket::own);
      return;
    }
    throw failed(path, "has not confirmed that it leaves, and may serve on");
  }

  /** Whether the other process has ended, so that its sockets are this one's in any case. */
  private boolean isGone() {
    int fd = UnixPeer.connect(sockets, path, OPTION);
    if (fd >= 0) {
      sockets.close(fd);
    }
    return fd < 0 && !sockets.wouldBlock(fd);
  }

  @Override
  public void close() {
    talk.close();
    wait.close();
  }
}
