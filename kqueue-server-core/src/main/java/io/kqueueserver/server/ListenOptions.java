package io.kqueueserver.server;

import io.kqueueserver.socket.TcpOptions;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where a server listens, and how.
 *
 * @param port TCP port; 0 for one the system picks, -1 for none
 * @param address address to bind; null for all, IPv6 and IPv4
 * @param backlog length of the kernel's queue of connections not yet accepted
 * @param reusePort sets SO_REUSEPORT so that several processes may share the port
 * @param tcp options of TCP sockets
 * @param unix Unix domain socket beside the port, or instead of it
 * @param activation whether sockets that were opened for this process are used
 */
public record ListenOptions(
    int port,
    @Nullable InetAddress address,
    int backlog,
    boolean reusePort,
    TcpOptions tcp,
    UnixOptions unix,
    SocketActivation activation) {
  public static final ListenOptions DEFAULTS =
      new ListenOptions(
          8080, null, 1024, false, TcpOptions.DEFAULTS, UnixOptions.DEFAULTS, SocketActivation.OFF);

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException naming the option, its value and what is allowed
   */
  public ListenOptions {
    OptionBounds.within("port", port, -1, 65_535);
    OptionBounds.within("backlog", backlog, 1, Integer.MAX_VALUE);
    OptionBounds.within("tcp-fast-open", tcp.fastOpen(), 0, Integer.MAX_VALUE);
  }

  public ListenOptions port(int number) {
    return new ListenOptions(number, address, backlog, reusePort, tcp, unix, activation);
  }

  public ListenOptions address(@Nullable InetAddress only) {
    return new ListenOptions(port, only, backlog, reusePort, tcp, unix, activation);
  }

  public ListenOptions backlog(int length) {
    return new ListenOptions(port, address, length, reusePort, tcp, unix, activation);
  }

  public ListenOptions reusePort(boolean shared) {
    return new ListenOptions(port, address, backlog, shared, tcp, unix, activation);
  }

  public ListenOptions tcp(TcpOptions options) {
    return new ListenOptions(port, address, backlog, reusePort, options, unix, activation);
  }

  public ListenOptions unix(UnixOptions socket) {
    return new ListenOptions(port, address, backlog, reusePort, tcp, socket, activation);
  }

  public ListenOptions activation(SocketActivation sockets) {
    return new ListenOptions(port, address, backlog, reusePort, tcp, unix, sockets);
  }
}
