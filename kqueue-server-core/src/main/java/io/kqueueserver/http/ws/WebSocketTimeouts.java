package io.kqueueserver.http.ws;

/**
 * How long a session waits, in nanoseconds.
 *
 * @param pingIntervalNanos silence of the peer before it is pinged; 0 for no pings
 * @param idleNanos silence of the peer, pongs included, before the session ends with 1001; 0 for no
 *     bound
 * @param messageNanos from the first to the last fragment of a message; more is 1008. 0 for no
 *     bound
 * @param closeNanos for the peer's Close frame after ours, then for its FIN after ours
 */
public record WebSocketTimeouts(
    long pingIntervalNanos, long idleNanos, long messageNanos, long closeNanos) {
  private static final long SECOND = 1_000_000_000L;

  public static final WebSocketTimeouts DEFAULTS =
      new WebSocketTimeouts(30 * SECOND, 60 * SECOND, 60 * SECOND, 5 * SECOND);

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException naming the option, its value and what is allowed
   */
  public WebSocketTimeouts {
    WebSocketOptions.require("ping-interval", pingIntervalNanos, 0, Long.MAX_VALUE);
    WebSocketOptions.require("idle-timeout", idleNanos, 0, Long.MAX_VALUE);
    WebSocketOptions.require("message-timeout", messageNanos, 0, Long.MAX_VALUE);
    WebSocketOptions.require("close-timeout", closeNanos, 1, Long.MAX_VALUE);
  }
}
