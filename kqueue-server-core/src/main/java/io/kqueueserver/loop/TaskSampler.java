package io.kqueueserver.loop;

import io.kqueueserver.stats.Histogram;
import java.util.function.LongSupplier;

/** Times how long tasks wait: at most one in a millisecond, so that many cost nothing. */
final class TaskSampler {
  private static final long INTERVAL_NANOS = 1_000_000;

  private final LongSupplier clock;
  private final Histogram wait;

  /** True when the next task offered shall be timed; it is, and sets it back. */
  private volatile boolean due = true;

  private long last;

  TaskSampler(LongSupplier clock, Histogram wait) {
    this.clock = clock;
    this.wait = wait;
  }

  /** The task, or a wrapper that records how long the task has waited. Any thread. */
  Runnable sample(Runnable task) {
    return due ? timed(task) : task;
  }

  private Runnable timed(Runnable task) {
    due = false;
    long offered = clock.getAsLong();
    return () -> {
      long started = clock.getAsLong();
      wait.record(started - offered);
      last = started;
      task.run();
    };
  }

  /** The loop's thread: a turn begins. */
  void onTurn(long now) {
    if (!due && now - last >= INTERVAL_NANOS) {
      due = true;
    }
  }
}
