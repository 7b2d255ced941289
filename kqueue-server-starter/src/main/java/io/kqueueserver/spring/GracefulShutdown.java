package io.kqueueserver.spring;

import io.kqueueserver.KqueueServer;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.boot.web.server.GracefulShutdownCallback;
import org.springframework.boot.web.server.GracefulShutdownResult;

/** Drains a server and reports, exactly once per request to do so, how that went. Any thread. */
final class GracefulShutdown {
  private static final Log logger = LogFactory.getLog(GracefulShutdown.class);

  private final KqueueServer server;
  private volatile boolean aborted;

  GracefulShutdown(KqueueServer server) {
    this.server = server;
  }

  /** Returns at once; the callback runs on a thread of its own. */
  void shutDown(GracefulShutdownCallback callback) {
    logger.info("Commencing graceful shutdown. Waiting for active requests to complete");
    AtomicBoolean reported = new AtomicBoolean();
    server.drain(
        () -> {
          if (reported.compareAndSet(false, true)) {
            // The drain ends on a loop or within stop(); a callback may take its time or call us.
            new Thread(() -> report(callback), "kqueue-shutdown").start();
          }
        });
  }

  private void report(GracefulShutdownCallback callback) {
    if (aborted) {
      logger.info("Graceful shutdown aborted with one or more requests still active");
      callback.shutdownComplete(GracefulShutdownResult.REQUESTS_ACTIVE);
    } else {
      logger.info("Graceful shutdown complete");
      callback.shutdownComplete(GracefulShutdownResult.IDLE);
    }
  }

  /** The server is about to be stopped: what is still draining now was not given its time. */
  void abort() {
    aborted = true;
  }
}
