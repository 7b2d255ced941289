package io.kqueueserver.spring;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.RunningServer;
import io.kqueueserver.server.observe.RunningRequests;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

/**
 * While a server drains, says every few seconds what it still waits for. On a thread of its own
 * that asks no loop for anything: the one that holds up a shutdown may well be stuck.
 */
final class ShutdownReport implements Runnable {
  /** As many as can be read in one line. */
  private static final int SHOWN = 5;

  /** Nobody reads faster, and the log has other lines. */
  private static final Duration SHORTEST = Duration.ofMillis(10);

  private static final Duration LONGEST = Duration.ofDays(1);

  private final KqueueServer server;
  private final Log logger;
  private final long intervalNanos;
  private final Thread thread;
  private final long startedNanos = System.nanoTime();
  private volatile boolean ended;

  private ShutdownReport(KqueueServer server, Log logger, Duration interval) {
    this.server = server;
    this.logger = logger;
    Duration shorter = interval.compareTo(LONGEST) < 0 ? interval : LONGEST;
    this.intervalNanos = (shorter.compareTo(SHORTEST) > 0 ? shorter : SHORTEST).toNanos();
    this.thread = new Thread(this, server.options().loops().name() + "-shutdown-report");
    thread.setDaemon(true);
  }

  /** Begins to report; null where the interval says never. */
  static @Nullable ShutdownReport start(KqueueServer server, Log logger, Duration interval) {
    if (interval.isZero() || interval.isNegative()) {
      return null;
    }
    ShutdownReport report = new ShutdownReport(server, logger, interval);
    report.thread.start();
    return report;
  }

  /** The server has stopped: returns when the thread is gone, or after a second. */
  void join() {
    end();
    try {
      thread.join(1_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The drain is over, well or not. Any thread; does not wait. */
  void end() {
    ended = true;
    LockSupport.unpark(thread);
  }

  @Override
  public void run() {
    for (long next = startedNanos + intervalNanos; !ended; next += intervalNanos) {
      for (long left = next - System.nanoTime(); left > 0 && !ended; ) {
        LockSupport.parkNanos(this, left);
        left = next - System.nanoTime();
      }
      RunningServer running = server.running();
      if (!ended && running != null) {
        logger.info(line(running));
      }
    }
  }

  private String line(RunningServer running) {
    RunningRequests requests = running.runningRequests(SHOWN);
    StringBuilder line = new StringBuilder("Graceful shutdown has waited ");
    line.append(seconds(System.nanoTime() - startedNanos)).append(" for active requests: ");
    line.append(running.activeExchanges());
    String before = ", the oldest: ";
    for (RunningRequests.Request request : requests.oldest()) {
      line.append(before).append(request.method()).append(' ').append(request.path());
      line.append(" for ").append(seconds(request.ageNanos()));
      if (request.handler() != null) {
        line.append(" in ").append(request.handler());
      }
      before = ", ";
    }
    return line.toString();
  }

  private static String seconds(long nanos) {
    long tenths = TimeUnit.NANOSECONDS.toMillis(nanos) / 100;
    return tenths / 10 + "." + tenths % 10 + " s";
  }
}
