package io.kqueueserver.net;

/**
 * Puts a transport on top of another, for each new connection of one loop; the socket itself lies
 * at the bottom. The loop's thread only.
 */
@FunctionalInterface
public interface TransportFactory {
  /** The socket as it is. */
  TransportFactory PLAIN = (host, below) -> below;

  /**
   * Makes the transport of a connection that is not open yet.
   *
   * @param host the connection that it will serve
   * @param below where it reads and writes; it is the new transport's alone
   */
  Transport create(TransportHost host, Transport below);

  /** This one, with another on top of it. */
  default TransportFactory under(TransportFactory above) {
    return (host, below) -> above.create(host, create(host, below));
  }
}
