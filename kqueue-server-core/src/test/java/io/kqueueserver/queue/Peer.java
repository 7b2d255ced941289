package io.kqueueserver.queue;

import io.kqueueserver.ffi.LibC;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.ffi.NativeUnavailableException;
import io.kqueueserver.socket.ListenSocket;
import io.kqueueserver.socket.Sockets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import org.jspecify.annotations.Nullable;

/**
 * The other end of a connection under test. A library with a kernel of its own gets both ends in
 * that kernel, so that a FIN or RST is its own and not what some bridge to the host makes of it.
 */
interface Peer extends AutoCloseable {
  void send(int bytes);

  /** Sends FIN and goes on reading. */
  void finish();

  /** Closes with RST. */
  void reset();

  void read(int bytes);

  /** How many bytes have arrived. */
  int available();

  @Override
  void close();

  /** Connects without waiting for the other side to accept. */
  static Peer connect(Sockets sockets, ListenSocket listener) {
    if (sockets.natives().isForeign()) {
      Peer inside = InLibrary.tryConnect(sockets.natives(), listener.fd());
      if (inside != null) {
        return inside;
      }
    }
    return new OnHost(listener.localPort());
  }

  /** A Java socket. */
  final class OnHost implements Peer {
    private final Socket socket;

    OnHost(int port) {
      try {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private interface Action {
      void run() throws IOException;
    }

    private static void doing(Action action) {
      try {
        action.run();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void send(int bytes) {
      doing(() -> socket.getOutputStream().write(new byte[bytes]));
    }

    @Override
    public void finish() {
      doing(socket::shutdownOutput);
    }

    @Override
    public void reset() {
      doing(() -> socket.setSoLinger(true, 0));
      close();
    }

    @Override
    public void read(int bytes) {
      doing(
          () -> {
            for (int left = bytes; left > 0; ) {
              int n = socket.getInputStream().read(new byte[Math.min(left, 1 << 16)]);
              if (n < 0) {
                throw new IOException("the end, with " + left + " bytes missing");
              }
              left -= n;
            }
          });
    }

    @Override
    public int available() {
      try {
        return socket.getInputStream().available();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {
      doing(socket::close);
    }
  }

  /** A socket of the library under test. */
  final class InLibrary implements Peer {
    /** connect(2), which a server has no use for. */
    public interface Connecting {
      int connect(int s, long name, int namelen);
    }

    private final Sockets sockets;
    private final int fd;
    private final NativeBuffer buffer = NativeBuffer.allocate(1 << 16);
    private boolean closed;

    private InLibrary(Sockets sockets, int fd) {
      this.sockets = sockets;
      this.fd = fd;
    }

    static @Nullable Peer tryConnect(Native natives, int listener) {
      Connecting calls;
      try {
        calls = natives.bind(Connecting.class);
      } catch (NativeUnavailableException e) {
        return null;
      }
      LibC libc = natives.libc();
      NativeBuffer name = NativeBuffer.allocate(128);
      NativeBuffer length = NativeBuffer.allocate(Integer.BYTES);
      length.bytes().putInt(0, name.size());
      natives.check(
          libc.getsockname(listener, name.address(), length.address()), "getsockname", listener);
      int type = natives.abi().constant("SOCK_STREAM");
      int fd = natives.check(libc.socket(natives.abi().constant("AF_INET"), type, 0), "socket", "");
      natives.nonBlocking(fd);
      Sockets sockets = new Sockets(natives);
      int made = natives.result(calls.connect(fd, name.address(), length.bytes().getInt(0)));
      if (made < 0 && made != -natives.abi().constant("EINPROGRESS")) {
        sockets.close(fd);
        return null; // no loopback in there; perhaps the host can reach it
      }
      sockets.noDelay(fd, true);
      return new InLibrary(sockets, fd);
    }

    private int retrying(java.util.function.IntSupplier call) {
      long deadline = System.nanoTime() + KqueueFixture.PATIENCE;
      int n = call.getAsInt();
      while (n < 0 && mayRetry(n) && System.nanoTime() < deadline) {
        Connection.pause();
        n = call.getAsInt();
      }
      if (n < 0) {
        throw new IllegalStateException("peer fd " + fd + ": " + sockets.errnoName(n));
      }
      return n;
    }

    private boolean mayRetry(int n) {
      // ENOTCONN: the handshake is still under way.
      return sockets.wouldBlock(n)
          || sockets.isInterrupted(n)
          || sockets.errnoName(n).equals("ENOTCONN");
    }

    @Override
    public void send(int bytes) {
      for (int left = bytes; left > 0; ) {
        int wanted = Math.min(left, buffer.size());
        left -= retrying(() -> sockets.write(fd, buffer.address(), wanted));
      }
    }

    @Override
    public void finish() {
      retrying(() -> sockets.shutdownWrite(fd));
    }

    @Override
    public void reset() {
      retrying(() -> sockets.lingerZero(fd));
      close();
    }

    @Override
    public void read(int bytes) {
      for (int left = bytes; left > 0; ) {
        int wanted = Math.min(left, buffer.size());
        int n = retrying(() -> sockets.read(fd, buffer.address(), wanted));
        if (n == 0) {
          throw new IllegalStateException("the end, with " + left + " bytes missing");
        }
        left -= n;
      }
    }

    @Override
    public int available() {
      return (int) Math.max(0, sockets.bytesReadable(fd));
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        sockets.close(fd);
      }
    }
  }
}
