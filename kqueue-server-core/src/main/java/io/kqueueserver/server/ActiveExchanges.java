package io.kqueueserver.server;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Counts a server's exchanges between their head and their last byte, and keeps whether they are
 * the last of their connections. A request whose body is collected before an upgrade counts, too.
 * Each loop counts for itself ({@link OfLoop}), so that no request writes memory of other loops.
 * Any thread.
 *
 * <p>Loops begin and end exchanges while the sum is computed. Both counts of a loop only grow, and
 * all ends are read before all begins: where the sums are equal, there was a moment between the
 * reads without an exchange.
 */
public final class ActiveExchanges {
  private final List<OfLoop> loops = new CopyOnWriteArrayList<>();

  /** The counts of threads that are no loop. */
  private final AtomicLong begun = new AtomicLong();

  private final AtomicLong ended = new AtomicLong();

  private final AtomicReference<@Nullable Runnable> whenIdle = new AtomicReference<>();

  /** Whether a drain is near, so that each response announces the end of its connection. */
  private volatile boolean last;

  /** The exchanges of one loop. The loop's thread only. */
  public static final class OfLoop {
    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);

    /** 128 bytes: two lines of a cache, of which some processors fetch pairs. */
    private static final int PADDING = 128 / Long.BYTES;

    private static final int BEGUN = PADDING;
    private static final int ENDED = PADDING + 1;

    private final ActiveExchanges all;

    /** The two counts amidst memory that nothing writes, wherever the collector moves the array. */
    private final long[] counts = new long[ENDED + 1 + PADDING];

    private OfLoop(ActiveExchanges all) {
      this.all = all;
    }

    public void begin() {
      COUNT.setRelease(counts, BEGUN, counts[BEGUN] + 1);
    }

    public void end() {
      // Volatile: of a loop that ends its last exchange and a drain that begins, one sees the
      // other.
      COUNT.setVolatile(counts, ENDED, counts[ENDED] + 1);
      all.ended();
    }

    /** Whether a response should announce the end of its connection. */
    public boolean announcesEnd() {
      return all.last;
    }

    private long count(int which) {
      return (long) COUNT.getVolatile(counts, which);
    }
  }

  /** The counter of one more loop. */
  OfLoop newLoop() {
    OfLoop loop = new OfLoop(this);
    loops.add(loop);
    return loop;
  }

  /** Counts an exchange that is not on a loop yet. */
  public void begin() {
    begun.incrementAndGet();
  }

  /** What {@link #begin()} has counted has ended, or is on a loop. */
  public void end() {
    ended.incrementAndGet();
    ended();
  }

  /** Responses announce from now on that their connection ends. */
  public void announceEnd() {
    last = true;
  }

  public int count() {
    long count = -ended.get();
    for (OfLoop loop : loops) {
      count -= loop.count(OfLoop.ENDED);
    }
    count += begun.get();
    for (OfLoop loop : loops) {
      count += loop.count(OfLoop.BEGUN);
    }
    return (int) count;
  }

  /**
   * Runs the action once when no exchange is active, perhaps at once. Replaces an action that has
   * not run.
   */
  public void whenIdle(Runnable action) {
    whenIdle.set(action);
    ended();
  }

  private void ended() {
    if (whenIdle.get() != null && count() == 0) {
      run(whenIdle.getAndSet(null));
    }
  }

  private static void run(@Nullable Runnable action) {
    if (action != null) {
      action.run();
    }
  }
}
