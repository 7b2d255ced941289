package io.kqueueserver.spring;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.spring.http.EventStreams;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.server.GracefulShutdownCallback;
import org.springframework.boot.web.server.GracefulShutdownResult;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Schedulers;

/**
 * Drains one run of a server and calls each callback exactly once with the result. Methods may be
 * called on any thread and never block.
 */
final class GracefulShutdown {
  private static final Log logger = LogFactory.getLog(GracefulShutdown.class);

  private final KqueueServer server;
  private final ShutdownTimes times;
  private final EventStreams eventStreams;
  private final List<GracefulShutdownCallback> waiting = new ArrayList<>();
  private @Nullable ShutdownReport report;
  private Disposable endOfStreams = Disposables.disposed();
  private boolean draining;
  private boolean ended;
  private boolean aborted;

  /** Makes the shutdown of the server's current run. */
  GracefulShutdown(KqueueServer server, ShutdownTimes times, EventStreams eventStreams) {
    this.server = server;
    this.times = times;
    this.eventStreams = eventStreams;
  }

  /** Starts to drain, unless draining has begun. The callback runs on a thread of its own. */
  void shutDown(GracefulShutdownCallback callback) {
    synchronized (this) {
      if (ended) {
        report(List.of(callback));
        return;
      }
      waiting.add(callback);
      if (draining) {
        return;
      }
      draining = true;
      report = ShutdownReport.start(server, logger, times.reportInterval());
      endOfStreams = scheduleEndOfStreams();
    }
    if (isPositive(times.acceptPeriod())) {
      logger.info(
          "Graceful shutdown is near. Connections are accepted for another "
              + times.acceptPeriod().toMillis()
              + " ms, and responses announce their end");
      server.drain(times.acceptPeriod(), this::idle);
    } else {
      logger.info("Commencing graceful shutdown. Waiting for active requests to complete");
      server.drain(this::idle);
    }
  }

  private static boolean isPositive(Duration duration) {
    return !duration.isZero() && !duration.isNegative();
  }

  private Disposable scheduleEndOfStreams() {
    Duration timeout = times.eventStreamTimeout();
    if (timeout == null) {
      return Disposables.disposed();
    }
    long millis = times.acceptPeriod().plus(timeout).toMillis();
    return Schedulers.parallel()
        .schedule(eventStreams::end, Math.max(0, millis), TimeUnit.MILLISECONDS);
  }

  /** The server is about to be stopped: callbacks learn that requests were still active. */
  synchronized void abort() {
    aborted = !ended && server.activeExchanges() > 0;
  }

  /** The server has stopped: ends the drain and waits for the thread of the report. */
  void close() {
    ShutdownReport running;
    synchronized (this) {
      endOfStreams.dispose();
      running = report;
    }
    if (running != null) {
      running.join();
    }
  }

  private void idle() {
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = true;
      if (report != null) {
        report.end();
      }
      logger.info(
          aborted
              ? "Graceful shutdown aborted with one or more requests still active"
              : "Graceful shutdown complete");
      report(List.copyOf(waiting));
    }
  }

  private void report(List<GracefulShutdownCallback> callbacks) {
    GracefulShutdownResult result =
        aborted ? GracefulShutdownResult.REQUESTS_ACTIVE : GracefulShutdownResult.IDLE;
    // This thread is a loop or within stop(); a callback may block, or call this object.
    new Thread(() -> callbacks.forEach(callback -> complete(callback, result)), "kqueue-shutdown")
        .start();
  }

  /** Calls one callback. A callback that throws does not keep the others from being called. */
  private static void complete(GracefulShutdownCallback callback, GracefulShutdownResult result) {
    try {
      callback.shutdownComplete(result);
    } catch (RuntimeException | Error e) {
      logger.warn("A callback of the graceful shutdown failed", e);
    }
  }
}
