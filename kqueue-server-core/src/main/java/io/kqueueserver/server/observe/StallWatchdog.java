package io.kqueueserver.server.observe;

import io.kqueueserver.ip.IpText;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.loop.Turn;
import io.kqueueserver.net.ConnectionView;
import io.kqueueserver.stats.CurrentRequest;
import io.kqueueserver.stats.RequestWork;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks from outside, four times in a threshold, whether a loop has been in one turn for longer
 * than that, and writes down whose fault it was. Reads one opaque field per loop; a loop pays with
 * one store of a reference per callback of a request. A loop that waits in kevent has that field at
 * zero and is never looked at; and what was found is dropped unless the field is the same before
 * and after the stack was taken, so that a stack is always of the turn it is blamed for.
 */
public final class StallWatchdog implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(StallWatchdog.class);

  private static final long SHORTEST_TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long LONGEST_TICK_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How often the windows of the loops move on, so that a first reader finds the last minute. */
  private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(15);

  /** A warm-up that lasts for so many thresholds is a warning, too: it may never end. */
  private static final int LONGEST_WARM_UP = 5;

  /** Longer paths are cut: they come from outside, and one line is for all. */
  private static final int MAX_PATH = 256;

  /** A stall that goes on, per loop. */
  private static final class Watched {
    final LoopView view;
    long since;
    @Nullable Stall stall;
    boolean warned;

    Watched(LoopView view) {
      this.view = view;
    }
  }

  private final List<Watched> loops;
  private final StallLog stalls;
  private final long thresholdNanos;
  private final long tickNanos;
  private final Thread thread;
  private final StallReports reports = new StallReports();
  private long before;
  private long window;
  private volatile boolean running = true;
  private long nextId = 1;

  public StallWatchdog(String name, List<LoopView> loops, StallLog stalls, long thresholdNanos) {
    this.loops = loops.stream().map(Watched::new).toList();
    this.stalls = stalls;
    this.thresholdNanos = thresholdNanos;
    this.tickNanos =
        Math.max(SHORTEST_TICK_NANOS, Math.min(LONGEST_TICK_NANOS, thresholdNanos / 4));
    this.thread = new Thread(this, name + "-watchdog");
    thread.setDaemon(true);
  }

  public void start() {
    thread.start();
  }

  /** Ends the thread; returns when it is gone or a second has passed. */
  public void stop() {
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
    CompilerLoad compilers = new CompilerLoad();
    before = System.nanoTime();
    window = before;
    while (running) {
      LockSupport.parkNanos(this, tickNanos);
      try {
        tick(compilers);
      } catch (Throwable e) {
        report(e);
      }
    }
  }

  private void tick(CompilerLoad compilers) {
    long now = System.nanoTime();
    // Who overslept by a threshold was stopped together with everybody else, by a collection or
    // by the machine. A turn that is still the same at the next look was not merely that.
    boolean stoppedWorld = now - before - tickNanos > thresholdNanos / 2;
    boolean compiling = compilers.wasHigh(now - before);
    before = now;
    boolean windowIsDue = now - window >= WINDOW_NANOS;
    if (windowIsDue) {
      window = now;
    }
    for (Watched loop : loops) {
      try {
        if (windowIsDue) {
          loop.view.window();
        }
        look(loop, stoppedWorld, compiling);
      } catch (RuntimeException | Error e) {
        report(e);
      }
    }
  }

  /** To say so may fail for want of memory, like what is reported: the watchdog goes on. */
  private static void report(Throwable failure) {
    try {
      log.error("the watchdog failed; it goes on", failure);
    } catch (Throwable e) {
      // the next look is a tick away
    }
  }

  private void look(Watched watched, boolean stoppedWorld, boolean compiling) {
    EventLoop loop = watched.view.loop();
    long since = loop.turn().busySince();
    Stall known = watched.stall;
    if (known != null && since != watched.since) {
      // Ended since the last look: a tick ago at most.
      store(
          watched,
          known.ended(Math.max(known.span().durationNanos(), endedBy(watched, since))),
          false);
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
    boolean runnable = owner.getState() == Thread.State.RUNNABLE;
    Sight sight = Sight.of(loop.turn(), owner);
    Stall.Culprit culprit = known == null ? culprit(watched.view, sight) : Stall.Culprit.TASK;
    if (loop.turn().busySince() != since) {
      return; // it came to an end while we looked: what we have may be of another turn
    }
    if (known != null) {
      Stall later = known.seenAgain(busy, sight.stack);
      store(watched, later, false);
      if (!watched.warned && busy > LONGEST_WARM_UP * thresholdNanos) {
        watched.warned = true;
        reports.blocked(later);
      }
    } else {
      watched.since = since;
      StallCause cause = StallCause.of(sight.stack, runnable, compiling);
      Stall found = found(watched.view, busy, cause, sight.stack, culprit);
      store(watched, found, true);
      watched.warned = !cause.isWarmUp();
      reports.found(found);
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

  /** What a loop is at: the stack of its thread, with the connection and request of that stack. */
  private record Sight(List<StackTraceElement> stack, long udata, @Nullable RequestWork request) {
    /** A turn of many short callbacks is sometimes between two of them, and hardly three times. */
    private static final int MOST_LOOKS = 3;

    static Sight of(Turn turn, Thread owner) {
      for (int look = 1; ; look++) {
        long udata = turn.runningUdata();
        RequestWork request = turn.runningRequest();
        List<StackTraceElement> stack = List.of(owner.getStackTrace());
        boolean same = udata == turn.runningUdata() && request == turn.runningRequest();
        if (same || look == MOST_LOOKS) {
          return new Sight(stack, udata, request);
        }
      }
    }
  }

  private static Stall.Culprit culprit(LoopView view, Sight sight) {
    ConnectionView connection = sight.udata == 0 ? null : view.connection((int) sight.udata);
    if (connection != null && connection.udata() != sight.udata) {
      connection = null; // its own handler closed it, and its slot is another connection's now
    }
    CurrentRequest request = null;
    if (sight.request != null) {
      request = sight.request.observed();
    } else if (connection != null) {
      request = connection.requests().only(); // in the connection's own code, on its behalf
    }
    return new Stall.Culprit(
        connection == null ? -1 : connection.socket().fd(),
        connection == null ? null : IpText.of(connection.socket().peer()),
        request == null ? null : described(request));
  }

  private static Stall.Request described(CurrentRequest request) {
    return new Stall.Request(
        request.method(), cut(request.path()), request.streamId(), request.handler());
  }

  private Stall found(
      LoopView view,
      long busy,
      StallCause cause,
      List<StackTraceElement> stack,
      Stall.Culprit culprit) {
    return new Stall(
        nextId++,
        new Stall.Where(view.number(), view.name()),
        new Stall.Span(Instant.now().minusNanos(busy), busy, true),
        cause,
        new Stall.Stacks(stack, stack),
        culprit);
  }

  private static String cut(String path) {
    return path.length() <= MAX_PATH ? path : path.substring(0, MAX_PATH) + "...";
  }
}
