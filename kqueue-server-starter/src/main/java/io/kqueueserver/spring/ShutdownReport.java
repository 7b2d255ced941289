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
 * Logs every few seconds the requests that a draining server still waits for. The report runs on a
 * thread of its own and sends no task to a loop, because the loop that holds up a shutdown may be
 * stuck.
 */
final class ShutdownReport implements Runnable {
  /** 5: the most requests that one line names. */
  private static final int SHOWN = 5;

  /** 10 ms: the shortest interval, so that a wrong setting does not flood the log. */
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

  /** Begins to report. Returns null if the interval is zero or less. */
  static @Nullable ShutdownReport start(KqueueServer server, Log logger, Duration interval) {
    if (interval.isZero() || interval.isNegative()) {
      return null;
    }
    ShutdownReport report = new ShutdownReport(server, logger, interval);
    report.thread.start();
    return report;
  }

  /** Waits until the thread of the report has ended, for at most a second. */
  void join() {
    end();
    try {
      thread.join(1_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the report, whether the drain succeeded or not. Any thread; does not wait. */
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
