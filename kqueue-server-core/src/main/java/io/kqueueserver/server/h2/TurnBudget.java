package io.kqueueserver.server.h2;

import io.kqueueserver.stats.LoopStats;

/**
 * How much one turn of the loop does for one connection, so that other connections get their turns:
 * {@value #STREAMS} new streams, and {@value #BYTES} bytes written by handlers. A handler that has
 * begun is not interrupted, so the last of a turn may write beyond that. The loop's thread only.
 */
final class TurnBudget {
  private static final int STREAMS = 32;

  /** 64 KiB: as much as waits in frames. */
  private static final long BYTES = 64 * 1024;

  private final LoopStats loop;
  private long turn;
  private int streams;
  private long bytes;

  TurnBudget(LoopStats loop) {
    this.loop = loop;
  }

  /** A stream has begun. */
  void streamBegun() {
    enter();
    streams++;
  }

  /** A handler has written to a stream: bytes, and what they take besides. */
  void written(long weight) {
    enter();
    bytes += weight;
  }

  /** Whether the rest of the work waits for the next turn. */
  boolean isSpent() {
    enter();
    return streams >= STREAMS || bytes >= BYTES;
  }

  private void enter() {
    if (loop.turns != turn) {
      turn = loop.turns;
      streams = 0;
      bytes = 0;
    }
  }
}
