package io.kqueueserver.net;

import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.socket.IoVector;
import io.kqueueserver.socket.Sockets;
import org.jspecify.annotations.Nullable;

/** The transport of a socket without TLS. */
final class PlainTransport implements Transport {
  private final Sockets sockets;
  private final int fd;

  /** Number of bytes that the kernel has taken. */
  private long taken;

  PlainTransport(Sockets sockets, int fd) {
    this.sockets = sockets;
    this.fd = fd;
  }

  @Override
  public int read(NativeBuffer into, int most) {
    int n;
    do {
      n = sockets.read(fd, into.address(), most);
    } while (sockets.isInterrupted(n)); // an edge is reported once
    if (n > 0) {
      return n;
    }
    return n == 0 ? END : later(n);
  }

  @Override
  public int write(NativeBuffer from, int offset, int length) {
    int n = sockets.write(fd, from.address() + offset, length);
    if (n < 0) {
      return laterOut(n);
    }
    taken += n;
    return n;
  }

  @Override
  public @Nullable IoVector vector() {
    return sockets.vector();
  }

  @Override
  public int writeVector() {
    int n = sockets.writev(fd);
    if (n < 0) {
      return laterOut(n);
    }
    taken += n;
    return n;
  }

  /** Number of bytes that the kernel has taken since the connection began. */
  long taken() {
    return taken;
  }

  @Override
  public boolean hasSendfile() {
    return sockets.hasSendfile();
  }

  @Override
  public long sendfile(int fileFd, long offset, long count) {
    long n = sockets.sendfile(fd, fileFd, offset, count);
    if (n > 0) {
      taken += n;
      return n;
    }
    return n == 0 ? END : laterOut((int) n);
  }

  @Override
  public long sendfile(NativeBuffer head, int at, int length, int fileFd, long offset, long count) {
    long n = sockets.sendfile(fd, head.address() + at, length, fileFd, offset, count);
    if (n <= 0) {
      return laterOut((int) n);
    }
    taken += n;
    return n;
  }

  @Override
  public void shutdownWrite() {
    sockets.shutdownWrite(fd);
  }

  private int laterOut(int negativeErrno) {
    return sockets.isOutOfBuffers(negativeErrno) ? OUT_OF_BUFFERS : later(negativeErrno);
  }

  /** Translates an errno: to 0 if the socket is empty or full for now, else to itself. */
  private int later(int negativeErrno) {
    return sockets.wouldBlock(negativeErrno) || sockets.isInterrupted(negativeErrno)
        ? 0
        : negativeErrno;
  }
}
