package io.kqueueserver;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.server.ServerOptions;
import io.kqueueserver.server.WireLog;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP server on kqueue event loops. Made by {@link #builder()}; may be started, stopped and
 * started again. All methods may be called from any thread but its own loops, and close twice is a
 * no-op.
 */
public final class KqueueServer {
  /** Longer than a stop takes whose loops are all blocked, and whose listener is slow. */
  private static final long STOP_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final ServerOptions options;
  private @Nullable RunningServer running;
  private volatile @Nullable Throwable failure;

  /** Who stops it now. */
  private @Nullable Thread stopping;

  KqueueServer(ServerOptions options) {
    this.options = options;
  }

  public static KqueueServerBuilder builder() {
    return new KqueueServerBuilder();
  }

  /**
   * Loads and links the native library in the background, so that {@link #start} finds it ready:
   * the first use of it in a JVM costs a few hundred milliseconds. Failures are reported by start.
   */
  public static void preload(NativeOptions natives) {
    Native.preload(natives);
  }

  /**
   * Binds and serves; returns when connections are accepted. Does nothing if it is running; waits
   * for a stop that is under way. If it fails, nothing is left behind and it may be tried again.
   *
   * @throws io.kqueueserver.ffi.NativeException naming call, address and errno if the port cannot
   *     be had
   * @throws io.kqueueserver.ffi.NativeUnavailableException if the native library cannot be used
   */
  public synchronized void start() {
    awaitStop(); // it still has the port, and listeners hear of its end before our beginning
    if (running == null) {
      failure = null;
      WireLog.announce(options.loops().name(), options.wireLog());
      running = RunningServer.start(options, this::failed);
    }
  }

  /**
   * Stops at once: open exchanges are broken off; all descriptors and threads are gone on return.
   * Does nothing if it is not running; waits for another stop that is under way.
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
   * The loops of a run have failed for good: tells the listener, then stops what is left of that
   * run. One that was stopped meanwhile needs neither, and the next has nothing to do with it.
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

  /**
   * Why the last run ended by itself, its event loops having failed for good; null if it did not.
   */
  public @Nullable Throwable failure() {
    return failure;
  }

  private synchronized void stopped() {
    if (stopping == Thread.currentThread()) {
      stopping = null;
      notifyAll();
    }
  }

  /** Returns at once within a callback of that stop, and early if interrupted. */
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
   * close}. Returns at once; {@code whenIdle} runs once, on any thread, when the last exchange has
   * ended or {@link #stop()} came first; at once if the server is not running.
   */
  public void drain(Runnable whenIdle) {
    RunningServer server = current();
    if (server == null) {
      whenIdle.run();
    } else {
      server.drain(whenIdle);
    }
  }

  /** Exchanges between their head and the last byte of their response. */
  public int activeExchanges() {
    RunningServer server = current();
    return server == null ? 0 : server.activeExchanges();
  }

  /** Connections open now. */
  public int connections() {
    RunningServer server = current();
    return server == null ? 0 : server.connections();
  }

  /** The bound TCP port; -1 while not listening. */
  public int port() {
    RunningServer server = current();
    return server == null ? -1 : server.port();
  }

  /** The running loops, for observers; null while not running. */
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
