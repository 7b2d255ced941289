package io.kqueueserver.net;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon threads of one pool, named and numbered. Any thread.
 *
 * <p>A terminated pool may still have threads that run their last instructions. {@link #end} waits
 * for the threads themselves, because a stopped server leaves no thread.
 */
public final class PoolThreads implements ThreadFactory {
  private static final Logger log = LoggerFactory.getLogger(PoolThreads.class);
  private static final long END_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final String prefix;
  private final AtomicInteger number = new AtomicInteger();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  /**
   * @param prefix the prefix of the names, before the number
   */
  public PoolThreads(String prefix) {
    this.prefix = prefix;
  }

  @Override
  public Thread newThread(Runnable job) {
    Thread thread = new Thread(job, prefix + number.getAndIncrement());
    thread.setDaemon(true);
    threads.removeIf(earlier -> earlier.getState() == Thread.State.TERMINATED);
    threads.add(thread);
    return thread;
  }

  /** Interrupts the pool's jobs. Returns when its threads have ended, or after five seconds. */
  public void end(ExecutorService pool) {
    long deadline = System.nanoTime() + END_NANOS;
    pool.shutdownNow();
    try {
      pool.awaitTermination(END_NANOS, TimeUnit.NANOSECONDS);
      for (Thread thread : threads) {
        TimeUnit.NANOSECONDS.timedJoin(thread, deadline - System.nanoTime());
        if (thread.isAlive()) {
          log.warn("{} stays behind: what it runs ignores its interrupt", thread.getName());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
