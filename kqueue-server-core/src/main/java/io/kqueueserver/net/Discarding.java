package io.kqueueserver.net;

import java.time.Duration;

/**
 * Bounds on reading bytes only to throw them away: the rest of a request body that nobody reads,
 * and input after the server's FIN. A client that writes all before it reads gets its answer only
 * if the server reads on; what that costs is time, not memory, so time is bounded and not bytes.
 *
 * @param timeout from the end of the response to the end of the body
 * @param idleTimeout without a byte either way
 * @param minBytesPerSecond average since the end of the response; looked at after {@link
 *     #RATE_GRACE}, or after {@code idleTimeout} if that is shorter; 0 for no minimum
 * @param maxBytes hardening for servers that would rather lose an answer than read; -1 for no limit
 */
public record Discarding(
    Duration timeout, Duration idleTimeout, long minBytesPerSecond, long maxBytes) {
  /** Longer than a server runs, and short enough to be reckoned in nanoseconds. */
  private static final Duration LONGEST = Duration.ofDays(36_500);

  /** How long a client may be slower than the minimum rate, as with Kestrel. */
  public static final Duration RATE_GRACE = Duration.ofSeconds(5);

  public static final Discarding DEFAULTS =
      new Discarding(Duration.ofSeconds(30), Duration.ofSeconds(5), 240, -1);

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException naming the option, its value and what is allowed
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
