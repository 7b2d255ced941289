package io.kqueueserver.server.coding;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.loop.EventLoop;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * Queue of body operations that must run in order, each after the one before it has finished. Steps
 * run while the connection takes bytes. The loop's thread only.
 */
final class BodySteps {
  /** One operation on a body. */
  @FunctionalInterface
  interface Step {
    /** Runs or continues the operation. Returns false if it must be continued later. */
    boolean run() throws IOException;

    /** The exchange has ended before this operation. */
    default void drop() {}
  }

  /** Work that may throw because of the application. */
  @FunctionalInterface
  interface Work {
    void run() throws IOException;
  }

  private final Exchange exchange;
  private final EventLoop loop;
  private final Consumer<Throwable> whenFailed;
  private final Runnable whenWritable;

  private final Deque<Step> steps = new ArrayDeque<>(0);
  private boolean running;
  private boolean dropped;
  private boolean awaitsWritable;

  /**
   * Makes an empty queue.
   *
   * @param whenFailed resets the exchange
   * @param whenWritable notifies the application that the exchange is writable again
   */
  BodySteps(
      Exchange exchange, EventLoop loop, Consumer<Throwable> whenFailed, Runnable whenWritable) {
    this.exchange = exchange;
    this.loop = loop;
    this.whenFailed = whenFailed;
    this.whenWritable = whenWritable;
  }

  boolean isEmpty() {
    return steps.isEmpty();
  }

  /** Whether no operation waits or runs. */
  boolean isIdle() {
    return steps.isEmpty() && !running;
  }

  /** Runs the action now, or after the operations that wait. */
  void inOrder(Runnable action) {
    if (isIdle()) {
      action.run();
    } else {
      add(
          () -> {
            action.run();
            return true;
          });
    }
  }

  void add(Step step) {
    steps.add(step);
    awaitsWritable = true; // not writable before the step has run
    goOn();
  }

  /** Continues in the next turn, after a step has had its share of this turn. */
  void goOnNextTurn() {
    loop.nextTurn(this::goOn);
  }

  /** Runs steps while the connection takes bytes. */
  void goOn() {
    if (running) {
      return;
    }
    running = true;
    boolean waited = !steps.isEmpty();
    try {
      guarded(this::takeSteps);
    } finally {
      running = false;
    }
    if (waited && awaitsWritable && !dropped && isWritable()) {
      notifyWritable();
    }
  }

  private void takeSteps() throws IOException {
    while (!dropped && exchange.isWritable()) {
      Step step = steps.peek();
      if (step == null || !step.run()) {
        return;
      }
      if (steps.peek() == step) {
        steps.poll();
      }
    }
  }

  /** Whether the application's next bytes would be coded at once. */
  boolean isWritable() {
    return steps.isEmpty() && exchange.isWritable();
  }

  /** The connection takes bytes again: runs the waiting steps first. */
  void onWritable() {
    awaitsWritable = true;
    if (steps.isEmpty()) {
      notifyWritable();
    } else {
      goOn();
    }
  }

  private void notifyWritable() {
    awaitsWritable = false;
    whenWritable.run();
  }

  /** Runs work outside of a call of the application. An exception resets the exchange. */
  void guarded(Work work) {
    try {
      work.run();
    } catch (IOException | RuntimeException e) {
      whenFailed.accept(e);
    } catch (Error e) {
      whenFailed.accept(e);
      throw e; // the loop logs and counts it
    }
  }

  /** The exchange has ended: drops all steps. */
  void drop() {
    dropped = true;
    for (Step step = steps.poll(); step != null; step = steps.poll()) {
      step.drop();
    }
  }
}
