package io.kqueueserver.net;

import java.time.Duration;

/**
 * A minimum average of bytes per second that a client must keep to in one direction.
 *
 * @param bytesPerSecond the minimum; 0 for none
 * @param grace the time before the average is checked for the first time
 */
public record MinRate(long bytesPerSecond, Duration grace) {
  /** 240 B/s after 5 s, as in Kestrel. */
  public static final MinRate DEFAULTS = new MinRate(240, Duration.ofSeconds(5));

  /** No minimum. */
  public static final MinRate NONE = new MinRate(0, DEFAULTS.grace);

  private static final double NANOS_PER_SECOND = 1e9;

  /** 36,500 days: the longest span that can be added to a loop's clock. */
  private static final Duration LONGEST = Duration.ofDays(36_500);

  /**
   * Checks both values.
   *
   * @throws IllegalArgumentException if a value is out of bounds; the message shows it
   */
  public MinRate {
    if (bytesPerSecond < 0) {
      throw new IllegalArgumentException(
          "min-rate is " + bytesPerSecond + "; it must be 0 or more");
    }
    if (grace.isNegative() || grace.isZero()) {
      throw new IllegalArgumentException(
          "grace-period is " + grace + "; it must be more than zero");
    }
  }

  public boolean isOff() {
    return bytesPerSecond == 0;
  }

  /** The longest time that {@code bytes} may take. A minimum that is off allows a century. */
  public long allowedNanos(long bytes) {
    if (isOff()) {
      return LONGEST.toNanos();
    }
    long atRate = (long) (bytes * NANOS_PER_SECOND / bytesPerSecond);
    long least = grace.compareTo(LONGEST) < 0 ? grace.toNanos() : LONGEST.toNanos();
    return Math.min(LONGEST.toNanos(), Math.max(atRate, least));
  }
}
