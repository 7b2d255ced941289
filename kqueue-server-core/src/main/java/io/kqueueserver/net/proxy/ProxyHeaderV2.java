package io.kqueueserver.net.proxy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * Parses a header of version 2, which is binary (2.2).
 *
 * <pre>
 *  0                          12        13       14        16
 * +--------------------------+---------+--------+---------+-------------------+------+
 * | 0D0A0D0A000D0A515549540A | version | family | length  | addresses         | TLVs |
 * |                          | command | proto  | of rest | source, dest, ports|      |
 * +--------------------------+---------+--------+---------+-------------------+------+
 * </pre>
 */
final class ProxyHeaderV2 {
  private static final byte[] SIGNATURE = {
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
  };

  private static final int FIXED = 16;
  private static final int LOCAL = 0x20;
  private static final int PROXY = 0x21;
  private static final int TCP4_LENGTH = 12;
  private static final int TCP6_LENGTH = 36;
  private static final int UNIX_LENGTH = 216;

  private ProxyHeaderV2() {}

  /** Whether the bytes begin as a header does, or are too few to decide. */
  static boolean matches(byte[] bytes, int length) {
    return ProxyHeaderV1.isStart(SIGNATURE, bytes, length);
  }

  /** Parses bytes that match. */
  static ProxyHeader parse(byte[] bytes, int length) {
    if (length < FIXED) {
      return ProxyHeader.INCOMPLETE;
    }
    int command = bytes[12] & 0xff;
    int family = bytes[13] & 0xff;
    int rest = (bytes[14] & 0xff) << 8 | (bytes[15] & 0xff);
    if (command != LOCAL && command != PROXY) {
      return new ProxyHeader.Malformed("neither LOCAL nor PROXY of version 2");
    }
    if (FIXED + rest > ProxyHeader.MAX_LENGTH) {
      return new ProxyHeader.Malformed("longer than " + ProxyHeader.MAX_LENGTH + " bytes");
    }
    // LOCAL: the connection is the proxy's own, and the family has no meaning (2.2).
    int addresses = command == LOCAL ? 0 : addressLength(family);
    if (addresses < 0) {
      return new ProxyHeader.Malformed("an address family that is not assigned");
    }
    if (rest < addresses) {
      return new ProxyHeader.Malformed("too short for its addresses");
    }
    if (length < FIXED + rest) {
      return ProxyHeader.INCOMPLETE;
    }
    return switch (command == LOCAL ? 0 : family) {
      case 0x11 -> complete(bytes, rest, 4);
      case 0x21 -> complete(bytes, rest, 16);
      default -> new ProxyHeader.Complete(FIXED + rest, command == PROXY, null, null);
    };
  }

  /** The length of the addresses of a family and protocol; -1 if the value is not assigned. */
  private static int addressLength(int family) {
    return switch (family) {
      case 0x00 -> 0; // UNSPEC
      case 0x11, 0x12 -> TCP4_LENGTH; // TCP, UDP
      case 0x21, 0x22 -> TCP6_LENGTH;
      case 0x31, 0x32 -> UNIX_LENGTH; // stream, datagram
      default -> -1;
    };
  }

  private static ProxyHeader complete(byte[] bytes, int rest, int octets) {
    int ports = FIXED + 2 * octets;
    return new ProxyHeader.Complete(
        FIXED + rest,
        true,
        address(bytes, FIXED, octets, ports),
        address(bytes, FIXED + octets, octets, ports + 2));
  }

  private static InetSocketAddress address(byte[] bytes, int at, int octets, int portAt) {
    try {
      InetAddress address = InetAddress.getByAddress(Arrays.copyOfRange(bytes, at, at + octets));
      return new InetSocketAddress(
          address, (bytes[portAt] & 0xff) << 8 | (bytes[portAt + 1] & 0xff));
    } catch (UnknownHostException e) {
      throw new AssertionError(e); // 4 and 16 bytes are addresses
    }
  }
}
