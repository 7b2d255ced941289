package io.kqueueserver.socket;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.Errno;
import io.kqueueserver.ffi.LibC;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.ffi.NativeException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Calls on descriptors of one binding. What may fail in normal operation returns {@code -errno}, as
 * inside the kernel, and throws nothing. Methods on descriptors may be called by one thread at a
 * time per instance, since they share scratch memory: each loop has its own. Descriptors stay the
 * caller's.
 */
public final class Sockets {
  /** How often a call that met a connection being torn down is made again, each time at once. */
  private static final int TEARDOWN_TRIES = 3;

  /** How often SO_LINGER is set at most, while the system has no buffers for it. */
  private static final int LINGER_TRIES = 3;

  /** No result of a call: neither a count nor a negated errno. */
  private static final int NEVER = Integer.MIN_VALUE;

  /** A count that the system does not report. */
  public static final long UNKNOWN = -1;

  private final Native natives;
  private final LibC libc;
  private final Abi abi;
  private final Errno errno;
  private final SendFile sendFile;
  private final FilePages filePages;
  private final @Nullable IoVector vector;

  /**
   * The errno of a write to a connection that is being torn down; the next call finds it closed.
   */
  private final int racingTeardown;

  private final int solSocket;
  private final int soError;
  private final int ipprotoTcp;
  private final int tcpNodelay;
  private final int shutWr;
  private final long fionread;
  private final int soLinger;
  private final int lingerSize;
  private final int lingerOnOffAt;
  private final int lingerSecondsAt;
  private final NativeBuffer scratch;
  private final NativeBuffer length = NativeBuffer.allocate(Integer.BYTES);

  public Sockets(Native natives) {
    this.natives = natives;
    libc = natives.libc();
    abi = natives.abi();
    errno = natives.errno();
    sendFile = SendFile.of(natives);
    filePages = new FilePages(natives);
    racingTeardown =
        abi.has("write.racing_teardown_is_EPROTOTYPE") ? -abi.constant("EPROTOTYPE") : NEVER;
    solSocket = abi.constant("SOL_SOCKET");
    soError = abi.constant("SO_ERROR");
    ipprotoTcp = abi.constant("IPPROTO_TCP");
    tcpNodelay = abi.constant("TCP_NODELAY");
    shutWr = abi.constant("SHUT_WR");
    fionread = abi.longConstant("FIONREAD");
    soLinger = abi.constant("SO_LINGER");
    lingerSize = abi.constant("linger.sizeof");
    lingerOnOffAt = abi.constant("linger.l_onoff.offset");
    lingerSecondsAt = abi.constant("linger.l_linger.offset");
    vector = natives.has("writev") ? new IoVector(abi) : null;
    scratch = NativeBuffer.allocate(abi.constant("sockaddr_storage.sizeof"));
  }

  /** The binding that these descriptors belong to. */
  public Native natives() {
    return natives;
  }

  /** Reads at most {@code length} bytes; 0 is the end of the stream, below 0 {@code -errno}. */
  public int read(int fd, long address, int length) {
    return (int) natives.result(libc.read(fd, address, length));
  }

  /**
   * Writes at most {@code length} bytes; returns how many, or {@code -errno}. A peer that goes
   * during the call is reported as {@code -EPIPE}, for every errno of the system.
   */
  public int write(int fd, long address, int length) {
    int n = (int) natives.result(libc.write(fd, address, length));
    for (int i = 0; i < TEARDOWN_TRIES && n == racingTeardown; i++) {
      n = (int) natives.result(libc.write(fd, address, length));
    }
    return n == racingTeardown ? -errno.EPIPE : n;
  }

  /** The list for {@link #writev}; null if the library has no writev. */
  public @Nullable IoVector vector() {
    return vector;
  }

  /** As {@link #write}, of the memory in {@link #vector}. */
  public int writev(int fd) {
    IoVector from = Objects.requireNonNull(vector, "no writev here; ask vector() first");
    int n = (int) natives.result(libc.writev(fd, from.address(), from.count()));
    for (int i = 0; i < TEARDOWN_TRIES && n == racingTeardown; i++) {
      n = (int) natives.result(libc.writev(fd, from.address(), from.count()));
    }
    return n == racingTeardown ? -errno.EPIPE : n;
  }

  /** Whether {@link #sendfile} works here; OpenBSD, NetBSD and foreign libraries have none. */
  public boolean hasSendfile() {
    return sendFile.isAvailable();
  }

  /**
   * Sends file bytes to a socket; returns how many, 0 at the end of the file, or {@code -errno} if
   * none were sent. Neither file position moves.
   */
  public long sendfile(int fd, int fileFd, long offset, long count) {
    if (count == 0) {
      return 0;
    }
    long n = sendFile.send(fd, fileFd, offset, count);
    for (int i = 0; i < TEARDOWN_TRIES && n == racingTeardown; i++) {
      n = sendFile.send(fd, fileFd, offset, count);
    }
    return n == racingTeardown ? -errno.EPIPE : n;
  }

  /**
   * Sends memory, at least one byte, and behind it file bytes, at least one, in one segment where
   * that pays and the system can. Returns how many of both, or {@code -errno} if none were sent. A
   * failure behind the first byte is that of the next call.
   */
  public long sendfile(int fd, long head, int headLength, int fileFd, long offset, long count) {
    long n = sendFile.send(fd, head, headLength, fileFd, offset, count);
    for (int i = 0; i < TEARDOWN_TRIES && n == racingTeardown; i++) {
      n = sendFile.send(fd, head, headLength, fileFd, offset, count);
    }
    return n == racingTeardown ? -errno.EPIPE : n;
  }

  /** Opens a file for {@link #sendfile}; returns its descriptor or {@code -errno}. Any thread. */
  public int openForRead(String path) {
    if (!natives.has("open") || natives.isForeign()) {
      return -errno.ENOSYS; // a foreign library's files are not this machine's
    }
    byte[] name = path.getBytes(StandardCharsets.UTF_8);
    NativeBuffer cString = NativeBuffer.allocate(name.length + 1);
    cString.bytes().put(0, name);
    int flags = abi.constant("O_RDONLY") | abi.constant("O_CLOEXEC");
    int fd;
    do {
      fd = natives.result(libc.open(cString.address(), flags, 0));
    } while (isInterrupted(fd));
    return fd;
  }

  /** Tells the system what will be read soon, where it listens. At least one byte. Any thread. */
  public void readAhead(int fileFd, long offset, long count) {
    filePages.request(fileFd, offset, count);
  }

  /** Sends FIN after what is queued; returns 0 or {@code -errno}. */
  public int shutdownWrite(int fd) {
    return natives.result(libc.shutdown(fd, shutWr));
  }

  /**
   * Closes the descriptor; returns 0 or {@code -errno}. On every answer the number is no longer the
   * caller's: after EINTR another open may already have it, so close is never tried again. Any
   * thread.
   */
  public int close(int fd) {
    return natives.result(libc.close(fd));
  }

  /** The socket's pending error as an errno, 0 for none, or {@code -errno}. Asking clears it. */
  public int socketError(int fd) {
    return getsockopt(fd, solSocket, soError);
  }

  /** Bytes that can be read without waiting, or {@link #UNKNOWN}. */
  public long bytesReadable(int fd) {
    return count(fd, fionread);
  }

  private long count(int fd, long request) {
    if (!natives.has("ioctl")) {
      return UNKNOWN;
    }
    scratch.bytes().putInt(0, 0);
    int result = natives.result(libc.ioctl(fd, request, scratch.address()));
    return result >= 0 ? scratch.bytes().getInt(0) : UNKNOWN;
  }

  /**
   * Makes the coming {@link #close} send RST and drop what is queued; returns 0 or {@code -errno}.
   * A failure makes that close send FIN, after which a response that ends with its connection looks
   * complete. So the call is made again where the system had no buffers. EINVAL is the answer of
   * macOS for a socket whose peer has gone, which needs no RST.
   */
  public int lingerZero(int fd) {
    scratch.bytes().putInt(lingerOnOffAt, 1).putInt(lingerSecondsAt, 0);
    int result = -errno.ENOBUFS;
    for (int i = 0; i < LINGER_TRIES && isOutOfBuffers(result); i++) {
      result =
          natives.result(libc.setsockopt(fd, solSocket, soLinger, scratch.address(), lingerSize));
    }
    return result;
  }

  /** Switches Nagle's algorithm off or on; returns 0 or {@code -errno}. */
  public int noDelay(int fd, boolean noDelay) {
    return setsockopt(fd, ipprotoTcp, tcpNodelay, noDelay ? 1 : 0);
  }

  /** An option that is an int: its value, or {@code -errno}. */
  public int getsockopt(int fd, int level, int optname) {
    length.bytes().putInt(0, Integer.BYTES);
    int result =
        natives.result(libc.getsockopt(fd, level, optname, scratch.address(), length.address()));
    return result < 0 ? result : scratch.bytes().getInt(0);
  }

  /** Sets an option that is an int; returns 0 or {@code -errno}. */
  public int setsockopt(int fd, int level, int optname, int value) {
    scratch.bytes().putInt(0, value);
    return natives.result(libc.setsockopt(fd, level, optname, scratch.address(), Integer.BYTES));
  }

  /** Sets an option that is a struct; returns 0 or {@code -errno}. */
  int setsockopt(int fd, int level, int optname, NativeBuffer value) {
    return natives.result(libc.setsockopt(fd, level, optname, value.address(), value.size()));
  }

  /**
   * The address a socket is bound to; null if the system does not report it, as xnu of a connection
   * that was reset (EINVAL).
   */
  public @Nullable InetSocketAddress localAddress(int fd) {
    try {
      return SocketAddresses.decode(abi, localName(fd));
    } catch (NativeException | IllegalArgumentException e) {
      return null;
    }
  }

  /**
   * As {@link #localAddress}, as the kernel writes it.
   *
   * @throws NativeException naming {@code getsockname(fd ..)}
   */
  byte[] localName(int fd) {
    length.bytes().putInt(0, scratch.size());
    natives.check(libc.getsockname(fd, scratch.address(), length.address()), "getsockname", fd);
    byte[] sockaddr = new byte[Math.min(length.bytes().getInt(0), scratch.size())];
    scratch.bytes().get(0, sockaddr);
    return sockaddr;
  }

  /** The ABI these descriptors' addresses and errors follow. */
  public Abi abi() {
    return abi;
  }

  /**
   * Whether sendfile(2) cannot serve this pair of descriptors, so that reading and writing must.
   */
  public boolean isUnsupported(int negErrno) {
    return switch (errnoName(negErrno)) {
      case "EINVAL", "ENOSYS", "EOPNOTSUPP", "ENOTSUP", "ENOTSOCK", "EOVERFLOW" -> true;
      default -> false;
    };
  }

  /** Whether the call would have had to wait. */
  public boolean wouldBlock(int negErrno) {
    return negErrno == -errno.EAGAIN;
  }

  /** Whether a signal came in between; the call may be made again (except close). */
  public boolean isInterrupted(int negErrno) {
    return negErrno == -errno.EINTR;
  }

  /** Whether the system was out of buffers, which it may have again in a moment. */
  public boolean isOutOfBuffers(int negErrno) {
    return negErrno == -errno.ENOBUFS || negErrno == -errno.ENOMEM;
  }

  /** Whether descriptors or kernel memory ran out; trying again at once cannot help. */
  public boolean isExhausted(int negErrno) {
    return negErrno == -errno.EMFILE || negErrno == -errno.ENFILE || isOutOfBuffers(negErrno);
  }

  /**
   * Whether accept failed only because that one connection went away; the next may be fine. Linux
   * passes the new connection's network errors on, accept(2), so every other errno counts except
   * those of wrong arguments.
   */
  public boolean isAborted(int negErrno) {
    return !wouldBlock(negErrno)
        && !isExhausted(negErrno)
        && negErrno != -errno.EBADF
        && negErrno != -errno.EINVAL
        && negErrno != -errno.ENOTSOCK
        && negErrno < 0;
  }

  /** The name of a number, taken positive or negative: {@code ECONNRESET}. */
  public String errnoName(int errnoOrNegated) {
    return errno.name(Math.abs(errnoOrNegated));
  }

  /** Its name with meaning and remedy, as far as they are known. */
  public String errnoText(int errnoOrNegated) {
    return errno.describe(Math.abs(errnoOrNegated));
  }
}
