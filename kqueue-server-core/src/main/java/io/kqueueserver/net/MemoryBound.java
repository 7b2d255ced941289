package io.kqueueserver.net;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The bound on the bytes that a server holds for all of its clients, beside the bounds of each
 * connection. The loops' own counters are summed up when one of them has grown by a share of the
 * bound. No counter is shared, and the sum lags by less than a sixteenth of the bound. Any thread.
 */
public final class MemoryBound {
  /** 32: a loop computes the sum when it has grown by its share of this part of the bound. */
  private static final int LOOKS = 32;

  private final long maxBytes;
  private final int loops;

  /** The loops' parts; filled before the loops run, and not changed afterwards. */
  private final List<LoopMemory> members = new CopyOnWriteArrayList<>();

  /**
   * Makes a bound.
   *
   * @param maxBytes the maximum number of held bytes
   * @param loops the number of loops
   */
  public MemoryBound(long maxBytes, int loops) {
    this.maxBytes = maxBytes;
    this.loops = loops;
  }

  void add(LoopMemory member) {
    members.add(member);
  }

  /** How many bytes a loop may grow before it computes the sum. */
  long step() {
    return Math.max(1, maxBytes / LOOKS / loops);
  }

  public long maxBytes() {
    return maxBytes;
  }

  /** The number of held bytes above which reading pauses. */
  long tightBytes() {
    return maxBytes / 4 * 3;
  }

  /** The number of held bytes above which a loop that grows stops reading. */
  long mostBytes() {
    return maxBytes / 4 * 5;
  }

  /** Number of bytes that all loops hold now. */
  public long heldBytes() {
    long held = 0;
    for (LoopMemory member : members) {
      held += member.stats().heldBytes();
    }
    return held;
  }

  /** The average number of bytes that an open connection holds; at least 1. */
  long average(long held) {
    long open = 0;
    for (LoopMemory member : members) {
      open += member.connections();
    }
    return Math.max(1, held / Math.max(1, open));
  }

  /** Whether no other loop has a stuck connection larger than {@code bytes}. */
  boolean isLargest(LoopMemory candidate, long bytes) {
    for (LoopMemory member : members) {
      if (member != candidate && member.largestStuck() > bytes) {
        return false;
      }
    }
    return true;
  }

  /** Notifies every loop that memory is tight. */
  void tighten() {
    members.forEach(LoopMemory::tightenSoon);
  }
}
