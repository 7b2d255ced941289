package io.kqueueserver.net;

/**
 * Makes a transport on top of another, for each new connection of one loop. The transport of the
 * socket is at the bottom. The loop's thread only.
 */
@FunctionalInterface
public interface TransportFactory {
  /** The factory of the plain socket: adds no transport. */
  TransportFactory PLAIN = (host, below) -> below;

  /**
   * Makes the transport of a connection that is not open yet.
   *
   * @param host the connection that the transport will serve
   * @param below the transport below, which only the new transport uses
   */
  Transport create(TransportHost host, Transport below);
}
