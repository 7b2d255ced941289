package io.kqueueserver.spring;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.KqueueServerHolder;
import io.kqueueserver.spring.http.EventStreams;
import io.kqueueserver.spring.http.HandlerTasks;
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
 * A {@link KqueueServer} under Spring Boot's life cycle. The web server may be started, stopped and
 * started again from any thread but the server's own. Starting a running server does nothing, and
 * so does stopping a stopped one. A running server keeps the JVM alive; a stopped server holds no
 * thread and no descriptor.
 */
public class KqueueWebServer implements WebServer, KqueueServerHolder {
  private static final Log logger = LogFactory.getLog(KqueueWebServer.class);

  private final Object lifecycle = new Object();
  private final KqueueServer server;
  private final boolean listens;
  private final Shutdown shutdown;
  private final ShutdownTimes times;
  private final EventStreams eventStreams;
  private @Nullable KeepAlive keepAlive;
  private @Nullable GracefulShutdown gracefulShutdown;
  private boolean watchesTasks;
  private volatile boolean running;

  /**
   * @param server the server to run
   * @param listens false for a server that is created and started but takes no connections
   * @param shutdown whether {@link #shutDownGracefully} waits for running requests
   */
  public KqueueWebServer(KqueueServer server, boolean listens, Shutdown shutdown) {
    this(server, listens, shutdown, ShutdownTimes.DEFAULTS, new EventStreams());
  }

  /**
   * @param server the server to run
   * @param listens false for a server that is created and started but takes no connections
   * @param shutdown whether {@link #shutDownGracefully} waits for running requests
   * @param times how long the steps of a graceful shutdown take
   * @param eventStreams the responses of the server that send events
   */
  public KqueueWebServer(
      KqueueServer server,
      boolean listens,
      Shutdown shutdown,
      ShutdownTimes times,
      EventStreams eventStreams) {
    Assert.notNull(server, "'server' must not be null");
    Assert.notNull(shutdown, "'shutdown' must not be null");
    Assert.notNull(times, "'times' must not be null");
    Assert.notNull(eventStreams, "'eventStreams' must not be null");
    this.server = server;
    this.listens = listens;
    this.shutdown = shutdown;
    this.times = times;
    this.eventStreams = eventStreams;
  }

  /** The server, for metrics and endpoints. This web server alone starts and stops it. */
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
      eventStreams.begin();
      gracefulShutdown = new GracefulShutdown(server, times, eventStreams);
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
    if (server.options().http2() != null) {
      HandlerTasks.watch();
      watchesTasks = true;
    }
  }

  /**
   * The first line that {@link #start()} logs: {@code Kqueue started on port 8080 (http)}, or
   * {@code Kqueue started on port 8443 (https), TLS by SunJSSE 17}. The platform and the limits are
   * a line of their own.
   */
  protected String getStartedLogMessage() {
    return listens
        ? "Kqueue started on " + StartReport.where(server, getPort()) + StartReport.tls(server)
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
        if (watchesTasks) {
          watchesTasks = false;
          HandlerTasks.unwatch();
        }
        if (gracefulShutdown != null) {
          gracefulShutdown.close();
        }
        releaseKeepAlive();
      }
    }
  }

  /**
   * Stops a server whose loops have failed, unless the server was started anew meanwhile. The JVM
   * stays alive until {@link #stop} or the next {@link #start}, because the exit code of a JVM that
   * ended here would be that of a success.
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

  /** The graceful shutdown of the current run; null if there is nothing to drain. */
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
