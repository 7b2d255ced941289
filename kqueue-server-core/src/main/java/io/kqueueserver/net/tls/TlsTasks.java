package io.kqueueserver.net.tls;

import io.kqueueserver.net.PoolThreads;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads that do what an engine delegates: signatures, key agreements, checks of certificates;
 * milliseconds each, for which a loop's other connections would have to wait. A handshake has one
 * job here at a time, so the queue is as long as handshakes may be many. Threads come with the
 * first job and go when idle.
 */
final class TlsTasks implements Executor {
  private static final int IDLE_SECONDS = 10;

  private final PoolThreads threads;
  private final ThreadPoolExecutor executor;

  TlsTasks(String name, int threads, int maxJobs) {
    this.threads = new PoolThreads(name + "-tls-");
    executor =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(maxJobs),
            this.threads);
    executor.allowCoreThreadTimeOut(true);
  }

  @Override
  public void execute(Runnable job) {
    executor.execute(job);
  }

  /** Ends the threads; returns when they are gone or a few seconds have passed. */
  void close() {
    threads.end(executor);
  }
}
