package io.kqueueserver.net.proxy;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** What a connection's first bytes are. Sections are those of proxy-protocol.txt. */
public sealed interface ProxyHeader {
  /** They are the beginning of a header, or could be. */
  record Incomplete() implements ProxyHeader {}

  /** They cannot be one: a client that speaks for itself. */
  record Absent() implements ProxyHeader {}

  /** They are one that must not be answered but by closing (2.2). */
  record Malformed(String why) implements ProxyHeader {}

  /**
   * A whole one. Both addresses are null where the proxy speaks for itself (LOCAL), does not know,
   * or names what is no TCP address: the connection's own hold then.
   *
   * @param length octets of the header; the client's own come behind
   * @param relays whether a client's bytes follow; false for LOCAL, and where there is no header
   * @param source address of the client that connected to the proxy
   * @param destination where to
   */
  record Complete(
      int length,
      boolean relays,
      @Nullable InetSocketAddress source,
      @Nullable InetSocketAddress destination)
      implements ProxyHeader {
    /** Of a connection that begins without a header: the peer is the client. */
    public static final Complete NONE = new Complete(0, false, null, null);

    /**
     * Whether the bytes of a client follow whose address is not known. The connection's address is
     * the proxy's then, and trust in the proxy is no trust in the client.
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
   * The longest header that is taken: an IPv6 pair with the TLVs of a TLS session and its names
   * fits many times, and no receiver need take more than it wants to (2.2).
   */
  int MAX_LENGTH = 2048;

  /**
   * Reads a header from a connection's first bytes, all of them so far. Called again with more
   * bytes, it never changes a result other than {@link Incomplete}.
   */
  static ProxyHeader parse(byte[] bytes, int length) {
    if (ProxyHeaderV2.matches(bytes, length)) {
      return ProxyHeaderV2.parse(bytes, length);
    }
    return ProxyHeaderV1.matches(bytes, length) ? ProxyHeaderV1.parse(bytes, length) : ABSENT;
  }
}
