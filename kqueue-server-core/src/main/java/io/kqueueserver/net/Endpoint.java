package io.kqueueserver.net;

import java.net.InetSocketAddress;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of the two ends that exchange bytes, and their TLS session. A TCP connection
 * implements it; a protocol over datagrams, whose addresses may change, could implement it too.
 */
public interface Endpoint {
  /** The client's address, a proxy's account of it included. Any thread. */
  InetSocketAddress remoteAddress();

  /** Whether {@link #remoteAddress} is the client's; a proxy may relay one it does not name. */
  boolean isClientKnown();

  /**
   * The address the client connected to; null if it is not known yet and the caller is not the
   * loop's thread, or the connection is closed. Any thread.
   */
  @Nullable InetSocketAddress localAddress();

  /** Whether what is exchanged is encrypted. Any thread. */
  boolean isSecure();

  /** The session of its TLS; null without, or before the handshake is done. Any thread. */
  @Nullable SSLSession tlsSession();
}
