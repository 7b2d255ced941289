package io.kqueueserver.server;

import io.kqueueserver.ip.IpRanges;
import java.util.List;

/**
 * Bounds on what all clients together, or one of them, may have of the server at once.
 *
 * @param maxConnectionsPerAddress maximum number of open connections of one client address; 0 for
 *     no limit
 * @param forwarders addresses whose connections carry requests of many clients, and do not count
 * @param running bounds on the requests that run at once
 */
public record Admission(int maxConnectionsPerAddress, IpRanges forwarders, RunningLimits running) {
  public static final Admission DEFAULTS =
      new Admission(0, IpRanges.of(List.of()), RunningLimits.DEFAULTS);

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException if a value is out of bounds; the message names the option
   */
  public Admission {
    OptionBounds.within(
        "max-connections-per-address", maxConnectionsPerAddress, 0, Integer.MAX_VALUE);
  }

  public Admission maxConnectionsPerAddress(int most) {
    return new Admission(most, forwarders, running);
  }

  public Admission forwarders(IpRanges ranges) {
    return new Admission(maxConnectionsPerAddress, ranges, running);
  }

  public Admission running(RunningLimits limits) {
    return new Admission(maxConnectionsPerAddress, forwarders, limits);
  }
}
