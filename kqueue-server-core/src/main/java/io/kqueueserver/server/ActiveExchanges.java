package io.kqueueserver.server;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Counts a server's exchanges between their head and their last byte, and keeps whether they are
 * the last of their connections. A request whose body is collected before an upgrade counts, too.
 * Any thread.
 */
public final class ActiveExchanges {
  private final AtomicInteger count = new AtomicInteger();
  private final AtomicReference<@Nullable Runnable> whenIdle = new AtomicReference<>();

  /** Whether a drain is near, so that each response announces the end of its connection. */
  private volatile boolean last;

  public void begin() {
    count.incrementAndGet();
  }

  public void end() {
    if (count.decrementAndGet() == 0) {
      runIfIdle();
    }
  }

  /** Responses announce from now on that their connection ends. */
  public void announceEnd() {
    last = true;
  }

  /** Whether a response should announce the end of its connection. */
  public boolean announcesEnd() {
    return last;
  }

  public int count() {
    return count.get();
  }

  /**
   * Runs the action once when no exchange is active, perhaps at once. Replaces an action that has
   * not run.
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
