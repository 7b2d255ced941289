package io.kqueueserver.socket;

import io.kqueueserver.ffi.Abi;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * {@code struct sockaddr} of one system to and from Java's addresses. Nothing is ever looked up by
 * name.
 */
public final class SocketAddresses {
  /** The network of an address that has none. No connection comes from the multicast ffff::/16. */
  public static final long NO_NETWORK = -1L;

  /** ff00::/32: multicast, and so the network of no IPv6 peer. */
  private static final long IPV4_NETWORKS = 0xff00_0000L << 32;

  private static final InetSocketAddress UNIX = unix();

  private SocketAddresses() {}

  /**
   * An address as the kernel wrote it. IPv4 addresses in IPv6 form come out as IPv4; scope ids are
   * kept. The peer of a Unix domain socket has no address but is on this machine: it is {@code
   * 127.0.0.1} with port 0.
   *
   * @throws IllegalArgumentException if it is none of these, or cut short, or empty: an address
   *     that is missing is never one of this machine
   */
  public static InetSocketAddress decode(Abi abi, byte[] sockaddr) {
    ByteBuffer bytes = ByteBuffer.wrap(sockaddr); // ports and addresses are in network order
    if (isUnix(abi, sockaddr)) {
      return UNIX;
    }
    int family = family(abi, sockaddr);
    try {
      if (family == abi.constant("AF_INET")) {
        byte[] address = new byte[4];
        bytes.get(abi.constant("sockaddr_in.sin_addr.offset"), address);
        int port = Short.toUnsignedInt(bytes.getShort(abi.constant("sockaddr_in.sin_port.offset")));
        return new InetSocketAddress(InetAddress.getByAddress(address), port);
      }
      if (family == abi.constant("AF_INET6")) {
        byte[] address = new byte[16];
        bytes.get(abi.constant("sockaddr_in6.sin6_addr.offset"), address);
        int port =
            Short.toUnsignedInt(bytes.getShort(abi.constant("sockaddr_in6.sin6_port.offset")));
        int scope =
            bytes
                .order(ByteOrder.nativeOrder())
                .getInt(abi.constant("sockaddr_in6.sin6_scope_id.offset"));
        return new InetSocketAddress(inet6(address, scope), port);
      }
    } catch (UnknownHostException | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("sockaddr of " + sockaddr.length + " bytes", e);
    }
    throw new IllegalArgumentException("sockaddr of address family " + family);
  }

  /**
   * Whether it is that of a Unix domain socket.
   *
   * @throws IllegalArgumentException if it is too short to have a family
   */
  static boolean isUnix(Abi abi, byte[] sockaddr) {
    return family(abi, sockaddr) == abi.constant("AF_UNIX");
  }

  /** The address of a Unix domain socket without a path, as all peers of such a listener have. */
  static byte[] unnamedUnix(Abi abi) {
    int familyAt = abi.constant("sockaddr.sa_family.offset");
    int familySize = abi.constant("sockaddr.sa_family.size");
    byte[] sockaddr = new byte[familyAt + familySize];
    ByteBuffer bytes = ByteBuffer.wrap(sockaddr);
    if (abi.has("sockaddr.sa_len.offset")) {
      bytes.put(abi.constant("sockaddr.sa_len.offset"), (byte) sockaddr.length);
    }
    putFamily(abi, bytes, abi.constant("AF_UNIX"));
    return sockaddr;
  }

  /**
   * The number of the network that one client is likely to have for itself: the address in IPv4, in
   * the IPv6 form too, the first 64 bits in IPv6, and NO_NETWORK in a Unix domain socket. Different
   * networks have different numbers.
   *
   * @throws IllegalArgumentException as {@link #decode} does
   */
  public static long network(Abi abi, byte[] sockaddr) {
    if (isUnix(abi, sockaddr)) {
      return NO_NETWORK;
    }
    ByteBuffer address = ByteBuffer.wrap(decode(abi, sockaddr).getAddress().getAddress());
    return address.remaining() == Integer.BYTES
        ? IPV4_NETWORKS | Integer.toUnsignedLong(address.getInt())
        : address.getLong();
  }

  private static void putFamily(Abi abi, ByteBuffer bytes, int family) {
    int at = abi.constant("sockaddr.sa_family.offset");
    if (abi.constant("sockaddr.sa_family.size") == 1) {
      bytes.put(at, (byte) family);
    } else {
      bytes.order(ByteOrder.nativeOrder()).putShort(at, (short) family);
      bytes.order(ByteOrder.BIG_ENDIAN);
    }
  }

  /** The path in the address of a Unix domain socket; empty if it has none. */
  static String unixPath(Abi abi, byte[] sockaddr) {
    int start = Math.min(abi.constant("sockaddr_un.sun_path.offset"), sockaddr.length);
    int end = start;
    while (end < sockaddr.length && sockaddr[end] != 0) {
      end++;
    }
    return new String(sockaddr, start, end - start, StandardCharsets.UTF_8);
  }

  private static InetSocketAddress unix() {
    try {
      return new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0);
    } catch (UnknownHostException e) {
      throw new AssertionError(e); // 4 bytes are an address
    }
  }

  private static InetAddress inet6(byte[] address, int scope) throws UnknownHostException {
    // getByAddress turns ::ffff:a.b.c.d into an Inet4Address
    InetAddress plain = InetAddress.getByAddress(address);
    return scope != 0 && plain instanceof Inet6Address
        ? Inet6Address.getByAddress(null, address, scope)
        : plain;
  }

  private static int family(Abi abi, byte[] sockaddr) {
    int at = abi.constant("sockaddr.sa_family.offset");
    if (sockaddr.length < at + abi.constant("sockaddr.sa_family.size")) {
      throw new IllegalArgumentException("sockaddr of " + sockaddr.length + " bytes");
    }
    return abi.constant("sockaddr.sa_family.size") == 1
        ? Byte.toUnsignedInt(sockaddr[at])
        : Short.toUnsignedInt(
            ByteBuffer.wrap(sockaddr).order(ByteOrder.nativeOrder()).getShort(at));
  }

  /** The struct, as bind(2) takes it and accept(2) gives it. */
  public static byte[] encode(Abi abi, InetAddress address, int port) {
    boolean six = address instanceof Inet6Address;
    String struct = six ? "sockaddr_in6" : "sockaddr_in";
    String prefix = six ? ".sin6_" : ".sin_";
    byte[] sockaddr = new byte[abi.constant(struct + ".sizeof")];
    ByteBuffer bytes = ByteBuffer.wrap(sockaddr);
    if (abi.has("sockaddr.sa_len.offset")) {
      bytes.put(abi.constant("sockaddr.sa_len.offset"), (byte) sockaddr.length);
    }
    putFamily(abi, bytes, abi.constant(six ? "AF_INET6" : "AF_INET"));
    bytes.putShort(abi.constant(struct + prefix + "port.offset"), (short) port);
    bytes.put(abi.constant(struct + prefix + "addr.offset"), address.getAddress());
    if (address instanceof Inet6Address inet6 && inet6.getScopeId() != 0) {
      bytes
          .order(ByteOrder.nativeOrder())
          .putInt(abi.constant("sockaddr_in6.sin6_scope_id.offset"), inet6.getScopeId());
    }
    return sockaddr;
  }
}
