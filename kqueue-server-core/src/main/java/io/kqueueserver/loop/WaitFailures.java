package io.kqueueserver.loop;

import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.stats.LoopStats;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Judges the failed waits of one loop. Most pass: they are counted, logged, and the wait is tried
 * again. A queue whose number or memory is wrong, or that fails again and again, is beyond hope.
 * The loop's thread only, but for {@link #warn}.
 */
final class WaitFailures {
  private static final Logger log = LoggerFactory.getLogger(EventLoop.class);

  /**
   * So many failures without a successful wait between them are hopeless. With the pauses between
   * them they take half a second, which a shortage of kernel memory may well last.
   */
  static final int HOPELESS_IN_A_ROW = 10;

  /** Before the third of a row; it doubles from there, so that no failure makes the loop spin. */
  private static final long FIRST_PAUSE_NANOS = 1_000_000;

  private static final long WARN_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** Errors by which the queue's number is another descriptor's, or its arguments are wrong. */
  private static final Set<String> HOPELESS = Set.of("EBADF", "EFAULT", "EINVAL");

  private final String loop;
  private final LoopStats stats;
  private int inARow;
  private long lastWarning;
  private int silenced = -1;

  WaitFailures(String loop, LoopStats stats) {
    this.loop = loop;
    this.stats = stats;
  }

  void succeeded() {
    inARow = 0;
  }

  /**
   * Counts a failure, and returns when the wait may be tried again.
   *
   * @throws NativeException the failure itself if there is no hope
   */
  void survive(NativeException failure) {
    stats.queueFailures++;
    inARow++;
    if (inARow >= HOPELESS_IN_A_ROW || HOPELESS.contains(failure.errnoName())) {
      inARow = 0; // the successor begins anew
      throw failure;
    }
    warn(failure, "the wait is tried again");
    if (inARow > 1) {
      LockSupport.parkNanos(this, FIRST_PAUSE_NANOS << (inARow - 2));
    }
  }

  /** One line in ten seconds. Any thread. */
  synchronized void warn(NativeException failure, String retried) {
    long now = System.nanoTime();
    if (silenced >= 0 && now - lastWarning < WARN_INTERVAL_NANOS) {
      silenced++;
      return;
    }
    String more = silenced > 0 ? " (" + silenced + " more since the last such line)" : "";
    silenced = 0;
    lastWarning = now;
    log.warn("{}: {}; {}{}", loop, failure.getMessage(), retried, more);
  }
}
