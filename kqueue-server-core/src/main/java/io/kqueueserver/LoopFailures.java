package io.kqueueserver;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.loop.Spares;
import io.kqueueserver.queue.Kqueue;
import io.kqueueserver.queue.Kqueues;
import io.kqueueserver.server.LoopOptions;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replaces the failed loops of one server. Gives the server up after three replacements in a
 * minute, or if a loop could not be replaced. Any thread.
 */
final class LoopFailures implements Spares {
  private static final Logger log = LoggerFactory.getLogger(RunningServer.class);

  /** 3: with this many replacements of any loops within the window the server is given up. */
  static final int MAX_REPLACEMENTS = 3;

  private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final Native natives;
  private final LoopOptions options;
  private final Consumer<Throwable> onGivenUp;
  private final ArrayDeque<Long> replacements = new ArrayDeque<>();
  private boolean givenUp;

  /**
   * Makes the replacer of a run.
   *
   * @param onGivenUp called once, on a thread of its own, with the last failure
   */
  LoopFailures(Native natives, LoopOptions options, Consumer<Throwable> onGivenUp) {
    this.natives = natives;
    this.options = options;
    this.onGivenUp = onGivenUp;
  }

  @Override
  public synchronized boolean mayReplace() {
    return !givenUp;
  }

  @Override
  public Kqueue openQueue() {
    return Kqueues.open(natives, options.isCrowded());
  }

  @Override
  public Thread newThread(Runnable loop, String name) {
    return options.threads().newThread(loop, name);
  }

  @Override
  public synchronized void onReplaced(EventLoop loop, Throwable cause) {
    long now = System.nanoTime();
    while (!replacements.isEmpty() && now - replacements.getFirst() > WINDOW_NANOS) {
      replacements.removeFirst();
    }
    replacements.addLast(now);
    if (replacements.size() >= MAX_REPLACEMENTS) {
      giveUp(MAX_REPLACEMENTS + " event loops were replaced within a minute", cause);
    }
  }

  @Override
  public synchronized void onLost(EventLoop loop, Throwable cause) {
    giveUp(loop.name() + " could not be replaced", cause);
  }

  private void giveUp(String why, Throwable cause) {
    if (givenUp) {
      return;
    }
    log.error("{}: {}; the server stops. The last failure: {}", options.name(), why, cause, cause);
    // On a thread of its own, because the end of the server waits for the end of this loop. The
    // thread is not a daemon, as it might be by inheritance, so that the process cannot end before
    // the application is notified. If no thread can be started, the next failure gives up again.
    Thread thread = new Thread(() -> onGivenUp.accept(cause), options.name() + "-failure");
    thread.setDaemon(false);
    thread.start();
    givenUp = true;
  }
}
