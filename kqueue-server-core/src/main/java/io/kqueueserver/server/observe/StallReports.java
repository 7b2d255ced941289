package io.kqueueserver.server.observe;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log lines about stalls. A stall of the application is logged as a warning with its stack; a
 * stall by the first run of code is logged as a note. Each of the two kinds gets one line in ten
 * seconds, because a handler that blocks every request would fill the disk. The watchdog's thread
 * only.
 */
final class StallReports {
  private static final Logger log = LoggerFactory.getLogger(StallWatchdog.class);

  private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** The time of the last line of a kind, and the number of lines omitted since. */
  private static final class Pace {
    private long last;
    private int silenced = -1;

    /** Returns whether a line may be written, or counts it as omitted. */
    boolean admit() {
      long now = System.nanoTime();
      if (silenced >= 0 && now - last < INTERVAL_NANOS) {
        silenced++;
        return false;
      }
      last = now;
      return true;
    }

    String more() {
      String more = silenced > 0 ? " (" + silenced + " more since the last such line)" : "";
      silenced = 0;
      return more;
    }
  }

  /** Carries a stack to the log. */
  private static final class LoopStack extends Throwable {
    private static final long serialVersionUID = 1L;

    LoopStack(String thread, List<StackTraceElement> stack) {
      super("stack of " + thread, null, false, true);
      setStackTrace(stack.toArray(StackTraceElement[]::new));
    }
  }

  private final Pace warnings = new Pace();
  private final Pace notes = new Pace();

  /** Reports a stall when it is found. */
  void found(Stall stall) {
    if (!stall.cause().isWarmUp()) {
      blocked(stall);
    } else if (notes.admit()) {
      log.info(
          "{} was held up for {} ms by {}, {}. This is usual when code runs for the first time, and"
              + " does not come again{}",
          stall.where().thread(),
          TimeUnit.NANOSECONDS.toMillis(stall.span().durationNanos()),
          culprit(stall),
          stall.cause().phrase(),
          notes.more());
      log.debug("its stack", new LoopStack(stall.where().thread(), stall.stacks().first()));
    }
  }

  /** Warns of a stall, with the stack of the last look. */
  void blocked(Stall stall) {
    if (!warnings.admit()) {
      return;
    }
    log.warn(
        "{} has been blocked for {} ms by {}: all its connections wait. Move what blocks to another"
            + " thread, for example with publishOn(Schedulers.boundedElastic()){}",
        stall.where().thread(),
        TimeUnit.NANOSECONDS.toMillis(stall.span().durationNanos()),
        culprit(stall),
        warnings.more(),
        new LoopStack(stall.where().thread(), stall.stacks().last()));
  }

  private static String culprit(Stall stall) {
    Stall.Culprit culprit = stall.culprit();
    Stall.Request request = culprit.request();
    if (request == null) {
      return culprit.fd() < 0 ? "a task" : "the connection on fd " + culprit.fd();
    }
    String target = request.method() + " " + request.path();
    return request.handler() == null ? target : target + " in " + request.handler();
  }
}
