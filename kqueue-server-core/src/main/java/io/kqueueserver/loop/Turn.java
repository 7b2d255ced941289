package io.kqueueserver.loop;

import io.kqueueserver.stats.RequestWork;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The turn a loop is in: its time, and the handler and the request that run. Written by the loop's
 * thread without a fence; observers on other threads see it soon, which is all that a watchdog
 * needs.
 */
public final class Turn {
  private static final VarHandle BUSY_SINCE;

  static {
    try {
      BUSY_SINCE = MethodHandles.lookup().findVarHandle(Turn.class, "busySince", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final LongSupplier clock;

  /** When the turn began; 0 while the loop waits. */
  @SuppressWarnings("UnusedVariable") // through BUSY_SINCE
  private volatile long busySince;

  /** The udata of the handler that runs; 0 for none. A number, since a store of one is free. */
  private long runningUdata;

  /** The request whose callback runs; null for none. A callback may end it and still run. */
  private @Nullable RequestWork runningRequest;

  private long now;

  Turn(LongSupplier clock) {
    this.clock = clock;
    this.now = clock.getAsLong();
  }

  /** The loop's thread: a turn begins now. */
  void begin() {
    now = clock.getAsLong();
    // A turn that begins at time 0 of some clock must still read as busy.
    BUSY_SINCE.setOpaque(this, now == 0 ? 1 : now);
  }

  /** The loop's thread: the turn is over, and the loop waits. */
  void end() {
    BUSY_SINCE.setOpaque(this, 0L);
    runningRequest = null;
  }

  /** The loop's thread: when the turn began, in nanoseconds of the loop's clock. */
  long now() {
    return now;
  }

  /** The handler of this udata runs from here on. The loop's thread only. */
  void running(long udata) {
    runningUdata = udata;
  }

  /** The udata of the handler that runs; 0 for none. Any thread. */
  public long runningUdata() {
    return runningUdata;
  }

  /** A callback of this request runs from here on. The loop's thread only. */
  @Nullable RequestWork running(@Nullable RequestWork request) {
    RequestWork outer = runningRequest;
    if (outer != request) {
      runningRequest = request;
    }
    return outer;
  }

  /** The request whose callback runs; null for none. Any thread. */
  public @Nullable RequestWork runningRequest() {
    return runningRequest;
  }

  /** When the turn began; 0 while the loop waits. Any thread. */
  public long busySince() {
    return (long) BUSY_SINCE.getOpaque(this);
  }

  /** How long the turn has lasted, at least 1; 0 while the loop waits. Any thread. */
  public long busyNanos() {
    long since = busySince();
    return since == 0 ? 0 : Math.max(1, clock.getAsLong() - since);
  }
}
