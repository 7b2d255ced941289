package io.kqueueserver.ip;

import java.util.Arrays;

/**
 * Addresses with the same first bits: {@code 10.0.0.0/8}, {@code fc00::/7}, or one address alone.
 * An IPv4-mapped range ({@code ::ffff:10.0.0.0/104}) is the IPv4 range.
 */
public final class IpRange {
  private static final int MAPPED_BITS = 96;

  private final String text;
  private final byte[] network;
  private final int bits;

  private IpRange(String text, byte[] network, int bits) {
    this.text = text;
    this.network = network;
    this.bits = bits;
  }

  /**
   * Reads a range.
   *
   * @throws IllegalArgumentException saying what is wrong with it
   */
  public static IpRange parse(String text) {
    int slash = text.indexOf('/');
    String literal = slash < 0 ? text : text.substring(0, slash);
    byte[] address = IpLiteral.bytes(literal);
    if (address == null) {
      throw wrong(text, literal + " is no IP address; names are not looked up");
    }
    int most = address.length * Byte.SIZE;
    int bits = slash < 0 ? most : IpLiteral.port(text.substring(slash + 1));
    if (bits < 0 || bits > most) {
      throw wrong(text, "its prefix length must be from 0 to " + most);
    }
    if (isMapped(address) && bits >= MAPPED_BITS) {
      address = Arrays.copyOfRange(address, 12, 16);
      bits -= MAPPED_BITS;
    }
    IpRange range = new IpRange(text, address, bits);
    if (!range.isBlankBehindPrefix()) {
      throw wrong(text, "it has bits set behind its prefix; was another length meant?");
    }
    return range;
  }

  private static IllegalArgumentException wrong(String text, String why) {
    return new IllegalArgumentException(
        "'" + text + "' is no range of IP addresses such as 10.0.0.0/8 or fc00::/7: " + why);
  }

  private boolean isBlankBehindPrefix() {
    for (int bit = bits; bit < network.length * Byte.SIZE; bit++) {
      if ((network[bit / Byte.SIZE] >> (Byte.SIZE - 1 - bit % Byte.SIZE) & 1) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Whether the 4 or 16 octets are in this range; IPv4-mapped ones count as IPv4. */
  boolean contains(byte[] address) {
    int from = isMapped(address) ? 12 : 0;
    if (address.length - from != network.length) {
      return false;
    }
    int whole = bits / Byte.SIZE;
    for (int i = 0; i < whole; i++) {
      if (address[from + i] != network[i]) {
        return false;
      }
    }
    int rest = bits % Byte.SIZE;
    int mask = 0xff00 >> rest & 0xff;
    return rest == 0 || (address[from + whole] & mask) == (network[whole] & mask);
  }

  private static boolean isMapped(byte[] address) {
    if (address.length != 16 || address[10] != -1 || address[11] != -1) {
      return false;
    }
    for (int i = 0; i < 10; i++) {
      if (address[i] != 0) {
        return false;
      }
    }
    return true;
  }

  /** The range as it was written. */
  @Override
  public String toString() {
    return text;
  }
}
