package io.kqueueserver.net;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The one bound on the bytes a server holds for its clients, whatever bounds each connection has.
 * The loops' own counters are summed up when one of them has grown by a share of the bound, so no
 * counter is shared: the sum lags by less than a sixteenth of the bound. Any thread.
 */
public final class MemoryBound {
  /** A loop looks at the sum each time it has grown by its share of this part of the bound. */
  private static final int LOOKS = 32;

  private final long maxBytes;
  private final int loops;

  /** Filled before the loops run, and never changed after. */
  private final List<LoopMemory> members = new CopyOnWriteArrayList<>();

  /**
   * Makes a bound.
   *
   * @param maxBytes the most that may be held
   * @param loops how many loops there are
   */
  public MemoryBound(long maxBytes, int loops) {
    this.maxBytes = maxBytes;
    this.loops = loops;
  }

  void add(LoopMemory member) {
    members.add(member);
  }

  /** How much a loop may grow before it looks at the sum. */
  long step() {
    return Math.max(1, maxBytes / LOOKS / loops);
  }

  public long maxBytes() {
    return maxBytes;
  }

  /** Where reading begins to pause. */
  long tightBytes() {
    return maxBytes / 4 * 3;
  }

  /** What all loops hold now. */
  public long heldBytes() {
    long held = 0;
    for (LoopMemory member : members) {
      held += member.stats().heldBytes();
    }
    return held;
  }

  /** What a connection holds on average, of those that are open; at least 1. */
  long average(long held) {
    long open = 0;
    for (LoopMemory member : members) {
      open += member.connections();
    }
    return Math.max(1, held / Math.max(1, open));
  }

  /** Whether no other loop has a larger connection to give up than that. */
  boolean isLargest(LoopMemory candidate, long bytes) {
    for (LoopMemory member : members) {
      if (member != candidate && member.largestStuck() > bytes) {
        return false;
      }
    }
    return true;
  }

  /** Tells every loop that memory is tight. */
  void tighten() {
    members.forEach(LoopMemory::tightenSoon);
  }
}
