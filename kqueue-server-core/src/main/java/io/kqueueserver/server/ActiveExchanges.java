package io.kqueueserver.server;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Counts a server's exchanges between their head and their last byte. Any thread. */
public final class ActiveExchanges {
  private final AtomicInteger count = new AtomicInteger();
  private final AtomicReference<@Nullable Runnable> whenIdle = new AtomicReference<>();

  void begin() {
    count.incrementAndGet();
  }

  void end() {
    if (count.decrementAndGet() == 0) {
      runIfIdle();
    }
  }

  public int count() {
    return count.get();
  }

  /**
   * Runs the action once when no exchange is active, perhaps at once; replaces an action that still
   * waits.
   */
  public void whenIdle(Runnable action) {
    whenIdle.set(action);
    runIfIdle();
  }

  private void runIfIdle() {
    if (whenIdle.get() != null && count.get() == 0) {
      run(whenIdle.getAndSet(null));
    }
  }

  private static void run(@Nullable Runnable action) {
    if (action != null) {
      action.run();
    }
  }
}
