package io.kqueueserver.ip;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/** A list of ranges, such as the addresses of trusted proxies. Immutable. */
public final class IpRanges {
  /**
   * Loopback, link-local, private and shared (carrier-grade NAT) addresses: RFC 1122 3.2.1.3, 3927,
   * 1918, 6598, 4291 2.5.3 and 2.5.6, 4193. The same as Tomcat's internalProxies.
   */
  public static final List<String> PRIVATE =
      List.of(
          "127.0.0.0/8",
          "10.0.0.0/8",
          "172.16.0.0/12",
          "192.168.0.0/16",
          "169.254.0.0/16",
          "100.64.0.0/10",
          "::1/128",
          "fe80::/10",
          "fc00::/7");

  private final List<IpRange> ranges;

  private IpRanges(List<IpRange> ranges) {
    this.ranges = ranges;
  }

  /**
   * Reads ranges as {@link IpRange#parse} does. An empty list holds no address.
   *
   * @throws IllegalArgumentException naming the first one that is malformed
   */
  public static IpRanges of(List<String> ranges) {
    return new IpRanges(ranges.stream().map(String::strip).map(IpRange::parse).toList());
  }

  /** Whether the address is in one of them; never for one that is not resolved. */
  public boolean contains(InetSocketAddress address) {
    return !address.isUnresolved() && contains(address.getAddress());
  }

  /** Whether the address is in one of them. */
  public boolean contains(InetAddress address) {
    byte[] octets = address.getAddress();
    for (IpRange range : ranges) {
      if (range.contains(octets)) {
        return true;
      }
    }
    return false;
  }

  /** The text of the ranges, for logs. */
  @Override
  public String toString() {
    return ranges.toString();
  }
}
