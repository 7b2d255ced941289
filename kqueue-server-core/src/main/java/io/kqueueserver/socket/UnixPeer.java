package io.kqueueserver.socket;

import io.kqueueserver.ffi.NativeBuffer;
import java.nio.file.Path;

/**
 * A connection to another process of this machine by a Unix domain socket, which can carry
 * descriptors; non-blocking. Owns its descriptor. One thread at a time.
 */
public final class UnixPeer implements AutoCloseable {
  /** The other process has closed the connection; no byte. */
  public static final int END = 256;

  private final Sockets sockets;
  private final int fd;
  private final PeerUser users;
  private final DescriptorMessage message;
  private final NativeBuffer octet = NativeBuffer.allocate(1);
  private boolean closed;

  /** Takes over a connected socket, and closes it if the system lacks what this takes. */
  public UnixPeer(Sockets sockets, int fd) {
    this.sockets = sockets;
    this.fd = fd;
    try {
      sockets.natives().nonBlocking(fd);
      this.users = new PeerUser(sockets.natives());
      this.message = new DescriptorMessage(sockets.natives());
    } catch (RuntimeException | Error e) {
      sockets.close(fd);
      throw e;
    }
  }

  /**
   * Connects to the process that serves a path.
   *
   * @param option the name of the setting of the path, for messages
   * @return the descriptor, or {@code -errno}; {@code -EAGAIN} if too many others wait there
   * @throws io.kqueueserver.ffi.ListenException if the system takes no path that long
   */
  public static int connect(Sockets sockets, Path path, String option) {
    UnixPath file = new UnixPath(sockets, path, option);
    int fd = file.socket();
    try {
      sockets.natives().nonBlocking(fd);
      int result = file.connect(fd);
      if (result < 0) {
        sockets.close(fd);
        return result;
      }
      return fd;
    } catch (RuntimeException | Error e) {
      sockets.close(fd);
      throw e;
    }
  }

  /** The descriptor to register for EVFILT_READ. */
  public int fd() {
    return fd;
  }

  /** The effective user of the other process. */
  public int user() {
    return users.of(fd);
  }

  /** The effective user of this process. */
  public int ownUser() {
    return users.ours();
  }

  /** Whether the other process may do all that this process may: the same user, or root. */
  public boolean isTrusted() {
    int user = user();
    return user == 0 || user == ownUser();
  }

  /** Sends one byte with descriptors, which stay open; returns 1 or {@code -errno}. */
  public int send(int value, int... descriptors) {
    return message.send(fd, (byte) value, descriptors);
  }

  /** Reads one byte: its value, {@link #END}, or {@code -errno} and {@code -EAGAIN} without one. */
  public int read() {
    int n = sockets.read(fd, octet.address(), 1);
    return n < 0 ? n : n == 0 ? END : Byte.toUnsignedInt(octet.bytes().get(0));
  }

  /**
   * Reads one byte with descriptors.
   *
   * @return 1 if {@link #received} has them, {@link #END}, or {@code -errno}
   */
  public int receive() {
    int n = message.receive(fd);
    return n == 0 ? END : n;
  }

  /** The byte that came with the descriptors. */
  public int receivedByte() {
    return Byte.toUnsignedInt(message.receivedByte());
  }

  /** The descriptors that came. They are open, and the caller's to close. */
  public int[] received() {
    int[] descriptors = message.receivedDescriptors();
    for (int descriptor : descriptors) {
      sockets.natives().closeOnExec(descriptor);
    }
    return descriptors;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      sockets.close(fd);
    }
  }
}
