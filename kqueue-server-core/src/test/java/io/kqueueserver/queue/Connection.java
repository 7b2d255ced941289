package io.kqueueserver.queue;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.socket.ListenSocket;
import io.kqueueserver.socket.Sockets;
import java.net.InetAddress;
import org.opentest4j.TestAbortedException;

/** A loopback TCP connection: our end a bare descriptor of the binding under test. */
public final class Connection implements AutoCloseable {
  final Sockets sockets;
  final int fd;
  final Peer peer;
  private final NativeBuffer buffer = NativeBuffer.allocate(1 << 16);
  private boolean closed;

  Connection(Sockets sockets, int fd, Peer peer) {
    this.sockets = sockets;
    this.fd = fd;
    this.peer = peer;
  }

  static Connection open(Native natives) {
    Sockets sockets = new Sockets(natives);
    try (ListenSocket listener = listen(sockets)) {
      Peer peer = Peer.connect(sockets, listener);
      return new Connection(sockets, accept(sockets, listener), peer);
    }
  }

  static ListenSocket listen(Sockets sockets) {
    return ListenSocket.open(sockets, InetAddress.getLoopbackAddress(), 0, 8, false);
  }

  static int accept(Sockets sockets, ListenSocket listener) {
    long deadline = System.nanoTime() + KqueueFixture.PATIENCE;
    int fd = listener.intake().accept();
    while (sockets.wouldBlock(fd) && System.nanoTime() < deadline) {
      pause();
      fd = listener.intake().accept();
    }
    if (fd < 0) {
      throw new IllegalStateException("accept: " + sockets.errnoName(fd));
    }
    return fd;
  }

  static void pause() {
    try {
      Thread.sleep(1);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  void peerSends(int bytes) {
    peer.send(bytes);
  }

  /** Waits until that many bytes can be read; for a while if their number is unknown. */
  void arrived(int bytes) {
    boolean told = sockets.bytesReadable(fd) != Sockets.UNKNOWN;
    long patience = told ? KqueueFixture.PATIENCE : KqueueFixture.SECOND / 2;
    long deadline = System.nanoTime() + patience;
    while (unread() < bytes && System.nanoTime() < deadline) {
      pause();
    }
  }

  private long unread() {
    long told = sockets.bytesReadable(fd);
    return told == Sockets.UNKNOWN ? unreadByQueue() : told;
  }

  /** Where ioctl(2) is missing; a queue of its own, so that none under test loses an edge. */
  private long unreadByQueue() {
    try (Kqueue queue = Kqueues.open(sockets.natives())) {
      ChangeList changes = queue.newChangeList();
      changes.add(fd, Filter.EVFILT_READ, EventFlag.EV_ADD, 0, 0, 0);
      EventList events = queue.newEventList(1);
      return queue.poll(changes, events, 0) == 0 ? 0 : events.data(0);
    }
  }

  void peerSendsAndArrives(int bytes) {
    long before = unread();
    peerSends(bytes);
    arrived((int) before + bytes);
  }

  void peerFinishes() {
    peer.finish();
  }

  void peerResets() {
    peer.reset();
  }

  void peerReads(int bytes) {
    peer.read(bytes);
  }

  int read(int bytes) {
    return sockets.read(fd, buffer.address(), Math.min(bytes, buffer.size()));
  }

  int write(int bytes) {
    return sockets.write(fd, buffer.address(), Math.min(bytes, buffer.size()));
  }

  /** Writes until the kernel takes no more; returns how much it took. */
  int fill() {
    int total = 0;
    int refusals = 0;
    while (refusals < 5) { // the peer's kernel goes on taking bytes out for a moment
      int n = write(buffer.size());
      if (n > 0) {
        total += n;
        refusals = 0;
      } else {
        refusals++;
        pause();
      }
    }
    return total;
  }

  /**
   * Another descriptor of the same socket.
   *
   * @param number the lowest it may have
   */
  int duplicate(int number) {
    return sockets.natives().libc().fcntl(fd, 0 /* F_DUPFD, everywhere */, number);
  }

  /** The same connection under a number that is free. */
  Connection movedTo(int number) {
    int moved = duplicate(number);
    if (moved != number) {
      sockets.close(moved);
      throw new TestAbortedException("fd " + number + " cannot be had again; got " + moved);
    }
    closeFd();
    return new Connection(sockets, moved, peer);
  }

  void closeFd() {
    if (!closed) {
      closed = true;
      sockets.close(fd);
    }
  }

  @Override
  public void close() {
    closeFd();
    peer.close();
  }
}
