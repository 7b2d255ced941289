package io.kqueueserver;

import io.kqueueserver.ffi.ListenException;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.server.HandoverOptions;
import io.kqueueserver.server.OptionBounds;
import io.kqueueserver.socket.ListenSocket;
import io.kqueueserver.socket.Sockets;
import io.kqueueserver.socket.UnixPeer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running server's part of a handover: serves a path, on a thread of its own, and gives the
 * listening sockets to the process that asks for them there. One process at a time, and in the end
 * one only.
 */
final class HandoverServer {
  private static final Logger log = LoggerFactory.getLogger(HandoverServer.class);

  /** More processes than ever start at once. */
  private static final int BACKLOG = 16;

  /** 500 ms: how long to wait for descriptors, where the process has none to spare. */
  private static final long PAUSE_MILLIS = 500;

  // SERVING --offer--> OFFERED --taken--> ENDED      any --end--> ENDED
  //    ^------------------'  not taken
  private enum State {
    /** No other process has the sockets. */
    SERVING,
    /** Another process has them, and may yet serve them or not. */
    OFFERED,
    /** No process is given them any more. */
    ENDED
  }

  private final Sockets sockets;
  private final ReadWait wait;
  private final ListenSocket path;
  private final HandoverOptions options;
  private final List<ListenSocket> listeners;
  private final Runnable onHandedOver;
  private final Thread thread;
  private State state = State.SERVING;

  /**
   * Opens the path.
   *
   * @param listeners the sockets to give
   * @param onHandedOver called when another process serves them, on the thread of this object
   * @throws ListenException if the path cannot be served
   */
  HandoverServer(
      Native natives,
      Path path,
      HandoverOptions options,
      String name,
      List<ListenSocket> listeners,
      Runnable onHandedOver) {
    this.sockets = new Sockets(natives);
    this.options = options;
    this.listeners = listeners;
    this.onHandedOver = onHandedOver;
    try {
      this.path = ListenSocket.openControl(sockets, path, HandoverClient.OPTION, BACKLOG);
    } catch (NativeException e) {
      throw new ListenException(
          "handover.path " + path + " cannot be served: " + e.getMessage(),
          "choose a path in a folder that is there and that only this user may write to");
    }
    try {
      this.wait = new ReadWait(natives);
    } catch (RuntimeException | Error e) {
      this.path.close();
      throw e;
    }
    thread = new Thread(this::run, name + "-handover");
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  private void run() {
    boolean handedOver = false;
    try {
      ListenSocket.Intake intake = path.intake();
      while (!handedOver && wait.until(path.fd(), Long.MAX_VALUE + System.nanoTime())) {
        int fd = intake.accept();
        handedOver = fd >= 0 ? talk(fd) : sockets.isExhausted(fd) && paused();
      }
    } finally {
      end();
      path.close();
      wait.close();
    }
    if (handedOver) {
      onHandedOver.run();
    }
  }

  /** Returns false, as nothing is handed over meanwhile. */
  private static boolean paused() {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return false;
  }

  /** Talks to a process that has connected; returns whether it serves the sockets now. */
  private boolean talk(int fd) {
    long timeout = OptionBounds.nanos(options.timeout());
    try (HandoverTalk talk = new HandoverTalk(sockets, wait, fd, timeout)) {
      return isTrusted(talk)
          && talk.say(HandoverTalk.READY)
          && talk.hear() == HandoverTalk.TAKE
          && offer()
          && give(talk);
    } catch (RuntimeException e) {
      log.warn("{}: a process that asked for the listening sockets got none", path.name(), e);
      return false;
    }
  }

  private boolean isTrusted(HandoverTalk talk) {
    if (talk.peer().isTrusted()) {
      return true;
    }
    log.warn(
        "{}: a process of user {} asked for the listening sockets and was refused",
        path.name(),
        Integer.toUnsignedString(talk.peer().user()));
    talk.say(HandoverTalk.REFUSED);
    return false;
  }

  /** From here on the end of a listener does not end the socket, which another process may have. */
  private synchronized boolean offer() {
    if (state != State.SERVING) {
      return false;
    }
    state = State.OFFERED;
    listeners.forEach(ListenSocket::share);
    return true;
  }

  private boolean give(HandoverTalk talk) {
    int[] descriptors = listeners.stream().mapToInt(ListenSocket::fd).toArray();
    int answer = talk.say(descriptors.length, descriptors) ? talk.hear() : UnixPeer.END;
    if (answer != HandoverTalk.SERVING) {
      if (takeBack()) {
        log.warn(
            "{}: a process took the listening sockets and {}; this one goes on to serve them",
            path.name(),
            answer == HandoverTalk.LATE
                ? "did not serve them within " + options.timeout()
                : "ended before it served them");
      }
      return false;
    }
    path.close(); // before the other process hears that it may open the path itself
    talk.say(HandoverTalk.LEAVING);
    log.info(
        "Handed over {} to a new process",
        String.join(", ", listeners.stream().map(ListenSocket::name).toList()));
    return true;
  }

  /** Returns whether this server goes on. */
  private synchronized boolean takeBack() {
    listeners.forEach(ListenSocket::own);
    if (state == State.ENDED) {
      return false;
    }
    state = State.SERVING;
    return true;
  }

  private synchronized void end() {
    state = State.ENDED;
  }

  /**
   * The listeners are about to be shut: no process is given them any more, and the path is free for
   * the next server. A process that has them already may go on.
   */
  void withdraw() {
    synchronized (this) {
      if (state != State.SERVING) {
        return;
      }
      state = State.ENDED;
    }
    join();
  }

  /** Ends the thread, unless it is this one. */
  void close() {
    end();
    join();
  }

  private void join() {
    wait.stop();
    if (thread == Thread.currentThread()) {
      return;
    }
    try {
      thread.join(TimeUnit.SECONDS.toMillis(5)); // it waits for nothing any more
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
