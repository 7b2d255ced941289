package io.kqueueserver.net.tls;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that do what an engine delegates: signatures, key agreements, checks of certificates;
 * milliseconds each, for which a loop's other connections would have to wait. A handshake has one
 * job here at a time, so the queue is as long as handshakes may be many. Threads come with the
 * first job and go when idle.
 */
final class TlsTasks implements Executor {
  private static final int IDLE_SECONDS = 10;
  private static final int END_SECONDS = 5;

  private static final Logger log = LoggerFactory.getLogger(TlsTasks.class);

  private final String threadNames;
  private final ThreadPoolExecutor executor;

  TlsTasks(String name, int threads, int maxJobs) {
    threadNames = name + "-tls-";
    AtomicInteger number = new AtomicInteger();
    executor =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(maxJobs),
            job -> {
              Thread thread = new Thread(job, threadNames + number.getAndIncrement());
              thread.setDaemon(true);
              return thread;
            });
    executor.allowCoreThreadTimeOut(true);
  }

  @Override
  public void execute(Runnable job) {
    executor.execute(job);
  }

  /** Ends the threads; returns when they are gone or a few seconds have passed. */
  void close() {
    executor.shutdownNow();
    try {
      if (!executor.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
        log.warn(
            "{}: a thread stays behind: a key or trust manager ignores its interrupt", threadNames);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
