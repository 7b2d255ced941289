package io.kqueueserver.socket;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.Errno;
import io.kqueueserver.ffi.LibC;
import io.kqueueserver.ffi.ListenException;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.ip.IpText;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A socket that accepts connections, of TCP or of a path; non-blocking, closed on exec. Owns its
 * descriptor, unless it was inherited. Used by one thread at a time.
 */
public final class ListenSocket implements AutoCloseable {
  private final Sockets sockets;
  private final Native natives;
  private final LibC libc;
  private final int fd;
  private final InetSocketAddress localAddress;
  private final String name;
  private final boolean tcp;

  /** The file to remove in the end; null if there is none, or it is not ours. */
  private final @Nullable UnixPath file;

  private final boolean inherited;
  private final AcceptMode mode;
  private volatile boolean shutDown;
  private boolean closed;

  private ListenSocket(Sockets sockets, int fd, @Nullable UnixPath file, boolean inherited) {
    this.sockets = sockets;
    this.natives = sockets.natives();
    this.libc = natives.libc();
    this.fd = fd;
    this.file = file;
    this.inherited = inherited;
    byte[] bound = sockets.localName(fd);
    this.localAddress = SocketAddresses.decode(natives.abi(), bound);
    this.tcp = !SocketAddresses.isUnix(natives.abi(), bound);
    this.name =
        tcp
            ? IpText.of(localAddress.getAddress(), localAddress.getPort())
            : "unix:" + SocketAddresses.unixPath(natives.abi(), bound);
    this.mode = AcceptMode.of(natives);
  }

  /**
   * Opens a listener. Without an address it takes IPv6 and IPv4 connections alike, or IPv4 only
   * where there is no IPv6; where one socket cannot serve both, IPv6 only: see {@link #openAll}.
   *
   * @param port 0 for one the system picks
   * @param backlog connections the kernel keeps until they are accepted
   * @param reusePort whether other sockets may listen on the same port
   * @throws NativeException naming {@code bind(address:port)} or whatever else failed
   */
  public static ListenSocket open(
      Sockets sockets, @Nullable InetAddress address, int port, int backlog, boolean reusePort) {
    return open(sockets, address, port, backlog, reusePort, TcpOptions.DEFAULTS);
  }

  private static ListenSocket open(
      Sockets sockets,
      @Nullable InetAddress address,
      int port,
      int backlog,
      boolean reusePort,
      TcpOptions tcp) {
    if (address != null) {
      return new Opening(sockets, address, port, backlog, reusePort, tcp).open();
    }
    try {
      return new Opening(sockets, wildcard(16), port, backlog, reusePort, tcp).open();
    } catch (NativeException e) {
      if (!isIpv6Missing(e)) {
        throw e;
      }
      return new Opening(sockets, wildcard(4), port, backlog, reusePort, tcp).open();
    }
  }

  /**
   * As {@link #open}, but with a second listener for IPv4 where an IPv6 socket cannot take IPv4
   * connections (OpenBSD). Two at most, with the same port; on failure none stays open.
   */
  public static List<ListenSocket> openAll(
      Sockets sockets,
      @Nullable InetAddress address,
      int port,
      int backlog,
      boolean reusePort,
      TcpOptions tcp) {
    List<ListenSocket> opened = new ArrayList<>(2);
    ListenSocket first = open(sockets, address, port, backlog, reusePort, tcp);
    opened.add(first);
    if (address == null && first.isIpv6Only()) {
      try {
        opened.add(
            new Opening(sockets, wildcard(4), first.localPort(), backlog, reusePort, tcp).open());
      } catch (NativeException e) {
        first.close();
        throw e;
      }
    }
    return opened;
  }

  /**
   * Opens a listener on a Unix domain socket. A socket file without a server is replaced; the file
   * is removed with {@link #close}.
   *
   * @param permissions of the file: a process that may write to it may connect
   * @throws NativeException {@code bind(unix:path): EADDRINUSE} if a server lives there
   * @throws ListenException if the path is too long for this system, or something lies there that
   *     is no socket
   */
  public static ListenSocket openUnix(
      Sockets sockets, Path path, Set<PosixFilePermission> permissions, int backlog) {
    Native natives = sockets.natives();
    if (natives.isForeign()) {
      throw new ListenException(
          "unix-socket.path needs the host's own sockets", "unset native.library or the path");
    }
    UnixPath file = new UnixPath(sockets, path);
    // Until it listens, our own file looks as stale as any to another server that starts now.
    DirectoryLock lock = DirectoryLock.await(sockets, path);
    try {
      file.removeIfStale();
      return openUnix(sockets, file, permissions, backlog);
    } finally {
      lock.release();
    }
  }

  private static ListenSocket openUnix(
      Sockets sockets, UnixPath file, Set<PosixFilePermission> permissions, int backlog) {
    Native natives = sockets.natives();
    int fd = file.socket();
    boolean bound = false;
    try {
      natives.nonBlocking(fd);
      file.bind(fd, permissions);
      bound = true;
      natives.check(natives.libc().listen(fd, backlog), "listen", file.name());
      return new ListenSocket(sockets, fd, file, false);
    } catch (RuntimeException e) {
      if (bound) {
        file.delete();
      }
      sockets.close(fd);
      throw e;
    }
  }

  /** A listener that another process has opened and still owns. */
  static ListenSocket inherited(Sockets sockets, int fd) {
    return new ListenSocket(sockets, fd, null, true);
  }

  private static InetAddress wildcard(int bytes) {
    try {
      return InetAddress.getByAddress(new byte[bytes]);
    } catch (UnknownHostException e) {
      throw new AssertionError(e); // 4 and 16 bytes are addresses
    }
  }

  private static boolean isIpv6Missing(NativeException e) {
    // No such family, or a kernel with IPv6 switched off, which has the family but no address of
    // it.
    return switch (e.errnoName()) {
      case "EAFNOSUPPORT", "EADDRNOTAVAIL", "EPROTONOSUPPORT" -> true;
      default -> false;
    };
  }

  private boolean isIpv6Only() {
    Abi abi = natives.abi();
    return localAddress.getAddress().getAddress().length == 16
        && sockets.getsockopt(fd, abi.constant("IPPROTO_IPV6"), abi.constant("IPV6_V6ONLY")) != 0;
  }

  /** The options of one attempt, and its descriptor until the attempt has succeeded. */
  private record Opening(
      Sockets sockets,
      InetAddress address,
      int port,
      int backlog,
      boolean reusePort,
      TcpOptions tcp) {

    ListenSocket open() {
      Native natives = sockets.natives();
      LibC libc = natives.libc();
      Abi abi = natives.abi();
      byte[] sockaddr = SocketAddresses.encode(abi, address, port);
      boolean six = address.getAddress().length == 16;
      String name = IpText.of(address, port);
      int domain = abi.constant(six ? "AF_INET6" : "AF_INET");
      // Close-on-exec from birth where the system can, or a process started meanwhile inherits it.
      int type = abi.constant("SOCK_STREAM") | abi.constant("SOCK_CLOEXEC", 0);
      int fd = natives.check(libc.socket(domain, type, 0), "socket", name);
      try {
        natives.closeOnExec(fd);
        natives.nonBlocking(fd);
        options(abi, fd, six, name);
        NativeBuffer addr = NativeBuffer.allocate(sockaddr.length);
        addr.bytes().put(0, sockaddr);
        natives.check(libc.bind(fd, addr.address(), sockaddr.length), "bind", name);
        natives.check(libc.listen(fd, backlog), "listen", name);
        tcp.afterListen(sockets, fd, name);
        return new ListenSocket(sockets, fd, null, false);
      } catch (RuntimeException e) {
        libc.close(fd);
        throw e;
      }
    }

    private void options(Abi abi, int fd, boolean six, String name) {
      int socketLevel = abi.constant("SOL_SOCKET");
      require(fd, socketLevel, abi.constant("SO_REUSEADDR"), 1, name);
      if (reusePort) {
        // FreeBSD's plain SO_REUSEPORT lets two bind, but only the LB form spreads connections.
        int option =
            abi.has("SO_REUSEPORT_LB")
                ? abi.constant("SO_REUSEPORT_LB")
                : abi.constant("SO_REUSEPORT");
        require(fd, socketLevel, option, 1, name);
      }
      if (six && address.isAnyLocalAddress()) {
        // OpenBSD refuses; isIpv6Only finds out.
        sockets.setsockopt(fd, abi.constant("IPPROTO_IPV6"), abi.constant("IPV6_V6ONLY"), 0);
      }
      tcp.beforeListen(sockets, fd, name);
    }

    private void require(int fd, int level, int option, int value, String name) {
      int result = sockets.setsockopt(fd, level, option, value);
      if (result < 0) {
        Errno errno = sockets.natives().errno();
        throw new NativeException("setsockopt", name, -result, errno);
      }
    }
  }

  /** A way in for one loop: several loops may accept from one listener, each through its own. */
  public Intake intake() {
    return new Intake();
  }

  /** Accepts on behalf of one thread. */
  public final class Intake {
    private final PeerName peer = new PeerName(natives.abi(), tcp);

    private Intake() {}

    /**
     * Takes one connection: its descriptor, non-blocking and closed on exec, or {@code -errno}. Its
     * address is then in {@link #lastPeer()}. A TCP connection without an address has gone already,
     * and is {@code -ECONNABORTED}.
     */
    public int accept() {
      peer.clear();
      int accepted = mode.accept(fd, peer.address(), peer.lengthAddress());
      if (accepted >= 0 && !peer.isWhole()) {
        libc.close(accepted);
        return -natives.errno().ECONNABORTED;
      }
      return accepted;
    }

    /**
     * The raw sockaddr of the connection accepted last, a copy; for {@link SocketAddresses#decode}.
     */
    public byte[] lastPeer() {
      return peer.copy();
    }
  }

  /** The descriptor to register for EVFILT_READ. */
  public int fd() {
    return fd;
  }

  /** The TCP port; -1 for a Unix domain socket. */
  public int localPort() {
    return tcp ? localAddress.getPort() : -1;
  }

  /** Where it listens; see {@link SocketAddresses#decode} for what stands for a path. */
  public InetSocketAddress localAddress() {
    return localAddress;
  }

  /** For logs: {@code [::]:8080}, {@code unix:/run/app.sock}. */
  public String name() {
    return name;
  }

  public boolean isTcp() {
    return tcp;
  }

  /**
   * Refuses connections from now on where the system can do that to a descriptor that others still
   * hold (Linux); {@link #close} does it everywhere. An inherited one is left open: clients that
   * connect meanwhile wait in it for the next process.
   */
  public synchronized void shutdown() {
    shutDown = true;
    if (!closed && !inherited && natives.abi().isLinux()) {
      libc.shutdown(fd, natives.abi().constant("SHUT_RD"));
    }
  }

  /** Whether {@link #shutdown} came: that accepting fails from then on is no failure. */
  public boolean isShutDown() {
    return shutDown;
  }

  /**
   * Stops listening; connections not yet accepted are reset, and the file of a path is removed. An
   * inherited descriptor stays open. The second call does nothing.
   */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      if (file != null) {
        file.remove(); // before its descriptor is closed: see there
      }
      if (!inherited) {
        sockets.close(fd);
      }
    }
  }
}
