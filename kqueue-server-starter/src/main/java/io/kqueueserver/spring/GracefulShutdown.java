package io.kqueueserver.spring;

import io.kqueueserver.KqueueServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.server.GracefulShutdownCallback;
import org.springframework.boot.web.server.GracefulShutdownResult;

/**
 * Drains one run of a server and reports to everyone who asked for it, exactly once, how that went.
 * Any thread; never blocks.
 */
final class GracefulShutdown {
  private static final Log logger = LogFactory.getLog(GracefulShutdown.class);

  private final KqueueServer server;
  private final Duration reportInterval;
  private final List<GracefulShutdownCallback> waiting = new ArrayList<>();
  private @Nullable ShutdownReport report;
  private boolean draining;
  private boolean ended;
  private boolean aborted;

  /**
   * Of one run.
   *
   * @param reportInterval how often to say what is waited for; zero or less for never
   */
  GracefulShutdown(KqueueServer server, Duration reportInterval) {
    this.server = server;
    this.reportInterval = reportInterval;
  }

  /** Starts to drain, if that was not done yet. The callback runs on a thread of its own. */
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
      report = ShutdownReport.start(server, logger, reportInterval);
    }
    logger.info("Commencing graceful shutdown. Waiting for active requests to complete");
    server.drain(this::idle);
  }

  /** The server is about to be stopped: what is still draining now was not given its time. */
  synchronized void abort() {
    aborted = !ended && server.activeExchanges() > 0;
  }

  /** The server has stopped: nothing of the drain may stay. */
  void close() {
    ShutdownReport running;
    synchronized (this) {
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
    // We are on a loop, or within stop(); a callback may take its time, or call us.
    new Thread(() -> callbacks.forEach(callback -> tell(callback, result)), "kqueue-shutdown")
        .start();
  }

  /** What one does with the news is not the others' affair: each waits for its own. */
  private static void tell(GracefulShutdownCallback callback, GracefulShutdownResult result) {
    try {
      callback.shutdownComplete(result);
    } catch (RuntimeException | Error e) {
      logger.warn("A callback of the graceful shutdown failed", e);
    }
  }
}
