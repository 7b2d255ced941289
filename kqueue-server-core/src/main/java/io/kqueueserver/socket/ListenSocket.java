package io.kqueueserver.socket;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.LibC;
import io.kqueueserver.ffi.ListenException;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.ip.IpText;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A socket that accepts connections, of TCP or of a path; non-blocking, closed on exec. Owns its
 * descriptor, unless it was inherited; {@link Owner} says of the socket behind it. Used by one
 * thread at a time.
 */
public final class ListenSocket implements AutoCloseable {
  /** The port of a Unix domain socket, and of a server that does not listen. */
  public static final int NO_PORT = -1;

  private static final String PATH_OPTION = "unix-socket.path";

  /** 65535: longest backlog of a listener on Linux; connects beyond it do not hold up an end. */
  private static final int MAX_BACKLOG = 65_535;

  private final Sockets sockets;
  private final Native natives;
  private final LibC libc;
  private final int fd;
  private final InetSocketAddress localAddress;
  private final String name;
  private final boolean tcp;

  /** The file to remove in the end; null if this socket has made none. */
  private final @Nullable UnixPath file;

  private volatile Owner owner;
  private final AcceptMode mode;
  private volatile boolean shutDown;
  private boolean closed;

  /** The process whose end of a listener is the end of the socket. */
  enum Owner {
    /** This process. */
    THIS,
    /**
     * Another process may serve the socket next, or still does. The descriptor is closed in the
     * end, but connections wait on, and the file of a path stays.
     */
    SHARED,
    /** The process that has opened it. The descriptor stays open. */
    OTHER
  }

  ListenSocket(Sockets sockets, int fd, @Nullable UnixPath file, Owner owner) {
    this.sockets = sockets;
    this.natives = sockets.natives();
    this.libc = natives.libc();
    this.fd = fd;
    this.file = file;
    this.owner = owner;
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
   * @throws NativeException if a call fails; the message names it, as in {@code bind(address:port)}
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
      return new TcpOpening(sockets, address, port, backlog, reusePort, tcp).open();
    }
    try {
      return new TcpOpening(sockets, wildcard(16), port, backlog, reusePort, tcp).open();
    } catch (NativeException e) {
      if (!isIpv6Missing(e)) {
        throw e;
      }
      return new TcpOpening(sockets, wildcard(4), port, backlog, reusePort, tcp).open();
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
    try {
      if (address == null && first.isIpv6Only()) {
        opened.add(
            new TcpOpening(sockets, wildcard(4), first.localPort(), backlog, reusePort, tcp)
                .open());
      }
    } catch (RuntimeException | Error e) {
      first.close();
      throw e;
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
    return new UnixOpening(sockets, path, PATH_OPTION, permissions, backlog).open();
  }

  /**
   * As {@link #openUnix}, for processes of this user only to talk to this one.
   *
   * @param option the name of the path's setting, for messages
   */
  public static ListenSocket openControl(Sockets sockets, Path path, String option, int backlog) {
    Set<PosixFilePermission> ours = PosixFilePermissions.fromString("rw-------");
    return new UnixOpening(sockets, path, option, ours, backlog).open();
  }

  /** A listener that another process has opened and still owns. */
  static ListenSocket inherited(Sockets sockets, int fd) {
    return new ListenSocket(sockets, fd, null, Owner.OTHER);
  }

  /**
   * A listener that another process has passed to this one, which shares it until {@link #own}.
   * Takes over the descriptor, and closes it if the call fails.
   *
   * @throws ListenException if the descriptor is no listening stream socket of TCP or of a path
   */
  public static ListenSocket received(Sockets sockets, int fd) {
    Native natives = sockets.natives();
    try {
      Abi abi = natives.abi();
      int listens =
          sockets.getsockopt(fd, abi.constant("SOL_SOCKET"), abi.constant("SO_ACCEPTCONN"));
      if (listens <= 0) {
        throw noListener("no listening stream socket");
      }
      natives.nonBlocking(fd);
      byte[] bound = sockets.localName(fd);
      boolean unix = SocketAddresses.isUnix(abi, bound);
      String path = unix ? SocketAddresses.unixPath(abi, bound) : "";
      UnixPath file = path.isEmpty() ? null : new UnixPath(sockets, Path.of(path), PATH_OPTION);
      return new ListenSocket(sockets, fd, file, Owner.SHARED);
    } catch (IllegalArgumentException e) {
      sockets.close(fd);
      throw noListener("no socket of TCP or of a path");
    } catch (RuntimeException | Error e) {
      sockets.close(fd);
      throw e;
    }
  }

  private static ListenException noListener(String what) {
    return new ListenException(
        "one of the descriptors that were handed over is " + what,
        "see which process serves handover.path (lsof), and stop it");
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
    if (localAddress.getAddress().getAddress().length != 16) {
      return false;
    }
    Abi abi = natives.abi();
    int only = sockets.getsockopt(fd, abi.constant("IPPROTO_IPV6"), abi.constant("IPV6_V6ONLY"));
    if (only < 0) {
      throw new NativeException("getsockopt", name, -only, natives.errno());
    }
    return only != 0;
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

  /** The TCP port; {@link #NO_PORT} of a Unix domain socket. */
  public int localPort() {
    return tcp ? localAddress.getPort() : NO_PORT;
  }

  /** Where it listens; see {@link SocketAddresses#decode} for what stands for a path. */
  public InetSocketAddress localAddress() {
    return localAddress;
  }

  /** The name for logs: {@code [::]:8080}, {@code unix:/run/app.sock}. */
  public String name() {
    return name;
  }

  public boolean isTcp() {
    return tcp;
  }

  /**
   * Refuses connections from now on where the system can do that to a descriptor that others still
   * hold (Linux); {@link #close} does it everywhere. An inherited one is left open: clients that
   * connect meanwhile wait in it for the next process. So is a shared one.
   */
  public synchronized void shutdown() {
    shutDown = true;
    if (!closed && owner == Owner.THIS && natives.abi().isLinux()) {
      libc.shutdown(fd, natives.abi().constant("SHUT_RD"));
    }
  }

  /** Another process may serve the socket from now on: its end here ends nothing. */
  public synchronized void share() {
    if (owner == Owner.THIS) {
      owner = Owner.SHARED;
    }
  }

  /** No other process serves the socket: its end here is its end, and so is that of its file. */
  public synchronized void own() {
    if (owner == Owner.SHARED) {
      owner = Owner.THIS;
      if (file != null) {
        file.adopt();
      }
    }
  }

  /** Takes connections off a listener that is about to end. */
  public interface Successor {
    /** Whether one more connection may be accepted. */
    boolean reserve();

    /** No connection has come for the reservation. */
    void unreserve();

    /** Takes an accepted connection with its raw address. */
    void adopt(int fd, byte[] peer);
  }

  /**
   * Accepts the connections that wait, then refuses others as {@link #shutdown()} does. The end of
   * a listener resets what waits in it. The backlog of an inherited or shared listener is left to
   * the next process.
   *
   * @return how many connections waited
   */
  public synchronized int shutdown(Successor successor) {
    int taken = 0;
    if (!closed && owner == Owner.THIS) {
      Intake last = intake();
      int fd = 0;
      while (taken < MAX_BACKLOG && (fd >= 0 || fd == -natives.errno().ECONNABORTED)) {
        if (!successor.reserve()) {
          break;
        }
        fd = last.accept();
        if (fd >= 0) {
          taken++;
          successor.adopt(fd, last.lastPeer());
        } else {
          successor.unreserve();
        }
      }
    }
    shutdown();
    return taken;
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
      if (file != null && owner == Owner.THIS) {
        file.remove(); // before its descriptor is closed: see there
      }
      if (owner != Owner.OTHER) {
        sockets.close(fd);
      }
    }
  }
}
