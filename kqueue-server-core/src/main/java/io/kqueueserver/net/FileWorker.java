package io.kqueueserver.net;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The few threads that touch the disk, so that no loop waits for the disk. They open files, and
 * read files that sendfile(2) cannot send. Threads start with the first job and end when idle. A
 * file that is being sent has at most one job, so the number of connections bounds the queue; the
 * queue's own bound is the last resort.
 */
public final class FileWorker {
  private static final int THREADS = 2;
  private static final int MAX_JOBS = 65_536;

  private final PoolThreads threads;
  private final ThreadPoolExecutor executor;

  public FileWorker(String name) {
    threads = new PoolThreads(name + "-file-");
    executor =
        new ThreadPoolExecutor(
            THREADS, THREADS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(MAX_JOBS), threads);
    executor.allowCoreThreadTimeOut(true);
  }

  /**
   * Runs the job soon. Returns false if too many jobs wait, the worker was closed, or there is no
   * memory for a thread.
   */
  public boolean submit(Runnable job) {
    try {
      executor.execute(job);
      return true;
    } catch (RejectedExecutionException | OutOfMemoryError e) {
      return false;
    }
  }

  /** Ends the threads. Returns when they have ended or a few seconds have passed. */
  public void close() {
    threads.end(executor);
  }
}
