package io.kqueueserver.watch;

import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The watcher's own threads for callbacks: daemons, one as a rule, more only while callbacks of
 * several watches run at once, so that one that blocks holds up no other. Idle ones go.
 */
final class CallbackThreads implements Executor {
  private static final Logger log = LoggerFactory.getLogger(CallbackThreads.class);
  private static final long IDLE_SECONDS = 5;
  private static final long WAIT_SECONDS = 2;

  private final ThreadPoolExecutor executor;
  private final String name;

  /**
   * @param most no more threads than that; a watch needs one at most
   */
  CallbackThreads(String name, int most) {
    this.name = name;
    AtomicInteger number = new AtomicInteger();
    executor =
        new ThreadPoolExecutor(
            0,
            most,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> new CallbackThread(this, task, name + "-" + number.getAndIncrement()));
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
   * Ends the threads; a callback that runs gets two seconds, and two more after an interrupt. From
   * a callback nothing is waited for: its thread ends when it returns.
   */
  void close() {
    executor.shutdown();
    if (Thread.currentThread() instanceof CallbackThread mine && mine.owner == this) {
      return;
    }
    try {
      if (!executor.awaitTermination(WAIT_SECONDS, TimeUnit.SECONDS)) {
        executor.shutdownNow();
        if (!executor.awaitTermination(WAIT_SECONDS, TimeUnit.SECONDS)) {
          log.error("A callback on {} ignores the interrupt; its thread stays behind", name);
        }
      }
    } catch (InterruptedException e) {
      executor.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
