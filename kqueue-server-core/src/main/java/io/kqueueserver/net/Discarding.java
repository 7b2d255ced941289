package io.kqueueserver.net;

import java.time.Duration;

/**
 * Bounds on input that is read and dropped: the unread rest of a request body, and input after the
 * server's FIN. A client that writes all before it reads gets its response only if the server reads
 * on. That costs time and no memory, so time is bounded and not bytes.
 *
 * @param timeout the time from the end of the response to the end of the body
 * @param idleTimeout the time without a byte in either direction
 * @param minBytesPerSecond the minimum average since the end of the response; checked after {@link
 *     #RATE_GRACE}, or after {@code idleTimeout} if that is shorter; 0 for no minimum
 * @param maxBytes the maximum number of dropped bytes, as hardening; -1 for no limit
 */
public record Discarding(
    Duration timeout, Duration idleTimeout, long minBytesPerSecond, long maxBytes) {
  /** 36,500 days: the longest duration, whose end can be computed in nanoseconds. */
  private static final Duration LONGEST = Duration.ofDays(36_500);

  /** 5 s: how long a client may be slower than the minimum rate, as in Kestrel. */
  public static final Duration RATE_GRACE = Duration.ofSeconds(5);

  public static final Discarding DEFAULTS =
      new Discarding(Duration.ofSeconds(30), Duration.ofSeconds(5), 240, -1);

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException if a value is out of bounds; the message names the option, its
   *     value and the bounds
   */
  public Discarding {
    timeout = positive("discard-timeout", timeout);
    idleTimeout = positive("discard-idle-timeout", idleTimeout);
    atLeast("min-discard-rate", minBytesPerSecond, 0);
    atLeast("max-discard-size", maxBytes, -1);
  }

  private static Duration positive(String name, Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(name + " is " + value + "; it must be more than zero");
    }
    return value.compareTo(LONGEST) < 0 ? value : LONGEST;
  }

  private static void atLeast(String name, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(name + " is " + value + "; it must be at least " + least);
    }
  }
}
