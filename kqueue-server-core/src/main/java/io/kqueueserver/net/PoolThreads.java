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
 * <p>A pool that has terminated may still have threads: it counts one as gone while that has its
 * last instructions to run. {@link #end} waits for the threads themselves, since a server that has
 * stopped leaves none.
 */
public final class PoolThreads implements ThreadFactory {
  private static final Logger log = LoggerFactory.getLogger(PoolThreads.class);
  private static final long END_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final String prefix;
  private final AtomicInteger number = new AtomicInteger();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  /**
   * @param prefix of the names, to which the number is added
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

  /** Interrupts the pool's jobs; returns when its threads are gone or five seconds have passed. */
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
