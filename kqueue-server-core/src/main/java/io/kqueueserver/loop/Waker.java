package io.kqueueserver.loop;

import io.kqueueserver.ffi.NativeException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Wakes one loop. A wake-up that the system refuses is tried again until it succeeds, on a thread
 * of its own: the caller may be another loop, which must neither wait nor fail for it. Any thread.
 */
final class Waker {
  /** At once, one after the other; only after these is a thread worth it. */
  private static final int TRIES = 3;

  private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final EventLoop loop;
  private final LoopQueue queue;
  private final AtomicBoolean trying = new AtomicBoolean();

  /** True only while the loop waits, or is about to: then, and only then, an offer must wake it. */
  private final AtomicBoolean parked = new AtomicBoolean();

  Waker(EventLoop loop, LoopQueue queue) {
    this.loop = loop;
    this.queue = queue;
    parked.compareAndSet(true, false); // changes nothing: linked while there is memory
  }

  /** The loop is about to wait; it looks at its tasks for the last time after this. */
  void park() {
    parked.set(true);
  }

  /**
   * The loop waits no more. False if another thread has taken the mark, and with it the duty to
   * wake the loop. The loop's thread only.
   */
  boolean unpark() {
    boolean untaken = parked.getOpaque();
    parked.setOpaque(false);
    return untaken;
  }

  /**
   * Coalesced: of all threads that offer while the loop waits, one wakes it. The loop sets the mark
   * and then looks at the queue for the last time, so an offer it did not see does see the mark.
   */
  void wakeIfParked() {
    try {
      if (parked.get() && parked.compareAndSet(true, false)) {
        wake();
      }
    } catch (OutOfMemoryError | LinkageError e) {
      // The task is in and will run: a caller that saw this would take it back, and do it twice.
      owe();
    }
  }

  /** The wake-up that is owed to the loop was not possible: the next offer owes it. */
  private void owe() {
    parked.set(true);
  }

  void wake() {
    for (int i = 1; ; i++) {
      try {
        queue.wakeup();
        return;
      } catch (NativeException e) {
        if (i == TRIES) {
          wakeLater(e);
          return;
        }
      }
    }
  }

  private void wakeLater(NativeException failure) {
    if (!trying.compareAndSet(false, true)) {
      return; // the thread that tries wakes the loop for all
    }
    queue.warn(failure, "the wake-up is tried again");
    loop.countQueueFailure();
    try {
      Thread thread = new Thread(this::keepTrying, loop.name() + "-wakeup");
      thread.setDaemon(true);
      thread.start();
    } catch (Throwable e) { // no thread to be had: the next one that has something for the loop
      trying.set(false);
      owe();
    }
  }

  private void keepTrying() {
    long pause = FIRST_PAUSE_NANOS;
    while (!loop.hasEnded()) {
      trying.set(false); // first: a caller that fails later starts a thread of its own
      try {
        queue.wakeup();
        return;
      } catch (NativeException e) {
        if (!trying.compareAndSet(false, true)) {
          return;
        }
      }
      LockSupport.parkNanos(this, pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
    }
  }
}
