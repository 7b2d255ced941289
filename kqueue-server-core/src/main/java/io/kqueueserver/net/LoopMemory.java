package io.kqueueserver.net;

import io.kqueueserver.loop.Deadline;
import io.kqueueserver.loop.EventHandler;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.DescriptorKind;
import io.kqueueserver.stats.LoopStats;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One loop's part in the {@link MemoryBound}. Above three quarters of it, connections that hold
 * more than the average are not read, and reads are short; at the bound, no connection that holds
 * anything is read, and the largest that has made no progress is reset. The loop's thread only,
 * unless a method says otherwise.
 */
public final class LoopMemory {
  private static final Logger log = LoggerFactory.getLogger(LoopMemory.class);

  /** How often a loop looks again while memory is tight. */
  private static final long LOOK_NANOS = 250_000_000;

  /** How long a connection may hold what it holds, at the bound, before it is reset. */
  private static final long STUCK_NANOS = 5_000_000_000L;

  private static final long WARN_INTERVAL_NANOS = 10_000_000_000L;

  private final class Look extends Deadline {
    @Override
    protected void onDeadline(long nowNanos) {
      look();
    }
  }

  private final MemoryBound bound;
  private final EventLoop loop;
  private final Look again = new Look();

  /** At which size of this loop's part the sum is looked at next. */
  private long lookAt;

  private boolean tight;

  /** Connections that hold more are not read. */
  private long readMost = Long.MAX_VALUE;

  private final List<Connection> paused = new ArrayList<>();
  private long lastWarning = Long.MIN_VALUE / 2;

  /** What this loop would give up next; 0 for nothing. Read by the other loops. */
  private volatile long largestStuck;

  /** Joins a bound. */
  public LoopMemory(MemoryBound bound, EventLoop loop) {
    this.bound = bound;
    this.loop = loop;
    this.lookAt = bound.step();
    bound.add(this);
  }

  /** Looks at the sum if this loop's part has grown; called wherever it may have. */
  void check() {
    long own = loop.stats().heldBytes();
    if (own > lookAt) {
      lookAt = own + bound.step();
      if (!tight && bound.heldBytes() > bound.tightBytes()) {
        bound.tighten();
      }
    } else if (own < lookAt - 2 * bound.step()) {
      lookAt = own + bound.step();
    }
  }

  /** Any thread. */
  void tightenSoon() {
    if (loop.inLoop()) {
      tighten();
    } else {
      loop.execute(this::tighten);
    }
  }

  private void tighten() {
    if (!tight) {
      tight = true;
      look();
    }
  }

  /** Whether reads are to be short. */
  boolean isTight() {
    return tight;
  }

  /** Whether a connection may read; if not, the connection is notified when it may. */
  boolean mayRead(Connection connection) {
    if (!tight || connection.held.bytes() <= readMost) {
      return true;
    }
    if (connection.held.pause()) {
      loop.stats().readPauses++;
      paused.add(connection);
    }
    return false;
  }

  private void look() {
    long held = bound.heldBytes();
    if (held <= bound.tightBytes()) {
      tight = false;
      largestStuck = 0;
      readMost = Long.MAX_VALUE;
    } else {
      loop.deadline(again, loop.now() + LOOK_NANOS);
      boolean full = held >= bound.maxBytes();
      long average = bound.average(held);
      readMost = full ? 0 : average;
      warn(held);
      giveUpStuck(average, full ? held - bound.maxBytes() + 1 : 0);
    }
    resumePaused();
  }

  private void resumePaused() {
    paused.removeIf(this::goesOn); // if one fails none is forgotten, and the next look tries again
  }

  private boolean goesOn(Connection connection) {
    if (!connection.isOpen()) {
      return true;
    }
    if (connection.held.bytes() > readMost) {
      return false;
    }
    connection.resumeInput();
    connection.held.resume();
    return true;
  }

  /**
   * Resets the largest that are stuck, as long as no other loop has a larger one. Those that hold
   * less than the average are not to blame: a long poll holds its head, and nothing else.
   */
  private void giveUpStuck(long average, long excess) {
    List<Connection> stuck = new ArrayList<>();
    for (EventHandler handler : loop.handlers()) {
      if (handler instanceof Connection connection
          && connection.held.isStuck(loop.now(), STUCK_NANOS)
          && connection.held.bytes() >= average) {
        stuck.add(connection);
      }
    }
    stuck.sort(Comparator.comparingLong((Connection c) -> c.held.bytes()).reversed());
    long freed = 0;
    for (Connection connection : stuck) {
      long bytes = connection.held.bytes();
      largestStuck = bytes;
      if (freed >= excess || !bound.isLargest(this, bytes)) {
        return;
      }
      freed += bytes;
      connection.reset(CloseReason.MEMORY);
    }
    largestStuck = 0;
  }

  private void warn(long held) {
    if (loop.now() - lastWarning >= WARN_INTERVAL_NANOS) {
      lastWarning = loop.now();
      log.warn(
          "{}: {} bytes are held for clients, of {} that may be (max-held-bytes): reading pauses"
              + " where most is held, and at the bound the largest that are stuck are reset",
          loop.name(),
          held,
          bound.maxBytes());
    }
  }

  /** Nothing while a handler blocks the loop: it could give up nothing. Any thread. */
  long largestStuck() {
    return loop.isBusyLongerThan(4 * LOOK_NANOS) ? 0 : largestStuck;
  }

  /** Any thread. */
  int connections() {
    return loop.stats().registered(DescriptorKind.CONNECTION);
  }

  /** Any thread. */
  LoopStats stats() {
    return loop.stats();
  }
}
