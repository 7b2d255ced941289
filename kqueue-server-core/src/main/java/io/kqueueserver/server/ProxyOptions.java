package io.kqueueserver.server;

import io.kqueueserver.ip.IpRanges;

/**
 * The PROXY protocol.
 *
 * @param protocol whether connections begin with a PROXY header
 * @param trusted addresses whose PROXY headers are believed
 */
public record ProxyOptions(ProxyProtocol protocol, IpRanges trusted) {
  public static final ProxyOptions DEFAULTS =
      new ProxyOptions(ProxyProtocol.OFF, IpRanges.of(IpRanges.PRIVATE));

  public ProxyOptions protocol(ProxyProtocol spoken) {
    return new ProxyOptions(spoken, trusted);
  }

  public ProxyOptions trusted(IpRanges ranges) {
    return new ProxyOptions(protocol, ranges);
  }
}
