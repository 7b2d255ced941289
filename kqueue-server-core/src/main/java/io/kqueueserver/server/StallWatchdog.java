package io.kqueueserver.server;

import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.net.ConnectionView;
import io.kqueueserver.stats.CurrentRequest;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks from outside, four times in a threshold, whether a loop has been in one turn for longer
 * than that, and writes down whose fault it was. Reads one opaque field per loop; loops pay
 * nothing. A loop that waits in kevent has that field at zero and is never looked at; and what was
 * found is dropped unless the field is the same before and after the stack was taken, so that a
 * stack is always of the turn it is blamed for.
 */
final class StallWatchdog implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(StallWatchdog.class);

  private static final long SHORTEST_TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long LONGEST_TICK_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long WARN_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** Longer paths are cut: they come from outside, and one line is for all. */
  private static final int MAX_PATH = 256;

  /** A stall that goes on, per loop. */
  private static final class Watched {
    final LoopView view;
    long since;
    @Nullable Stall stall;

    Watched(LoopView view) {
      this.view = view;
    }
  }

  /** Carries a stack into the log. */
  private static final class LoopStack extends Throwable {
    private static final long serialVersionUID = 1L;

    LoopStack(String thread, List<StackTraceElement> stack) {
      super("stack of " + thread, null, false, true);
      setStackTrace(stack.toArray(StackTraceElement[]::new));
    }
  }

  private final List<Watched> loops;
  private final StallLog stalls;
  private final long thresholdNanos;
  private final long tickNanos;
  private final Thread thread;
  private volatile boolean running = true;
  private long nextId = 1;
  private long lastWarning;
  private int silenced = -1;

  StallWatchdog(String name, List<LoopView> loops, StallLog stalls, long thresholdNanos) {
    this.loops = loops.stream().map(Watched::new).toList();
    this.stalls = stalls;
    this.thresholdNanos = thresholdNanos;
    this.tickNanos =
        Math.max(SHORTEST_TICK_NANOS, Math.min(LONGEST_TICK_NANOS, thresholdNanos / 4));
    this.thread = new Thread(this, name + "-watchdog");
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Ends the thread; returns when it is gone or a second has passed. */
  void stop() {
    running = false;
    LockSupport.unpark(thread);
    try {
      thread.join(1_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void run() {
    long before = System.nanoTime();
    while (running) {
      LockSupport.parkNanos(this, tickNanos);
      long now = System.nanoTime();
      // Who overslept by a threshold was stopped together with everybody else, by a collection or
      // by the machine. A turn that is still the same at the next look was not merely that.
      boolean stoppedWorld = now - before - tickNanos > thresholdNanos / 2;
      before = now;
      for (Watched loop : loops) {
        try {
          look(loop, stoppedWorld);
        } catch (RuntimeException | Error e) {
          log.error("the watchdog failed on {}; it goes on", loop.view.name(), e);
        }
      }
    }
  }

  private void look(Watched watched, boolean stoppedWorld) {
    EventLoop loop = watched.view.loop();
    long since = loop.busySince();
    Stall known = watched.stall;
    if (known != null && since != watched.since) {
      // Ended since the last look: a tick ago at most.
      store(watched, known.ended(Math.max(known.durationNanos(), endedBy(watched, since))), false);
      watched.stall = null;
      known = null;
    }
    long busy = System.nanoTime() - since;
    if (since == 0 || busy <= thresholdNanos || (stoppedWorld && known == null)) {
      return;
    }
    Thread owner = loop.thread();
    if (owner == null) {
      return;
    }
    List<StackTraceElement> stack = List.of(owner.getStackTrace());
    ConnectionView connection = known == null ? connection(watched.view) : null;
    if (loop.busySince() != since) {
      return; // it came to an end while we looked: what we have may be of another turn
    }
    if (known != null) {
      store(watched, known.seenAgain(busy, stack), false);
    } else {
      watched.since = since;
      Stall found = found(watched.view, busy, stack, connection);
      store(watched, found, true);
      warn(found);
    }
  }

  /** The turn that follows begins when the stuck one has ended; if none has, now is near enough. */
  private static long endedBy(Watched watched, long nextSince) {
    return (nextSince == 0 ? System.nanoTime() : nextSince) - watched.since;
  }

  private void store(Watched watched, Stall stall, boolean isNew) {
    watched.stall = stall;
    watched.view.stalled(stall, isNew);
    if (isNew) {
      stalls.add(stall);
    } else {
      stalls.replace(stall);
    }
  }

  private static @Nullable ConnectionView connection(LoopView view) {
    long udata = view.loop().runningUdata();
    ConnectionView connection = udata == 0 ? null : view.connection((int) udata);
    // Its own handler may have closed it: its slot is nobody's then, or another's.
    return connection == null || connection.udata() != udata ? null : connection;
  }

  private Stall found(
      LoopView view,
      long busy,
      List<StackTraceElement> stack,
      @Nullable ConnectionView connection) {
    CurrentRequest request = connection == null ? null : connection.request();
    return new Stall(
        nextId++,
        view.number(),
        view.name(),
        Instant.now().minusNanos(busy),
        busy,
        true,
        stack,
        stack,
        connection == null ? -1 : connection.fd(),
        connection == null ? null : connection.peer().toString(),
        request == null ? null : request.method(),
        request == null ? null : cut(request.path()),
        request == null ? null : request.handler());
  }

  private static String cut(String path) {
    return path.length() <= MAX_PATH ? path : path.substring(0, MAX_PATH) + "...";
  }

  /** One line in ten seconds: who blocks every request would fill the disk otherwise. */
  private void warn(Stall stall) {
    long now = System.nanoTime();
    if (silenced >= 0 && now - lastWarning < WARN_INTERVAL_NANOS) {
      silenced++;
      return;
    }
    String more = silenced > 0 ? " (" + silenced + " more since the last such line)" : "";
    silenced = 0;
    lastWarning = now;
    log.warn(
        "{} has been blocked for {} ms by {}: all its connections wait. Move what blocks to another"
            + " thread, for example with publishOn(Schedulers.boundedElastic()){}",
        stall.thread(),
        TimeUnit.NANOSECONDS.toMillis(stall.durationNanos()),
        culprit(stall),
        more,
        new LoopStack(stall.thread(), stall.firstStack()));
  }

  private static String culprit(Stall stall) {
    if (stall.method() == null) {
      return stall.fd() < 0 ? "a task" : "the connection on fd " + stall.fd();
    }
    String request = stall.method() + " " + stall.path();
    return stall.handler() == null ? request : request + " in " + stall.handler();
  }
}
