package io.kqueueserver.net;

import io.kqueueserver.stats.ConnectionStats;
import io.kqueueserver.stats.LoopStats;

/**
 * What one connection holds in memory for its client: bytes read ahead and heads, what waits to be
 * sent, and what lies in between. The loop's counters are kept along. The loop's thread only.
 */
final class HeldBytes {
  private final LoopMemory memory;
  private final LoopStats loop;
  private final ConnectionStats stats;
  private final Outbound out;
  private final Transport transport;

  private long input;
  private long between;
  private boolean closed;
  private boolean paused;
  private boolean excused;

  // What was held, read and written when it last made progress; looked at only when memory is
  // tight.
  private long markNanos;
  private long markHeld;
  private long markRead;
  private long markWritten;

  HeldBytes(LoopMemory memory, ConnectionStats stats, Outbound out, Transport transport) {
    this.memory = memory;
    this.loop = memory.stats();
    this.stats = stats;
    this.out = out;
    this.transport = transport;
  }

  /** How much of the client's own bytes the handler holds now. */
  void input(long bytes) {
    if (!closed) {
      loop.readAheadBytes += bytes - input;
      boolean grown = bytes > input;
      input = bytes;
      if (grown) {
        memory.check();
      }
    }
  }

  /** Something between handler and connection holds so many more, or fewer, bytes of a response. */
  void between(long change) {
    if (!closed) {
      loop.stagedBytes += change;
      between += change;
      if (change > 0) {
        memory.check();
      }
    }
  }

  long bytes() {
    return input + between + out.counted() + transport.heldBytes();
  }

  /** The connection is closed: all is given up. */
  void close() {
    input(0);
    between(-between);
    closed = true;
  }

  /** True if it was not paused before. */
  boolean pause() {
    boolean before = paused;
    paused = true;
    return !before;
  }

  void resume() {
    paused = false;
    excused = false;
  }

  /** Whether the peer is silent because reading is paused for want of memory; once per pause. */
  boolean excusesSilence() {
    boolean first = paused && !excused;
    excused |= paused;
    return first;
  }

  /**
   * Whether it holds bytes and has made no progress for so long: an eighth of them was neither sent
   * nor given back, nor were as many read, which takes that those before them were consumed. A byte
   * now and then is no progress. For what has grown by an eighth the time begins anew: the peer is
   * not to blame for how long a handler took to respond.
   */
  boolean isStuck(long now, long nanos) {
    long held = bytes();
    boolean progress =
        held == 0
            || markHeld == 0
            || Math.abs(held - markHeld) >= (markHeld + 7) / 8
            || stats.bytesRead - markRead >= held
            || stats.bytesWritten - markWritten >= (held + 7) / 8;
    if (progress) {
      markNanos = now;
      markHeld = held;
      markRead = stats.bytesRead;
      markWritten = stats.bytesWritten;
      return false;
    }
    return now - markNanos >= nanos;
  }
}
