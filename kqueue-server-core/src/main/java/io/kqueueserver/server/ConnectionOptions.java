package io.kqueueserver.server;

/**
 * What holds for connections of every protocol.
 *
 * @param max open connections; at the limit accepting pauses
 * @param allowHalfClose whether a client that has sent FIN is still served; if not, FIN cancels
 */
public record ConnectionOptions(int max, boolean allowHalfClose) {
  public static final ConnectionOptions DEFAULTS = new ConnectionOptions(8192, false);

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException naming the option, its value and what is allowed
   */
  public ConnectionOptions {
    OptionBounds.within("max-connections", max, 1, Integer.MAX_VALUE);
  }

  public ConnectionOptions max(int most) {
    return new ConnectionOptions(most, allowHalfClose);
  }

  public ConnectionOptions allowHalfClose(boolean allow) {
    return new ConnectionOptions(max, allow);
  }
}
