package io.kqueueserver.server.coding;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.loop.EventLoop;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * What an application did with a body and has to wait for what it did before: taken up in order,
 * while the connection takes what comes out. The loop's thread only.
 */
final class BodySteps {
  /** One such thing. */
  @FunctionalInterface
  interface Step {
    /** Goes on with it; false if it is not done yet, and will be taken up again. */
    boolean run() throws IOException;

    /** The exchange has ended before its turn. */
    default void drop() {}
  }

  /** Something that may fail for what the application did. */
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
   * None as yet.
   *
   * @param whenFailed breaks the exchange off
   * @param whenWritable tells the application, which has asked, that more is taken
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

  /** Whether nothing is before what is done now. */
  boolean isIdle() {
    return steps.isEmpty() && !running;
  }

  /** Does it now, or behind what waits. */
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
    goOn();
  }

  /** For a step that has had its share of this turn. */
  void goOnNextTurn() {
    loop.nextTurn(this::goOn);
  }

  /** Takes steps while the connection takes bytes. */
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
      tellWritable();
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

  /** Whether the application's next bytes would be taken at once. */
  boolean isWritable() {
    boolean writable = steps.isEmpty() && exchange.isWritable();
    awaitsWritable |= !writable;
    return writable;
  }

  /** The connection takes bytes again: first those that wait here. */
  void onWritable() {
    awaitsWritable = true;
    if (steps.isEmpty()) {
      tellWritable();
    } else {
      goOn();
    }
  }

  private void tellWritable() {
    awaitsWritable = false;
    whenWritable.run();
  }

  /** What fails outside of the application's own call costs it this exchange. */
  void guarded(Work work) {
    try {
      work.run();
    } catch (IOException | RuntimeException e) {
      whenFailed.accept(e);
    } catch (Error e) {
      whenFailed.accept(e);
      throw e; // to whoever logs and counts it
    }
  }

  /** The exchange has ended: none of them will be taken up any more. */
  void drop() {
    dropped = true;
    for (Step step = steps.poll(); step != null; step = steps.poll()) {
      step.drop();
    }
  }
}
