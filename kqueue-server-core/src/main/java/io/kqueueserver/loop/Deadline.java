package io.kqueueserver.loop;

/**
 * One thing that must happen at a time, in the heap of one loop. Putting it off is a field write:
 * the heap keeps the earlier time and looks again then. All methods on the loop's thread.
 */
public abstract class Deadline {
  /** No time at all. */
  public static final long NEVER = Long.MAX_VALUE;

  /** When it is due, in the loop's nanoseconds; NEVER while not set. */
  long due = NEVER;

  /** The time under which it stands in the heap, never after {@code due}. */
  long key;

  /** Its place in the heap; -1 while not in it. */
  int index = -1;

  /** Called once when the time has come; it may be set again from here. */
  protected abstract void onDeadline(long nowNanos);

  public final boolean isSet() {
    return due != NEVER;
  }
}
