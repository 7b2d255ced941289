package io.kqueueserver.net;

import io.kqueueserver.stats.ConnectionStats;
import io.kqueueserver.stats.LoopStats;

/**
 * The bytes that one connection holds in memory for its client: bytes read ahead, heads, unsent
 * bytes, and bytes between handler and connection. The loop's counters are kept in step. The loop's
 * thread only.
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

  // The bytes held, read and written at the last progress; used only when memory is tight.
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

  /** Sets how many of the client's bytes the handler holds now. */
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

  /** Adds to the count of response bytes held between handler and connection. */
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

  /** The connection is closed: it holds no bytes any more. */
  void close() {
    input(0);
    between(-between);
    closed = true;
  }

  /** Pauses reading. Returns true if reading was not paused before. */
  boolean pause() {
    boolean before = paused;
    paused = true;
    return !before;
  }

  void resume() {
    paused = false;
    excused = false;
  }

  /**
   * Takes the excuse of a silent peer: that reading is paused for want of memory. Returns true once
   * per pause.
   */
  boolean takeExcuse() {
    boolean first = paused && !excused;
    excused |= paused;
    return first;
  }

  /**
   * Whether the connection holds bytes and has made no progress for {@code nanos}. Progress means
   * that an eighth of the held bytes was sent or released, or that as many bytes were read, which
   * takes that earlier bytes were consumed. A byte now and then is no progress. If the held bytes
   * grow by an eighth, the time begins anew, because the handler and not the peer was slow.
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
