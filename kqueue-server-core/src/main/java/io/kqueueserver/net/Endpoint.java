package io.kqueueserver.net;

import java.net.InetSocketAddress;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of the two ends that exchange bytes, and their TLS session. A TCP connection
 * implements this interface. A protocol over datagrams, whose addresses may change, could implement
 * it too.
 */
public interface Endpoint {
  /** The client's address, or the one that a proxy has reported. Any thread. */
  InetSocketAddress remoteAddress();

  /** Whether {@link #remoteAddress} is the client's; a proxy may relay an unnamed client. */
  boolean isClientKnown();

  /**
   * The address that the client connected to. Null if the connection is closed, or if the address
   * is not known yet and the caller is not the loop's thread. Any thread.
   */
  @Nullable InetSocketAddress localAddress();

  /** Whether the exchanged bytes are encrypted. Any thread. */
  boolean isSecure();

  /** The TLS session; null without TLS, or before the handshake is done. Any thread. */
  @Nullable SSLSession tlsSession();
}
