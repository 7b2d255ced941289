package io.kqueueserver.net;

import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.socket.Sockets;

/** A socket as it is. */
final class PlainTransport implements Transport {
  private final Sockets sockets;
  private final int fd;

  PlainTransport(Sockets sockets, int fd) {
    this.sockets = sockets;
    this.fd = fd;
  }

  @Override
  public int read(NativeBuffer into, int most) {
    int n;
    do {
      n = sockets.read(fd, into.address(), most);
    } while (sockets.isInterrupted(n)); // its edge does not come again
    if (n > 0) {
      return n;
    }
    return n == 0 ? END : later(n);
  }

  @Override
  public int write(NativeBuffer from, int length) {
    int n = sockets.write(fd, from.address(), length);
    return n >= 0 ? n : laterOut(n);
  }

  @Override
  public boolean hasSendfile() {
    return sockets.hasSendfile();
  }

  @Override
  public long sendfile(int fileFd, long offset, long count) {
    long n = sockets.sendfile(fd, fileFd, offset, count);
    if (n > 0) {
      return n;
    }
    return n == 0 ? END : laterOut((int) n);
  }

  @Override
  public void shutdownWrite() {
    sockets.shutdownWrite(fd);
  }

  private int laterOut(int negativeErrno) {
    return sockets.isOutOfBuffers(negativeErrno) ? OUT_OF_BUFFERS : later(negativeErrno);
  }

  /** 0 for "not now", else the error itself. */
  private int later(int negativeErrno) {
    return sockets.wouldBlock(negativeErrno) || sockets.isInterrupted(negativeErrno)
        ? 0
        : negativeErrno;
  }
}
