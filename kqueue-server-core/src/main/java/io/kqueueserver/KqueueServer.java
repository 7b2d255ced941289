package io.kqueueserver;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.server.OptionBounds;
import io.kqueueserver.server.ServerOptions;
import io.kqueueserver.server.WireLog;
import io.kqueueserver.socket.ListenSocket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP server on kqueue event loops, made by {@link #builder()}. A server may be started,
 * stopped and started again. All methods may be called from any thread but the server's own loops.
 * Stopping a stopped server does nothing.
 */
public final class KqueueServer {
  /** 30 s: longer than a stop takes with all loops blocked and a slow listener. */
  private static final long STOP_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final ServerOptions options;
  private @Nullable RunningServer running;
  private volatile @Nullable Throwable failure;

  /** The thread that stops the server now; null if no stop is under way. */
  private @Nullable Thread stopping;

  KqueueServer(ServerOptions options) {
    this.options = options;
  }

  public static KqueueServerBuilder builder() {
    return new KqueueServerBuilder();
  }

  /**
   * Loads and links the native library in the background, so that {@link #start} finds it loaded.
   * The first use of the library in a JVM costs a few hundred milliseconds. A failure is reported
   * by {@link #start}.
   */
  public static void preload(NativeOptions natives) {
    Native.preload(natives);
  }

  /**
   * Binds and serves. Returns when connections are accepted. Does nothing if the server is running,
   * and waits for a stop that is under way. A failed start leaves no thread and no descriptor, and
   * may be repeated.
   *
   * @throws io.kqueueserver.ffi.NativeException if the port cannot be bound; the message names
   *     call, address and errno
   * @throws io.kqueueserver.ffi.NativeUnavailableException if the native library cannot be used
   */
  public synchronized void start() {
    awaitStop(); // that run has the port, and listeners are notified of its end before this start
    if (running == null) {
      failure = null;
      WireLog.announce(options.loops().name(), options.wireLog());
      running = RunningServer.start(options, this::failed);
    }
  }

  /**
   * Stops at once and resets open exchanges. On return all descriptors are closed and all threads
   * have ended. Does nothing if the server is not running, and waits for another stop that is under
   * way.
   */
  public void stop() {
    RunningServer server;
    synchronized (this) {
      server = running;
      if (server == null) {
        awaitStop();
        return;
      }
      forget();
    }
    end(server);
  }

  private synchronized void forget() {
    running = null;
    stopping = Thread.currentThread();
  }

  private void end(RunningServer server) {
    try {
      server.stop();
    } finally {
      stopped();
    }
  }

  /**
   * The loops of a run have failed for good: notifies the listener, then stops the run. Does
   * nothing if that run was stopped meanwhile.
   */
  private void failed(RunningServer run, Throwable cause) {
    synchronized (this) {
      if (running != run) {
        return;
      }
      failure = cause;
    }
    try {
      options.listener().onFailed(cause);
    } finally {
      stop(run);
    }
  }

  private void stop(RunningServer run) {
    synchronized (this) {
      if (running != run) {
        return;
      }
      forget();
    }
    end(run);
  }

  /** The failure of the event loops that has ended the last run; null if no such failure has. */
  public @Nullable Throwable failure() {
    return failure;
  }

  private synchronized void stopped() {
    if (stopping == Thread.currentThread()) {
      stopping = null;
      notifyAll();
    }
  }

  /**
   * Waits until a stop that is under way has ended. Returns at once within a callback of that stop,
   * and early if the thread is interrupted.
   */
  private synchronized void awaitStop() {
    long deadline = System.nanoTime() + STOP_NANOS;
    try {
      while (stopping != null && stopping != Thread.currentThread()) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return;
        }
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Stops accepting, closes idle connections, and answers running exchanges with {@code Connection:
   * close}. Returns at once.
   *
   * @param whenIdle runs once, on any thread, when the last exchange has ended or at {@link
   *     #stop()}; runs at once if the server is not running
   */
  public void drain(Runnable whenIdle) {
    drain(Duration.ZERO, whenIdle);
  }

  /**
   * As {@link #drain(Runnable)}, but only after a period in which the server goes on to accept and
   * to answer, while those who send requests learn that the server is leaving. HTTP/1 responses say
   * {@code Connection: close} from the beginning of the period, and HTTP/2 connections get their
   * GOAWAY at its end. Another call during the period ends the period, if its own is zero.
   *
   * @param acceptPeriod zero or less for none
   */
  public void drain(Duration acceptPeriod, Runnable whenIdle) {
    RunningServer server = current();
    if (server == null) {
      whenIdle.run();
    } else {
      server.drain(OptionBounds.nanos(acceptPeriod), whenIdle);
    }
  }

  /** Number of exchanges between their head and the last byte of their response. */
  public int activeExchanges() {
    RunningServer server = current();
    return server == null ? 0 : server.activeExchanges();
  }

  /** Number of open connections. */
  public int connections() {
    RunningServer server = current();
    return server == null ? 0 : server.connections();
  }

  /** The bound TCP port; {@link ListenSocket#NO_PORT}, which is -1, while not listening. */
  public int port() {
    RunningServer server = current();
    return server == null ? ListenSocket.NO_PORT : server.port();
  }

  /** The current run, for observers; null if the server is not running. */
  public @Nullable RunningServer running() {
    return current();
  }

  public ServerOptions options() {
    return options;
  }

  private synchronized @Nullable RunningServer current() {
    return running;
  }
}
