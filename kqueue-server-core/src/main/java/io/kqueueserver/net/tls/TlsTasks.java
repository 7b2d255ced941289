package io.kqueueserver.net.tls;

import io.kqueueserver.net.PoolThreads;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The threads that run the tasks that engines delegate: signatures, key agreements, checks of
 * certificates. A task takes milliseconds, for which a loop's other connections would have to wait.
 * A handshake has one job at a time, so the number of handshakes bounds the queue. Threads start
 * with the first job and end when idle. Any thread.
 *
 * <p>Jobs wait in a queue of their own, from which {@link #remove} takes the job of a client that
 * has gone at once: a flood of such clients costs no signatures, and takes no place from others.
 */
final class TlsTasks implements Executor {
  private static final int IDLE_SECONDS = 10;

  private final int maxJobs;
  private final int maxThreads;
  private final PoolThreads threads;
  private final ThreadPoolExecutor executor;
  private final Runnable turn = this::runJobs;

  /** The jobs that wait, the oldest first. Guarded by itself, as are the fields below. */
  private final Set<Runnable> waiting = new LinkedHashSet<>();

  /** Number of threads that take jobs. */
  private int running;

  private boolean closed;

  TlsTasks(String name, int threads, int maxJobs) {
    this.maxJobs = maxJobs;
    this.maxThreads = threads;
    this.threads = new PoolThreads(name + "-tls-");
    executor =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            this.threads);
    executor.allowCoreThreadTimeOut(true);
  }

  /**
   * Queues a job.
   *
   * @throws RejectedExecutionException if as many jobs wait as may wait, or after {@link #close}
   */
  @Override
  public void execute(Runnable job) {
    boolean needsThread;
    synchronized (waiting) {
      if (closed || waiting.size() >= maxJobs) {
        throw new RejectedExecutionException();
      }
      waiting.add(job);
      needsThread = running < maxThreads;
      running += needsThread ? 1 : 0;
    }
    if (needsThread) {
      startThread();
    }
  }

  private void startThread() {
    boolean started = false;
    try {
      executor.execute(turn);
      started = true;
    } finally {
      if (!started) { // out of memory or threads, or closed: the next job tries again
        synchronized (waiting) {
          running--;
        }
      }
    }
  }

  /** Takes back a job that waits. A job that has begun goes on. */
  void remove(Runnable job) {
    synchronized (waiting) {
      waiting.remove(job);
    }
  }

  /** Number of jobs that wait. */
  int waiting() {
    synchronized (waiting) {
      return waiting.size();
    }
  }

  private void runJobs() {
    boolean idle = false;
    try {
      for (Runnable job = next(); job != null; job = next()) {
        job.run();
      }
      idle = true;
    } finally {
      if (!idle) { // a job has thrown, and others may wait
        startThread();
      }
    }
  }

  /** The oldest job that waits; null if none does, and then this thread takes no more. */
  private @Nullable Runnable next() {
    synchronized (waiting) {
      Iterator<Runnable> oldest = waiting.iterator();
      if (!oldest.hasNext()) {
        running--;
        return null;
      }
      Runnable job = oldest.next();
      oldest.remove();
      return job;
    }
  }

  /** Ends the threads. Returns when they have ended or a few seconds have passed. */
  void close() {
    synchronized (waiting) {
      closed = true;
      waiting.clear();
    }
    threads.end(executor);
  }
}
