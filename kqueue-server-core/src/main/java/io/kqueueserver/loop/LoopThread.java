package io.kqueueserver.loop;

import io.kqueueserver.stats.Limit;
import io.kqueueserver.stats.RequestWork;
import org.jspecify.annotations.Nullable;

/** The thread of a loop, for code that has work to be done there and no events of its own. */
public interface LoopThread {
  /** The name of the thread. Any thread. */
  String name();

  /** Whether the caller is this thread. Any thread. */
  boolean inLoop();

  /** Runs the task on this thread, later; false if it has ended and the task will not run. */
  boolean execute(Runnable task);

  /** The time of the current turn in nanoseconds. This thread only. */
  long now();

  /** Sets, moves or, with {@link Deadline#NEVER}, clears a deadline. This thread only. */
  default void deadline(Deadline deadline, long dueNanos) {
    throw new UnsupportedOperationException(name() + " has no deadlines");
  }

  /** Forgets the deadline. This thread only. */
  default void cancel(Deadline deadline) {
    throw new UnsupportedOperationException(name() + " has no deadlines");
  }

  /** Counts a limit that was met. This thread only. */
  default void limitHit(Limit limit) {}

  /**
   * Notes for observers that a callback of this request runs from here on, or none's. Each callback
   * puts back at its end what it found. This thread only.
   *
   * @return the request whose callback has called this one; null for none
   */
  default @Nullable RequestWork running(@Nullable RequestWork request) {
    return null;
  }
}
