package io.kqueueserver.queue;

import io.kqueueserver.ffi.Abi;
import org.jspecify.annotations.Nullable;

/**
 * One system's {@code fflags} for a timer. A system that knows milliseconds only, and no points in
 * time, gets both converted; kqueue(2) of DragonFly has no other.
 */
final class TimerNotes {
  private static final TimerUnit[] UNITS = TimerUnit.values();

  /** For event queues that are not the kernel's: the Linux twin reads them back from these. */
  static final TimerNotes PLAIN = new TimerNotes(new int[] {1, 0, 2, 3}, 16);

  /** For systems without units, which would take any number for milliseconds. */
  static final TimerNotes MILLISECONDS = new TimerNotes(null, 0);

  private final int @Nullable [] units;
  private final int absolute;

  private TimerNotes(int @Nullable [] units, int absolute) {
    this.units = units;
    this.absolute = absolute;
  }

  static TimerNotes of(Abi abi) {
    if (!abi.has(TimerUnit.NOTE_SECONDS.name())) {
      return MILLISECONDS;
    }
    int[] bits = new int[UNITS.length];
    for (TimerUnit unit : UNITS) {
      // Darwin has no name for milliseconds: they are no bit at all.
      bits[unit.ordinal()] = abi.constant(unit.name(), 0);
    }
    return new TimerNotes(bits, abi.constant("NOTE_ABSTIME", abi.constant("NOTE_ABSOLUTE", 0)));
  }

  /** The {@code fflags} of a period. */
  int fflags(TimerUnit unit) {
    return units == null ? 0 : units[unit.ordinal()];
  }

  /** The {@code data} of a period. */
  long data(TimerUnit unit, long period) {
    return units == null ? unit.toMillisRoundedUp(period) : period;
  }

  /** The {@code fflags} of a point in time. */
  int absoluteFflags(TimerUnit unit) {
    return fflags(unit) | absolute;
  }

  /**
   * The {@code data} of a point in time: where the system has none, how long it is until then, and
   * at least the shortest time there is.
   *
   * @param nowMillis since the epoch
   */
  long absoluteData(TimerUnit unit, long sinceEpoch, long nowMillis) {
    if (absolute != 0) {
      return data(unit, sinceEpoch);
    }
    return Math.max(1, unit.toMillisRoundedUp(sinceEpoch) - nowMillis);
  }

  /** Whether the system takes points in time as such. */
  boolean hasPoints() {
    return absolute != 0;
  }

  /** Whether the fflags, made here, are those of a point in time. */
  boolean isPoint(int fflags) {
    return (fflags & absolute) != 0;
  }

  /** Time until a point in time, rounded up; below 1 if it is past. */
  long microsUntil(int fflags, long sinceEpoch, long nowMicros) {
    for (TimerUnit unit : UNITS) {
      if (absoluteFflags(unit) == fflags) {
        long micros = unit.unit.toMicros(sinceEpoch); // rounded down, or as much as a long holds
        boolean more = unit == TimerUnit.NOTE_NSECONDS && sinceEpoch % 1000 != 0;
        return (more ? micros + 1 : micros) - nowMicros;
      }
    }
    throw new IllegalArgumentException("fflags " + fflags + " are of no point in time");
  }

  /** The unit from which {@link #PLAIN} made the fflags. */
  static TimerUnit unitOf(int fflags) {
    return switch (fflags & 3) {
      case 1 -> TimerUnit.NOTE_SECONDS;
      case 2 -> TimerUnit.NOTE_USECONDS;
      case 3 -> TimerUnit.NOTE_NSECONDS;
      default -> TimerUnit.NOTE_MSECONDS;
    };
  }

  /** Whether {@link #PLAIN} made the fflags of a point in time. */
  static boolean isAbsolute(int fflags) {
    return (fflags & PLAIN.absolute) != 0;
  }
}
