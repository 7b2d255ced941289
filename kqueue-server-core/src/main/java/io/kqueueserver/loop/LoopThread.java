package io.kqueueserver.loop;

import io.kqueueserver.stats.RequestWork;
import org.jspecify.annotations.Nullable;

/** The thread of a loop, for code that has work to be done there and no events of its own. */
public interface LoopThread {
  /** As the thread is called. Any thread. */
  String name();

  /** Whether the caller is this thread. Any thread. */
  boolean inLoop();

  /** Runs the task on this thread, later; false if it has ended and the task will not run. */
  boolean execute(Runnable task);

  /** The time of the current turn in nanoseconds. This thread only. */
  long now();

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
