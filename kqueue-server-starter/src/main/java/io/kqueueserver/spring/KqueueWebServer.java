package io.kqueueserver.spring;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.KqueueServerHolder;
import java.time.Duration;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.server.GracefulShutdownCallback;
import org.springframework.boot.web.server.GracefulShutdownResult;
import org.springframework.boot.web.server.Shutdown;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.WebServerException;
import org.springframework.util.Assert;

/**
 * A {@link KqueueServer} under Spring Boot's life cycle. It may be started, stopped and started
 * again from any thread but the server's own; starting a running server and stopping a stopped one
 * do nothing. While it runs the JVM stays alive, after a stop nothing of it is left.
 */
public class KqueueWebServer implements WebServer, KqueueServerHolder {
  private static final Log logger = LogFactory.getLog(KqueueWebServer.class);

  /** How often a graceful shutdown says what it waits for, where nobody says otherwise. */
  public static final Duration DEFAULT_SHUTDOWN_REPORT_INTERVAL = Duration.ofSeconds(5);

  private final Object lifecycle = new Object();
  private final KqueueServer server;
  private final boolean listens;
  private final Shutdown shutdown;
  private final Duration shutdownReportInterval;
  private @Nullable KeepAlive keepAlive;
  private @Nullable GracefulShutdown gracefulShutdown;
  private volatile boolean running;

  /**
   * @param server the server to run
   * @param listens false for a server that is created and started but takes no connections
   * @param shutdown whether {@link #shutDownGracefully} waits for running requests
   */
  public KqueueWebServer(KqueueServer server, boolean listens, Shutdown shutdown) {
    this(server, listens, shutdown, DEFAULT_SHUTDOWN_REPORT_INTERVAL);
  }

  /**
   * @param server the server to run
   * @param listens false for a server that is created and started but takes no connections
   * @param shutdown whether {@link #shutDownGracefully} waits for running requests
   * @param shutdownReportInterval how often it then says what it waits for; zero or less for never
   */
  public KqueueWebServer(
      KqueueServer server, boolean listens, Shutdown shutdown, Duration shutdownReportInterval) {
    Assert.notNull(server, "'server' must not be null");
    Assert.notNull(shutdown, "'shutdown' must not be null");
    Assert.notNull(shutdownReportInterval, "'shutdownReportInterval' must not be null");
    this.shutdownReportInterval = shutdownReportInterval;
    this.server = server;
    this.listens = listens;
    this.shutdown = shutdown;
  }

  /** The server itself, for metrics and endpoints; its life cycle belongs to this object. */
  @Override
  public KqueueServer getServer() {
    return server;
  }

  @Override
  public void start() throws WebServerException {
    synchronized (lifecycle) {
      if (running) {
        return;
      }
      if (listens) {
        startServer();
      } else {
        keepAlive = new KeepAlive();
        keepAlive.start();
      }
      gracefulShutdown = new GracefulShutdown(server, shutdownReportInterval);
      running = true;
      if (listens) {
        releaseKeepAlive(); // of a run that failed
      }
    }
    logger.info(getStartedLogMessage());
    if (listens) {
      String runsOn = StartReport.runsOn(server);
      if (runsOn != null) {
        logger.info("Kqueue runs on " + runsOn);
      }
      StartReport.hints(server).forEach(logger::warn);
    }
  }

  private void startServer() {
    try {
      server.start();
    } catch (RuntimeException e) {
      throw StartFailures.translate(e, server.options());
    }
  }

  /**
   * What {@link #start()} logged first: {@code Kqueue started on port 8080 (http)}. What it runs
   * on, and within which limits, is a line of its own.
   */
  protected String getStartedLogMessage() {
    return listens
        ? "Kqueue started on " + StartReport.where(server, getPort())
        : "Kqueue started without listening (server.port is negative)";
  }

  @Override
  public void stop() throws WebServerException {
    synchronized (lifecycle) {
      if (!running) {
        releaseKeepAlive();
        return;
      }
      running = false;
      if (gracefulShutdown != null) {
        gracefulShutdown.abort();
      }
      try {
        if (listens) {
          server.stop();
        }
      } catch (RuntimeException e) {
        throw new WebServerException("Unable to stop Kqueue", e);
      } finally {
        if (gracefulShutdown != null) {
          gracefulShutdown.close();
        }
        releaseKeepAlive();
      }
    }
  }

  /**
   * Stops a server whose loops have failed, unless it was started anew meanwhile. The JVM stays
   * alive until {@link #stop} or the next {@link #start}: it must not end as if all were well while
   * somebody may still look after it.
   */
  void fail() {
    synchronized (lifecycle) {
      if (running && server.failure() != null) {
        KeepAlive staying = new KeepAlive();
        staying.start();
        try {
          stop();
        } finally {
          keepAlive = staying;
        }
      }
    }
  }

  private void releaseKeepAlive() {
    if (keepAlive != null) {
      keepAlive.release();
      keepAlive = null;
    }
  }

  @Override
  public void shutDownGracefully(GracefulShutdownCallback callback) {
    if (shutdown == Shutdown.IMMEDIATE) {
      callback.shutdownComplete(GracefulShutdownResult.IMMEDIATE);
      return;
    }
    GracefulShutdown graceful = gracefulShutdown();
    if (graceful == null) {
      callback.shutdownComplete(GracefulShutdownResult.IDLE);
    } else {
      graceful.shutDown(callback);
    }
  }

  /** Who drains the server; null if there is nothing to drain. */
  private @Nullable GracefulShutdown gracefulShutdown() {
    synchronized (lifecycle) {
      return running && listens ? gracefulShutdown : null;
    }
  }

  @Override
  public int getPort() {
    return running && listens ? server.port() : -1;
  }
}
