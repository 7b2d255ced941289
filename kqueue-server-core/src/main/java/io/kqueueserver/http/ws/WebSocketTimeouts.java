package io.kqueueserver.http.ws;

/**
 * The times that a session waits, in nanoseconds.
 *
 * @param pingIntervalNanos silence of the peer before it is pinged; 0 for no pings
 * @param idleNanos silence of the peer, pongs included, before the session ends with 1001; 0 for no
 *     bound
 * @param messageNanos from the first to the last fragment of a message; more is 1008. 0 for no
 *     bound
 * @param closeNanos the time until the peer's Close frame after the server's, then until its FIN
 */
public record WebSocketTimeouts(
    long pingIntervalNanos, long idleNanos, long messageNanos, long closeNanos) {
  private static final long SECOND = 1_000_000_000L;

  public static final WebSocketTimeouts DEFAULTS =
      new WebSocketTimeouts(30 * SECOND, 60 * SECOND, 60 * SECOND, 5 * SECOND);

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException if a value is out of bounds; the message names the option
   */
  public WebSocketTimeouts {
    OptionBounds.require("ping-interval", pingIntervalNanos, 0, Long.MAX_VALUE);
    OptionBounds.require("idle-timeout", idleNanos, 0, Long.MAX_VALUE);
    OptionBounds.require("message-timeout", messageNanos, 0, Long.MAX_VALUE);
    OptionBounds.require("close-timeout", closeNanos, 1, Long.MAX_VALUE);
  }
}
