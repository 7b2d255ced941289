package io.kqueueserver.loop;

import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.queue.Kqueue;
import io.kqueueserver.stats.LoopStats;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens when a loop has failed: a new queue takes the place of the old one, every
 * registration asks it for its interests again, and a new thread goes on. Tasks, deadlines and
 * registrations belong to the loop and stay as they are. The loop's thread only.
 */
final class Succession {
  private static final Logger log = LoggerFactory.getLogger(EventLoop.class);

  /** Of opening the queue; with the pauses between them they take a quarter of a second. */
  private static final int TRIES = 9;

  private static final long FIRST_PAUSE_NANOS = 1_000_000;
  private static final long OUT_OF_MEMORY_PAUSE_NANOS = 20_000_000;

  private final EventLoop loop;
  private final LoopQueue queue;
  private final Registrations registrations;
  private final LoopStats stats;
  private final Guard guard;
  private final Spares spares;

  /** Made while there is memory. */
  private final Consumer<EventHandler> again = this::registerAgain;

  Succession(
      EventLoop loop,
      LoopQueue queue,
      Registrations registrations,
      LoopStats stats,
      Guard guard,
      Spares spares) {
    this.loop = loop;
    this.queue = queue;
    this.registrations = registrations;
    this.stats = stats;
    this.guard = guard;
    this.spares = spares;
  }

  /**
   * Replaces the queue after a failure; false if there is none to be had, or no more allowed.
   * Whatever fails here, the loop must be able to end: nothing is thrown.
   */
  boolean replaceQueue(Throwable failure) {
    loop.running(0);
    try {
      Kqueue successor = spares.mayReplace() ? open() : null;
      if (successor != null) {
        takeOver(successor, failure);
        return true;
      }
      guard.loopLost(failure);
    } catch (Throwable e) { // no memory, as a rule
      guard.loopLost(e);
    }
    return false;
  }

  private void takeOver(Kqueue successor, Throwable failure) {
    try {
      queue.close();
      queue.replace(successor);
    } catch (Throwable e) { // no memory for its lists
      guard.run(successor::close);
      throw e;
    }
    registrations.each(again); // what closes another is no hindrance: see there
    stats.replacements++;
    guard.loopReplaced(failure);
    guard.run(() -> spares.onReplaced(loop, failure));
  }

  /**
   * Events were lost for want of memory, although the queue is intact: every registration registers
   * its interests again, and so gets the waiting events.
   */
  void askAgain() {
    try {
      registrations.each(again);
    } catch (Throwable e) {
      guard.taskFailed(e); // and so it is tried once more
    }
  }

  /** The loop itself had no memory: it goes on, with a pause in which others may give some back. */
  void outOfMemory(OutOfMemoryError failure) {
    loop.running(0);
    guard.taskFailed(failure);
    LockSupport.parkNanos(this, OUT_OF_MEMORY_PAUSE_NANOS);
  }

  private void registerAgain(EventHandler handler) {
    try {
      handler.registerAgain();
    } catch (Throwable e) {
      guard.taskFailed(e);
      guard.run(() -> handler.onFailure(e));
    }
  }

  /** A queue; null if all tries failed. The old one gives its descriptors back for the second. */
  private @Nullable Kqueue open() {
    for (int i = 1; ; i++) {
      try {
        return spares.openQueue();
      } catch (NativeException | OutOfMemoryError e) {
        guard.run(queue::close);
        if (i == TRIES) {
          log.error("{}: there is no new event queue: {}", loop.name(), e.getMessage());
          return null;
        }
        if (i > 1) {
          LockSupport.parkNanos(this, FIRST_PAUSE_NANOS << (i - 2));
        }
      }
    }
  }

  /** Makes the thread that goes on; null if there is none to be had, and this one must. */
  @Nullable Thread newThread() {
    try {
      return spares.newThread(loop, loop.name());
    } catch (Throwable e) {
      log.warn("{}: no new thread, the old one goes on", loop.name(), e);
      return null;
    }
  }

  /** The loop has failed and ended. */
  void lost(Throwable failure) {
    guard.run(() -> spares.onLost(loop, failure));
  }
}
