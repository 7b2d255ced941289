package io.kqueueserver.watch;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.loop.LoopListener;
import io.kqueueserver.queue.Kqueues;
import io.kqueueserver.stats.WatchStats;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of a watcher: its thread, event loop and descriptors. Any thread. */
final class WatchLoop {
  private static final Logger log = LoggerFactory.getLogger(WatchLoop.class);

  /** 30 s: how long a caller waits for a thread that a file system may hold up. */
  private static final long WAIT_SECONDS = 30;

  private static final long JOIN_MILLIS = 2_000;

  private final EventLoop loop;
  private final Nodes nodes;
  private final WatchStats stats;
  private final WatchOptions options;
  private final Executor executor;
  private final Thread thread;
  private volatile @Nullable Throwable failure;

  /**
   * Opens the queue. {@link #start} starts the thread.
   *
   * @param onEnd called on the loop's thread at its very end
   */
  WatchLoop(
      WatchOptions options,
      Native natives,
      WatchStats stats,
      Executor executor,
      Consumer<WatchLoop> onEnd) {
    this.options = options;
    this.stats = stats;
    this.executor = executor;
    String name = options.name() + "-watch";
    LoopListener listener =
        new LoopListener() {
          @Override
          public void onError(EventLoop failed, Throwable error) {
            failure = error;
          }
        };
    loop = new EventLoop(name, Kqueues.open(natives), System::nanoTime, listener);
    nodes = new Nodes(loop, natives, options.maxDescriptors(), stats);
    thread =
        new Thread(
            () -> {
              loop.run();
              stats.watches = 0;
              stats.polledWatches = 0;
              onEnd.accept(this);
            },
            name);
    thread.setDaemon(true);
  }

  void start() {
    try {
      thread.start();
    } catch (Throwable e) { // no thread could be started: the loop ends on this thread
      loop.shutdown();
      loop.run();
      throw e;
    }
  }

  EventLoop loop() {
    return loop;
  }

  Nodes nodes() {
    return nodes;
  }

  WatchStats stats() {
    return stats;
  }

  WatchOptions options() {
    return options;
  }

  Executor executor() {
    return executor;
  }

  Thread thread() {
    return thread;
  }

  /** The failure that ended the loop; null after a shutdown. */
  @Nullable Throwable failure() {
    return failure;
  }

  /** Runs the task on the loop soon. Returns false if the loop has ended. */
  boolean execute(Runnable task) {
    return loop.execute(task);
  }

  /**
   * Runs the task on the loop and returns when it is done.
   *
   * @return false if the task will not run, or is not done within 30 seconds, or this thread is
   *     interrupted; in the last two cases the task may still run later
   */
  boolean call(Runnable task) {
    if (loop.inLoop()) {
      task.run();
      return true;
    }
    CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    Runnable reporting =
        () -> {
          try {
            task.run();
            done.complete(null);
          } catch (Throwable e) {
            done.completeExceptionally(e);
          }
        };
    if (!loop.execute(reporting)) {
      return false;
    }
    try {
      done.get(WAIT_SECONDS, TimeUnit.SECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof WatchException refused) {
        throw refused;
      }
      throw new IllegalStateException("the watcher's thread failed", e.getCause());
    }
  }

  /**
   * Ends the loop. On return the thread has ended and the descriptors are closed, unless a file
   * system holds the thread up.
   */
  void stop() {
    loop.shutdown();
    join(thread);
  }

  static void join(Thread thread) {
    if (thread == Thread.currentThread()) {
      return; // called by a callback on the loop, which ends when the callback returns
    }
    boolean interrupted = false;
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(JOIN_MILLIS);
    for (long left = 1; left > 0 && thread.isAlive(); left = end - System.nanoTime()) {
      try {
        TimeUnit.NANOSECONDS.timedJoin(thread, end - System.nanoTime());
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (thread.isAlive()) {
      log.error("{} does not end: a file system does not answer it", thread.getName());
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
