package io.kqueueserver.spring.ws;

import io.kqueueserver.server.ws.LoopWebSockets;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * Runs tasks from any thread on the loop, in the order in which they were given. A task given on
 * the loop runs at once, unless earlier tasks are still on their way.
 */
final class LoopOrder {
  private static final AtomicIntegerFieldUpdater<LoopOrder> UNDER_WAY =
      AtomicIntegerFieldUpdater.newUpdater(LoopOrder.class, "underWay");

  /** A task on its way to the loop. One object, because a broadcast makes one per session. */
  abstract static class Task implements Runnable {
    private final LoopOrder order;

    Task(LoopOrder order) {
      this.order = order;
    }

    @Override
    public final void run() {
      UNDER_WAY.decrementAndGet(order);
      onLoop();
    }

    /** Runs on the loop. */
    abstract void onLoop();
  }

  private final LoopWebSockets loop;
  private volatile int underWay;

  LoopOrder(LoopWebSockets loop) {
    this.loop = loop;
  }

  /** Whether the caller is on the loop and no task is on its way, so that it need not be one. */
  boolean isNow() {
    return underWay == 0 && loop.inLoop();
  }

  /** Runs the task on the loop; false if the loop has ended, in which case it will not run. */
  boolean run(Runnable task) {
    if (isNow()) {
      task.run();
      return true;
    }
    return later(
        new Task(this) {
          @Override
          void onLoop() {
            task.run();
          }
        });
  }

  /** As {@link #run}, but behind all tasks of the loop. */
  boolean later(Task task) {
    UNDER_WAY.incrementAndGet(this);
    boolean taken = loop.execute(task);
    if (!taken) {
      UNDER_WAY.decrementAndGet(this);
    }
    return taken;
  }
}
