package io.kqueueserver.spring.http;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.HttpVersion;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

/**
 * The tasks of one handler on Reactor's schedulers. Reactor cancels a handler without waiting for a
 * task that runs, such as one that blocks. A cancelled handler therefore keeps the place of its
 * exchange until its tasks have ended. A task belongs to the handler whose callback or task has
 * scheduled it. Only exchanges over HTTP/2 have such a place.
 */
public final class HandlerTasks {
  private static final String HOOK = HandlerTasks.class.getName();

  private static final ThreadLocal<@Nullable HandlerTasks> CURRENT = new ThreadLocal<>();

  private static final AtomicIntegerFieldUpdater<HandlerTasks> RUNNING =
      AtomicIntegerFieldUpdater.newUpdater(HandlerTasks.class, "running");

  /** Number of servers that watch. Guarded by the class. */
  private static int watchers;

  private static volatile boolean watched;

  /** Number of tasks that run, and one more until the handler is cancelled. */
  @SuppressWarnings("UnusedVariable") // by RUNNING
  private volatile int running = 1;

  /** Gives the place back. Written before {@link #running} can become zero. */
  private @Nullable Runnable place;

  private HandlerTasks() {}

  /** Begins to watch Reactor's schedulers, for one server. */
  public static synchronized void watch() {
    if (watchers++ == 0) {
      Schedulers.onScheduleHook(HOOK, HandlerTasks::taskOfCurrent);
      watched = true;
    }
  }

  /** Ends the watch of one server. */
  public static synchronized void unwatch() {
    if (--watchers == 0) {
      watched = false;
      Schedulers.resetOnScheduleHook(HOOK);
    }
  }

  /** The tasks of the exchange's handler; null if its place is not to be kept. */
  static @Nullable HandlerTasks of(Exchange exchange) {
    return watched && exchange.request().version() == HttpVersion.HTTP_2
        ? new HandlerTasks()
        : null;
  }

  /** The tasks to which a task would belong that this thread schedules now; null for none. */
  static @Nullable HandlerTasks current() {
    return watched ? CURRENT.get() : null;
  }

  private static Runnable taskOfCurrent(Runnable task) {
    HandlerTasks current = CURRENT.get();
    return current == null ? task : new Task(current, task);
  }

  /** Makes what this thread schedules belong to {@code tasks}, unless they are null. */
  static @Nullable HandlerTasks enter(@Nullable HandlerTasks tasks) {
    if (tasks == null) {
      return null;
    }
    HandlerTasks outer = CURRENT.get();
    CURRENT.set(tasks);
    return outer;
  }

  /** Ends the effect of {@link #enter}, which has returned {@code outer}. */
  static void leave(@Nullable HandlerTasks tasks, @Nullable HandlerTasks outer) {
    if (tasks != null) {
      CURRENT.set(outer);
    }
  }

  /** Loop thread: the handler was cancelled, before its end. */
  void cancelled(Exchange exchange) {
    place = exchange.keepPlace();
    ended();
  }

  private void ended() {
    if (RUNNING.decrementAndGet(this) == 0 && place != null) {
      place.run();
    }
  }

  private record Task(HandlerTasks tasks, Runnable task) implements Runnable {
    @Override
    public void run() {
      RUNNING.incrementAndGet(tasks);
      HandlerTasks outer = enter(tasks);
      try {
        task.run();
      } finally {
        leave(tasks, outer);
        tasks.ended();
      }
    }
  }
}
