package io.kqueueserver.queue;

import java.util.concurrent.TimeUnit;

/**
 * What a timer's {@code data} counts, by kqueue(2)'s names. Their bits differ per system, and the
 * same bit means different units, so they are rows of the ABI table.
 */
public enum TimerUnit {
  NOTE_SECONDS(TimeUnit.SECONDS),
  /** The unit of {@code fflags} of 0 on every system. */
  NOTE_MSECONDS(TimeUnit.MILLISECONDS),
  NOTE_USECONDS(TimeUnit.MICROSECONDS),
  NOTE_NSECONDS(TimeUnit.NANOSECONDS);

  final TimeUnit unit;

  TimerUnit(TimeUnit unit) {
    this.unit = unit;
  }

  /** In milliseconds, a part of one counting as a whole: a timer may be late but not early. */
  long toMillisRoundedUp(long amount) {
    long millis = unit.toMillis(amount);
    boolean more = millis < Long.MAX_VALUE && unit.convert(millis, TimeUnit.MILLISECONDS) < amount;
    return more ? millis + 1 : millis;
  }
}
