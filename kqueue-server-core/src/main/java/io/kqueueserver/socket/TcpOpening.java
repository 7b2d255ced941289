package io.kqueueserver.socket;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.LibC;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.ip.IpText;
import java.net.InetAddress;

/** The options of one attempt to listen on TCP, and its descriptor until it has succeeded. */
record TcpOpening(
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
      return new ListenSocket(sockets, fd, null, ListenSocket.Owner.THIS);
    } catch (RuntimeException | Error e) {
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
      throw new NativeException("setsockopt", name, -result, sockets.natives().errno());
    }
  }
}
