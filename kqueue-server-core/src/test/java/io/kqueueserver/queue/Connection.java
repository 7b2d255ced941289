package io.kqueueserver.queue;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.socket.ListenSocket;
import io.kqueueserver.socket.Sockets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;

/** A loopback TCP connection: our end a bare descriptor, the peer a Java socket. */
final class Connection implements AutoCloseable {
  final Sockets sockets;
  final int fd;
  final Socket peer;
  private final NativeBuffer buffer = NativeBuffer.allocate(1 << 20);
  private boolean closed;

  private Connection(Sockets sockets, int fd, Socket peer) {
    this.sockets = sockets;
    this.fd = fd;
    this.peer = peer;
  }

  static Connection open(Native natives) {
    Sockets sockets = new Sockets(natives);
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ListenSocket listener = ListenSocket.open(sockets, loopback, 0, 8, false)) {
      Socket peer = new Socket(loopback, listener.localPort());
      peer.setTcpNoDelay(true);
      int fd = listener.intake().accept();
      for (int i = 0; i < 1000 && fd < 0; i++) {
        pause();
        fd = listener.intake().accept();
      }
      if (fd < 0) {
        throw new IllegalStateException("accept: " + sockets.errnoName(fd));
      }
      return new Connection(sockets, fd, peer);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void pause() {
    try {
      Thread.sleep(1);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  void peerSends(int bytes) {
    try {
      peer.getOutputStream().write(new byte[bytes]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until that many bytes can be read. */
  void arrived(int bytes) {
    for (int i = 0; i < 5000 && sockets.bytesReadable(fd) < bytes; i++) {
      pause();
    }
  }

  void peerSendsAndArrives(int bytes) {
    long before = sockets.bytesReadable(fd);
    peerSends(bytes);
    arrived((int) before + bytes);
  }

  void peerFinishes() {
    try {
      peer.shutdownOutput();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void peerResets() {
    try {
      peer.setSoLinger(true, 0);
      peer.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void peerReads(int bytes) {
    try {
      peer.getInputStream().readNBytes(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int read(int bytes) {
    return sockets.read(fd, buffer.address(), bytes);
  }

  int write(int bytes) {
    return sockets.write(fd, buffer.address(), bytes);
  }

  /** Writes until the kernel takes no more; returns how much it took. */
  int fill() {
    int total = 0;
    int n;
    do {
      n = write(1 << 20);
      total += Math.max(0, n);
    } while (n > 0);
    return total;
  }

  /** The same connection under a number that is free. */
  Connection movedTo(int number) {
    int moved = sockets.natives().libc().fcntl(fd, 0 /* F_DUPFD, everywhere */, number);
    if (moved != number) {
      throw new IllegalStateException("fd " + number + " was taken; got " + moved);
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
    try {
      peer.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
