package io.kqueueserver.net.proxy;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** The result of parsing a connection's first bytes. Sections are those of proxy-protocol.txt. */
public sealed interface ProxyHeader {
  /** The bytes are the beginning of a header, or could be. */
  record Incomplete() implements ProxyHeader {}

  /** The bytes are no header: the peer is a client and no proxy. */
  record Absent() implements ProxyHeader {}

  /** The bytes are a malformed header. The receiver must close the connection (2.2). */
  record Malformed(String why) implements ProxyHeader {}

  /**
   * The bytes begin with a complete header. Both addresses are null if the connection is the
   * proxy's own (LOCAL), or the proxy does not know them, or they are no TCP addresses. The
   * addresses of the connection apply then.
   *
   * @param length octets of the header; the client's octets follow
   * @param relays whether a client's bytes follow; false for LOCAL, and without a header
   * @param source address of the client that connected to the proxy
   * @param destination address that the client connected to
   */
  record Complete(
      int length,
      boolean relays,
      @Nullable InetSocketAddress source,
      @Nullable InetSocketAddress destination)
      implements ProxyHeader {
    /** The header of a connection that begins without one: the peer is the client. */
    public static final Complete NONE = new Complete(0, false, null, null);

    /**
     * Whether the bytes of a client with an unknown address follow. The connection's address is
     * then that of the proxy, and trust in the proxy is no trust in the client.
     */
    public boolean hidesClient() {
      return relays && source == null;
    }
  }

  /** See {@link Incomplete}. */
  Incomplete INCOMPLETE = new Incomplete();

  /** See {@link Absent}. */
  Absent ABSENT = new Absent();

  /**
   * 2 KiB: the longest header that is accepted. An IPv6 pair with the TLVs of a TLS session and its
   * names fits many times, and a receiver may set its own limit (2.2).
   */
  int MAX_LENGTH = 2048;

  /**
   * Parses a header from all of a connection's bytes so far. A later call with more bytes changes
   * no result other than {@link Incomplete}.
   */
  static ProxyHeader parse(byte[] bytes, int length) {
    if (ProxyHeaderV2.matches(bytes, length)) {
      return ProxyHeaderV2.parse(bytes, length);
    }
    return ProxyHeaderV1.matches(bytes, length) ? ProxyHeaderV1.parse(bytes, length) : ABSENT;
  }
}
