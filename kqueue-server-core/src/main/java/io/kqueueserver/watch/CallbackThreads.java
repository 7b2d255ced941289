package io.kqueueserver.watch;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The watcher's own daemon threads for callbacks. There is one thread as a rule, and more only
 * while callbacks of several watches run at once, so that a callback that blocks delays no other
 * watch. Idle threads end.
 */
final class CallbackThreads implements Executor {
  private static final Logger log = LoggerFactory.getLogger(CallbackThreads.class);
  private static final long IDLE_SECONDS = 5;
  private static final long WAIT_SECONDS = 2;

  private final ThreadPoolExecutor executor;
  private final String name;
  private final AtomicInteger number = new AtomicInteger();

  /** The running threads. Ended threads stay in the set until the next thread is made. */
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  /**
   * @param most the maximum number of threads; a watch needs one at most
   */
  CallbackThreads(String name, int most) {
    this.name = name;
    executor =
        new ThreadPoolExecutor(
            0, most, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), this::newThread);
  }

  private Thread newThread(Runnable task) {
    Thread thread = new CallbackThread(this, task, name + "-" + number.getAndIncrement());
    threads.removeIf(other -> other.getState() == Thread.State.TERMINATED);
    threads.add(thread);
    return thread;
  }

  private static final class CallbackThread extends Thread {
    private final CallbackThreads owner;

    CallbackThread(CallbackThreads owner, Runnable task, String name) {
      super(task, name);
      this.owner = owner;
      setDaemon(true);
    }
  }

  @Override
  public void execute(Runnable task) {
    executor.execute(task);
  }

  /**
   * Ends the threads. A running callback gets two seconds, and two more after an interrupt. A call
   * from a callback does not wait; the thread of that callback ends when the callback returns.
   */
  void close() {
    executor.shutdown();
    if (Thread.currentThread() instanceof CallbackThread mine && mine.owner == this) {
      return;
    }
    try {
      if (!join()) {
        executor.shutdownNow();
        if (!join()) {
          log.error("A callback on {} ignores the interrupt; its thread stays behind", name);
        }
      }
    } catch (InterruptedException e) {
      executor.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Waits for the threads themselves, because the executor is terminated a moment before its
   * threads have ended.
   */
  private boolean join() throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
    boolean ended = true;
    for (Thread thread : threads) {
      TimeUnit.NANOSECONDS.timedJoin(thread, end - System.nanoTime());
      ended &= !thread.isAlive();
    }
    return ended;
  }
}
