package io.kqueueserver.server;

import java.time.Duration;

/** Checks of single options. The exception names the option, its value and the bounds. */
public final class OptionBounds {
  /** A century: the longest duration, whose end can be computed in nanoseconds. */
  private static final Duration LONGEST = Duration.ofDays(36_500);

  private OptionBounds() {}

  /** Refuses a value below {@code least} or above {@code most}. */
  public static void within(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " is " + value + "; it must be from " + least + " to " + most);
    }
  }

  /** Refuses a timeout of zero or less. */
  public static void positive(String name, Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(name + " is " + value + "; it must be more than zero");
    }
  }

  /** Refuses a duration of less than zero. */
  public static void notNegative(String name, Duration value) {
    if (value.isNegative()) {
      throw new IllegalArgumentException(name + " is " + value + "; it must not be negative");
    }
  }

  /** A timeout as a span of a loop's clock. */
  public static long nanos(Duration timeout) {
    return (timeout.compareTo(LONGEST) < 0 ? timeout : LONGEST).toNanos();
  }
}
