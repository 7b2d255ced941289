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
 * Finds loops that have been in one turn for longer than the threshold, and records the stack and
 * the request of such a turn. The watchdog looks four times in a threshold, from outside. It reads
 * one opaque field per loop; a loop pays one store of a reference per callback of a request. The
 * field of a loop that waits in kevent is zero. A stack is dropped unless the field is the same
 * before and after the stack was taken, so that a stack always belongs to its turn.
 */
public final class StallWatchdog implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(StallWatchdog.class);

  private static final long SHORTEST_TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long LONGEST_TICK_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** 15 s: how often the loops' windows advance, so that a first reader finds the last minute. */
  private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(15);

  /** 5: a warm-up of this many thresholds is a warning, too, because it may never end. */
  private static final int LONGEST_WARM_UP = 5;

  /** 256: most characters of a path, which comes from outside. */
  private static final int MAX_PATH = 256;

  /** The current stall of a loop. */
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
  private final EventRecorder recorder;
  private final long thresholdNanos;
  private final long tickNanos;
  private final Thread thread;
  private final StallReports reports = new StallReports();
  private long before;
  private long window;
  private volatile boolean running = true;
  private long nextId = 1;

  public StallWatchdog(
      String name,
      List<LoopView> loops,
      StallLog stalls,
      EventRecorder recorder,
      long thresholdNanos) {
    this.loops = loops.stream().map(Watched::new).toList();
    this.stalls = stalls;
    this.recorder = recorder;
    this.thresholdNanos = thresholdNanos;
    this.tickNanos =
        Math.max(SHORTEST_TICK_NANOS, Math.min(LONGEST_TICK_NANOS, thresholdNanos / 4));
    this.thread = new Thread(this, name + "-watchdog");
    thread.setDaemon(true);
  }

  public void start() {
    thread.start();
  }

  /** Ends the thread. Returns when the thread has ended or a second has passed. */
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
    // If this thread has overslept, all threads were stopped, by a collection or by the machine. A
    // turn that is the same at the next look has another cause.
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

  /** Logs a failure. The log may fail for want of memory, too; the watchdog goes on. */
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
      // The stall has ended since the last look, a tick ago at most.
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
      return; // the turn has ended during the look: the stack may be of another turn
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

  /** The end of a stuck turn: the begin of the next turn, or the current time if there is none. */
  private static long endedBy(Watched watched, long nextSince) {
    return (nextSince == 0 ? System.nanoTime() : nextSince) - watched.since;
  }

  private void store(Watched watched, Stall stall, boolean isNew) {
    watched.stall = stall;
    watched.view.stalled(stall, isNew);
    if (isNew || !stall.span().ongoing()) {
      recorder.onStall(stall);
    }
    if (isNew) {
      stalls.add(stall);
    } else {
      stalls.replace(stall);
    }
  }

  /** The stack of a loop's thread, with the connection and the request of that stack. */
  private record Sight(List<StackTraceElement> stack, long udata, @Nullable RequestWork request) {
    /** 3 looks: a turn of many short callbacks may be between two callbacks, but hardly 3 times. */
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
      connection = null; // its handler has closed it, and another connection has the slot
    }
    CurrentRequest request = null;
    if (sight.request != null) {
      request = sight.request.observed();
    } else if (connection != null) {
      request = connection.requests().only(); // the connection's own code runs for this request
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
