package io.kqueueserver.server;

import io.kqueueserver.socket.ListenSocket;
import io.kqueueserver.socket.TcpOptions;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Options of the listening sockets.
 *
 * @param port TCP port; 0 for a port that the system picks, {@link ListenSocket#NO_PORT} for none
 * @param address address to bind; null for all, IPv6 and IPv4
 * @param backlog length of the kernel's queue of connections not yet accepted
 * @param reusePort sets SO_REUSEPORT so that several processes may share the port
 * @param tcp options of TCP sockets
 * @param unix Unix domain socket beside the port, or instead of the port
 * @param activation whether sockets that were opened for this process are used
 * @param handover whether the sockets come from the process before this one, and go to the next
 */
public record ListenOptions(
    int port,
    @Nullable InetAddress address,
    int backlog,
    boolean reusePort,
    TcpOptions tcp,
    UnixOptions unix,
    SocketActivation activation,
    HandoverOptions handover) {
  public static final ListenOptions DEFAULTS =
      new ListenOptions(
          8080,
          null,
          1024,
          false,
          TcpOptions.DEFAULTS,
          UnixOptions.DEFAULTS,
          SocketActivation.OFF,
          HandoverOptions.DEFAULTS);

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException if a value is out of bounds; the message names the option
   */
  public ListenOptions {
    OptionBounds.within("port", port, ListenSocket.NO_PORT, 65_535);
    OptionBounds.within("backlog", backlog, 1, Integer.MAX_VALUE);
    OptionBounds.within("tcp-fast-open", tcp.fastOpen(), 0, Integer.MAX_VALUE);
  }

  public ListenOptions port(int number) {
    return new ListenOptions(number, address, backlog, reusePort, tcp, unix, activation, handover);
  }

  public ListenOptions address(@Nullable InetAddress only) {
    return new ListenOptions(port, only, backlog, reusePort, tcp, unix, activation, handover);
  }

  public ListenOptions backlog(int length) {
    return new ListenOptions(port, address, length, reusePort, tcp, unix, activation, handover);
  }

  public ListenOptions reusePort(boolean shared) {
    return new ListenOptions(port, address, backlog, shared, tcp, unix, activation, handover);
  }

  public ListenOptions tcp(TcpOptions options) {
    return new ListenOptions(
        port, address, backlog, reusePort, options, unix, activation, handover);
  }

  public ListenOptions unix(UnixOptions socket) {
    return new ListenOptions(port, address, backlog, reusePort, tcp, socket, activation, handover);
  }

  public ListenOptions activation(SocketActivation sockets) {
    return new ListenOptions(port, address, backlog, reusePort, tcp, unix, sockets, handover);
  }

  public ListenOptions handover(HandoverOptions options) {
    return new ListenOptions(port, address, backlog, reusePort, tcp, unix, activation, options);
  }
}
