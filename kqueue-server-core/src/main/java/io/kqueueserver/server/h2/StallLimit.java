package io.kqueueserver.server.h2;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * The time that a stream may wait for flow control without progress. While the server holds more
 * than three quarters of its bound on memory, the time is {@value #TIGHT_SECONDS} s at most. The
 * loop's thread only.
 */
final class StallLimit {
  static final long TIGHT_SECONDS = 20;

  /** 1 s: how often a wait beyond the short time is checked, because memory may become tight. */
  static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final long nanos;
  private final long tightNanos;
  private final BooleanSupplier isTight;

  /**
   * Makes a limit.
   *
   * @param nanos the limit while memory is not tight
   * @param isTight whether memory is tight now
   */
  StallLimit(long nanos, BooleanSupplier isTight) {
    this.nanos = nanos;
    this.tightNanos = Math.min(nanos, TimeUnit.SECONDS.toNanos(TIGHT_SECONDS));
    this.isTight = isTight;
  }

  /** The begin of a wait that is just too long now. */
  long tooLongSince(long now) {
    return now - (isTight.getAsBoolean() ? tightNanos : nanos);
  }

  /** Whether a wait is too long. */
  boolean isOver(long since, long now) {
    return since - tooLongSince(now) <= 0;
  }

  /** The time at which a wait that is not too long must be checked again. */
  long nextLook(long since, long now) {
    long beyond = now - since - tightNanos;
    if (beyond < 0) {
      return since + tightNanos;
    }
    return Math.min(since + nanos, now + LOOK_NANOS - beyond % LOOK_NANOS);
  }
}
