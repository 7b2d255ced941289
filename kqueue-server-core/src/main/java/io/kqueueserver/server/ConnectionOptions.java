package io.kqueueserver.server;

import java.time.Duration;

/**
 * Options of connections of every protocol.
 *
 * @param max maximum number of open connections; at the limit accepting pauses
 * @param allowHalfClose whether a client that has sent FIN is still served; if not, FIN cancels
 * @param maxAge age at which a connection ends in good order, give or take a tenth; zero for none
 */
public record ConnectionOptions(int max, boolean allowHalfClose, Duration maxAge) {
  public static final ConnectionOptions DEFAULTS =
      new ConnectionOptions(8192, false, Duration.ZERO);

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException if a value is out of bounds; the message names the option
   */
  public ConnectionOptions {
    OptionBounds.within("max-connections", max, 1, Integer.MAX_VALUE);
    OptionBounds.notNegative("max-connection-age", maxAge);
  }

  public ConnectionOptions max(int most) {
    return new ConnectionOptions(most, allowHalfClose, maxAge);
  }

  public ConnectionOptions allowHalfClose(boolean allow) {
    return new ConnectionOptions(max, allow, maxAge);
  }

  public ConnectionOptions maxAge(Duration age) {
    return new ConnectionOptions(max, allowHalfClose, age);
  }

  public long maxAgeNanos() {
    return OptionBounds.nanos(maxAge);
  }
}
