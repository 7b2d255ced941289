package io.kqueueserver.spring.accesslog;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Formats and writes the records of one run of a server. The writer works in batches: after a first
 * record it waits for more, so that a busy server pays one write(2) for many lines and loops need
 * not wake the writer.
 */
final class AccessWriter implements Runnable {
  private static final Log logger = LogFactory.getLog(AccessLog.class);

  /** 100 ms: how long the writer waits for more records of a batch. */
  private static final long GATHER_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** 10 ms: how often a waiting writer looks whether the queue fills up. */
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private static final long WARN_INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** 64 KiB: a batch is written when its lines have reached this length. */
  private static final int BATCH_CHARS = 64 * 1024;

  /** 5 s: how long a stop waits until the remaining records are written. */
  private static final long STOP_MILLIS = 5_000;

  private final AccessPattern pattern;
  private final AccessQueue queue;
  private final AccessSink sink;
  private final Thread thread;
  private final StringBuilder lines = new StringBuilder();
  private volatile boolean running = true;

  private long reported;
  private boolean warned;
  private long lastWarning;
  private @Nullable Throwable failure;

  AccessWriter(AccessPattern pattern, AccessQueue queue, AccessSink sink, String threadName) {
    this.pattern = pattern;
    this.queue = queue;
    this.sink = sink;
    this.reported = queue.dropped();
    this.thread = new Thread(this, threadName);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /**
   * Ends the writer. Returns when the remaining records are written and the sink is closed, or
   * after five seconds.
   */
  void stop() {
    queue.close();
    running = false;
    LockSupport.unpark(thread);
    try {
      thread.join(STOP_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      logger.warn("The access log " + sink.name() + " takes nothing; its last lines are lost");
    }
  }

  @Override
  public void run() {
    try {
      while (running) {
        awaitRecords();
        drain();
        report();
      }
      drain();
      report();
    } finally {
      sink.close();
    }
  }

  private void awaitRecords() {
    queue.wake(Thread.currentThread());
    while (running && queue.isEmpty()) {
      LockSupport.park(this);
      queue.wake(Thread.currentThread());
    }
    long due = System.nanoTime() + GATHER_NANOS;
    while (running && !queue.isHalfFull() && due - System.nanoTime() > 0) {
      LockSupport.parkNanos(this, LOOK_NANOS);
    }
  }

  private void drain() {
    int batch = 0;
    long millis = 0;
    for (AccessRecord record = queue.poll(); record != null; record = queue.poll()) {
      int before = lines.length();
      try {
        pattern.append(lines, record);
        millis = record.endMillis();
        batch++;
      } catch (RuntimeException | Error e) { // one record failed; the thread must write the others
        lines.setLength(before);
        queue.lost(1);
        failure = e;
      }
      if (lines.length() >= BATCH_CHARS) {
        write(batch, millis);
        batch = 0;
      }
    }
    if (batch > 0) {
      write(batch, millis);
    }
  }

  private void write(int batch, long millis) {
    try {
      sink.write(lines, millis);
    } catch (IOException | RuntimeException | Error e) {
      queue.lost(batch);
      failure = e;
    }
    lines.setLength(0);
    if (lines.capacity() > 4 * BATCH_CHARS) {
      lines.trimToSize();
    }
  }

  /** Logs lost records once a minute, so that a full disk does not flood the application's log. */
  private void report() {
    long dropped = queue.dropped();
    long now = System.nanoTime();
    if (dropped == reported || (warned && now - lastWarning < WARN_INTERVAL_NANOS)) {
      return;
    }
    String why =
        failure == null
            ? "they came faster than they could be written; raise"
                + " kqueue.server.access-log.queue-capacity"
            : failure.toString();
    logger.warn(
        "The access log " + sink.name() + " lost " + (dropped - reported) + " records: " + why);
    reported = dropped;
    warned = true;
    lastWarning = now;
    failure = null;
  }
}
