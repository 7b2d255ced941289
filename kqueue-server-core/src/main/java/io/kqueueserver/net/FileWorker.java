package io.kqueueserver.net;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The few threads that touch the disk, so that no loop waits for one: they open files and read
 * where sendfile(2) cannot serve. Threads come with the first job and go when idle. A file being
 * sent has at most one job here, so the queue is bounded by the connections; its own bound is the
 * last resort.
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

  /** Runs the job soon; false if too many wait or the worker was closed. */
  public boolean submit(Runnable job) {
    try {
      executor.execute(job);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  /** Ends the threads; returns when they are gone or a few seconds have passed. */
  public void close() {
    threads.end(executor);
  }
}
