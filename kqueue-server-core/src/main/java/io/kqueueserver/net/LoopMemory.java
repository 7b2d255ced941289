package io.kqueueserver.net;

import io.kqueueserver.loop.Deadline;
import io.kqueueserver.loop.EventHandler;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.DescriptorKind;
import io.kqueueserver.stats.LoopStats;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One loop's part in the {@link MemoryBound}. Above three quarters of the bound, connections that
 * hold more than the average are not read, and reads are short. At the bound, no connection that
 * holds bytes is read, and the largest connection without progress is reset. A quarter above the
 * bound, the loop reads only until its part has grown by one step between two looks, and
 * connections without progress have less time. The loop's thread only, unless a method is marked
 * otherwise.
 */
public final class LoopMemory {
  private static final Logger log = LoggerFactory.getLogger(LoopMemory.class);

  /** 250 ms: how often a loop looks again while memory is tight. */
  private static final long LOOK_NANOS = 250_000_000;

  /** 5 s: how long a connection may make no progress at the bound before it is reset. */
  private static final long STUCK_NANOS = 5_000_000_000L;

  /** 1 s: the same while the server holds more than it may and would hold still more. */
  private static final long STUCK_NANOS_IN_NEED = 1_000_000_000L;

  /** No connection is read, not even one that holds nothing. */
  private static final long READ_NOTHING = -1;

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

  /** The size of this loop's part at which the sum is computed next. */
  private long lookAt;

  private boolean tight;

  /** Connections that hold more bytes than this are not read; {@link #READ_NOTHING} for none. */
  private long readMost = Long.MAX_VALUE;

  private final List<Connection> paused = new ArrayList<>();

  /** Connections whose handlers may not write more yet. */
  private final Queue<Outbound> awaiting = new ArrayDeque<>();

  private long lastWarning = Long.MIN_VALUE / 2;

  /**
   * The size of the connection that this loop would reset next; 0 for none. Other loops read it.
   */
  private volatile long largestStuck;

  /** Makes a loop's part in a bound. */
  public LoopMemory(MemoryBound bound, EventLoop loop) {
    this.bound = bound;
    this.loop = loop;
    this.lookAt = bound.step();
    bound.add(this);
  }

  /** Computes the sum if this loop's part has grown. Called after each change. */
  void check() {
    long own = loop.stats().heldBytes();
    if (own > lookAt) {
      lookAt = own + bound.step();
      long held = bound.heldBytes();
      if (tight && held > bound.mostBytes()) {
        // Each request that is read, each handler that writes on, could be more bytes that wait.
        // The next look lets the loop grow by one more step, so that what does not wait is served.
        readMost = READ_NOTHING;
      } else if (!tight && held > bound.tightBytes()) {
        bound.tighten();
      }
    } else if (own < lookAt - 2 * bound.step()) {
      lookAt = own + bound.step();
    }
  }

  /** Memory is tight: makes the loop look soon. Any thread. */
  void tightenSoon() {
    if (loop.inLoop()) {
      tighten();
    } else {
      loop.execute(this::tighten);
    }
  }

  /** The first look follows at once, but not within the callback whose bytes were too many. */
  private void tighten() {
    if (!tight) {
      tight = true;
      readMost = bound.average(bound.heldBytes());
      loop.deadline(again, loop.now());
    }
  }

  /** Whether the server holds more than three quarters of its bound: reads are to be short. */
  public boolean isTight() {
    return tight;
  }

  /** Whether a connection may read. If not, the connection is resumed when it may. */
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

  /** Whether a handler may write more. If not, it is called back when it may. */
  boolean mayWrite(Outbound out) {
    if (readMost != READ_NOTHING) {
      return true;
    }
    if (bound.heldBytes() < bound.maxBytes()) {
      readMost = 0;
      return true;
    }
    if (out.awaitMemory()) {
      awaiting.add(out);
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
      boolean grows = readMost == READ_NOTHING;
      long average = bound.average(held);
      warn(held);
      if (held < bound.maxBytes()) {
        readMost = average;
        giveUpStuck(STUCK_NANOS, average, 0);
      } else {
        readMost = 0;
        giveUpStuck(
            grows ? STUCK_NANOS_IN_NEED : STUCK_NANOS,
            average,
            held - (grows ? bound.tightBytes() : bound.maxBytes()) + 1);
      }
    }
    resumePaused();
    resumeAwaiting();
  }

  private void resumeAwaiting() {
    for (int i = awaiting.size(); i > 0 && readMost != READ_NOTHING; i--) {
      awaiting.remove().resume();
    }
  }

  private void resumePaused() {
    paused.removeIf(this::goesOn); // if one throws, all stay, and the next look tries again
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
   * Resets the largest stuck connections, as long as no other loop has a larger one. Connections
   * that hold less than the average are spared: a long poll holds its head, and nothing else.
   */
  private void giveUpStuck(long nanos, long average, long excess) {
    List<Connection> stuck = new ArrayList<>();
    for (EventHandler handler : loop.handlers()) {
      if (handler instanceof ConnectionEvents events
          && events.connection().held.isStuck(loop.now(), nanos)
          && events.connection().held.bytes() >= average) {
        stuck.add(events.connection());
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

  /** The size of the largest stuck connection; 0 while a handler blocks the loop. Any thread. */
  long largestStuck() {
    return loop.isBusyLongerThan(4 * LOOK_NANOS) ? 0 : largestStuck;
  }

  /** Number of the loop's connections. Any thread. */
  int connections() {
    return loop.stats().registered(DescriptorKind.CONNECTION);
  }

  /** The loop's counters. Any thread. */
  LoopStats stats() {
    return loop.stats();
  }
}
