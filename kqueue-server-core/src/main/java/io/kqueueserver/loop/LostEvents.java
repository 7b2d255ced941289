package io.kqueueserver.loop;

import io.kqueueserver.queue.Kqueue;

/**
 * Remembers that memory ran out in a loop. An event is gone if its handler had no memory, since an
 * edge is reported once; when there is memory again every registration has to ask for what waits.
 * At most once a second, or an application that throws OutOfMemoryError by itself would keep its
 * loop at that. The loop's thread only.
 */
final class LostEvents {
  private static final long DELAY_NANOS = 1_000_000_000L;

  private boolean any;
  private long since;

  /** An error was thrown in the loop at this time. */
  void note(Throwable error, long now) {
    if (error instanceof OutOfMemoryError && !any) {
      any = true;
      since = now;
    }
  }

  /** How long a wait may last at most. */
  long bound(long timeoutNanos) {
    boolean longer = timeoutNanos == Kqueue.FOREVER || timeoutNanos > DELAY_NANOS;
    return any && longer ? DELAY_NANOS : timeoutNanos;
  }

  /** Whether it is time to ask again; once. */
  boolean take(long now) {
    if (!any || now - since < DELAY_NANOS) {
      return false;
    }
    any = false;
    return true;
  }
}
