package io.kqueueserver.server;

import io.kqueueserver.ip.IpRanges;
import java.util.List;

/**
 * Options of the PROXY protocol.
 *
 * @param protocol whether connections begin with a PROXY header
 * @param trusted addresses with trusted PROXY headers
 */
public record ProxyOptions(ProxyProtocol protocol, IpRanges trusted) {
  private static final IpRanges NO_RANGES = IpRanges.of(List.of());

  public static final ProxyOptions DEFAULTS =
      new ProxyOptions(ProxyProtocol.OFF, IpRanges.of(IpRanges.PRIVATE));

  /** Addresses whose connections may begin with a PROXY header. */
  public IpRanges greeters() {
    return protocol == ProxyProtocol.OFF ? NO_RANGES : trusted;
  }

  public ProxyOptions protocol(ProxyProtocol version) {
    return new ProxyOptions(version, trusted);
  }

  public ProxyOptions trusted(IpRanges ranges) {
    return new ProxyOptions(protocol, ranges);
  }
}
