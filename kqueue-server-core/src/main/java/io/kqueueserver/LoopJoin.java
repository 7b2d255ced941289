package io.kqueueserver;

import io.kqueueserver.loop.EventLoop;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits until loops that were shut down have ended, and interrupts loops that a handler blocks. A
 * loop that was replaced has another thread than at its start.
 */
final class LoopJoin {
  private static final Logger log = LoggerFactory.getLogger(RunningServer.class);

  /** 2 s: how long to wait for a handler that blocks its loop, before and after an interrupt. */
  private static final long JOIN_MILLIS = 2_000;

  private LoopJoin() {}

  /**
   * Waits for the threads, even if this thread is interrupted meanwhile. Returns whether this
   * thread was interrupted.
   *
   * @param threads the threads made at the start, in the order of the loops
   */
  static boolean join(List<Thread> threads, List<EventLoop> loops) {
    boolean interrupted = false;
    for (int i = 0; i < loops.size(); i++) {
      Thread first = threads.get(i);
      interrupted |= end(first);
      interrupted |= joinSuccessors(first, loops.get(i));
    }
    return interrupted;
  }

  private static boolean joinSuccessors(Thread first, EventLoop loop) {
    boolean interrupted = false;
    Thread joined = first;
    // A thread that hands its loop over names the next thread, starts that thread, and only then
    // ends.
    for (Thread next = loop.thread(); next != null && next != joined; next = loop.thread()) {
      joined = next;
      while (next.getState() == Thread.State.NEW && loop.thread() == next) {
        Thread.onSpinWait();
      }
      interrupted |= end(next);
    }
    return interrupted;
  }

  private static boolean end(Thread thread) {
    if (thread == Thread.currentThread()) {
      return false; // stopped from a handler: this loop ends when the handler returns
    }
    boolean interrupted = join(thread);
    if (thread.isAlive()) {
      log.warn("{} is blocked by a handler; interrupting it", thread.getName());
      thread.interrupt();
      interrupted |= join(thread);
    }
    if (thread.isAlive()) {
      log.error("{} does not end: its handler ignores the interrupt", thread.getName());
    }
    return interrupted;
  }

  private static boolean join(Thread thread) {
    boolean interrupted = false;
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(JOIN_MILLIS);
    for (long left = 1; left > 0 && thread.isAlive(); left = end - System.nanoTime()) {
      try {
        TimeUnit.NANOSECONDS.timedJoin(thread, end - System.nanoTime());
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    return interrupted;
  }
}
