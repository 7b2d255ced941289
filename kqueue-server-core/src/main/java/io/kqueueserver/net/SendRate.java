package io.kqueueserver.net;

import io.kqueueserver.loop.Deadline;
import java.util.concurrent.TimeUnit;

/**
 * The measure of the bytes that a peer takes against a {@link MinRate}, while bytes wait for room
 * in its socket. A measure begins when bytes first wait, and ends a second after the last byte that
 * waits was taken: an application under backpressure writes the next bytes only then. Time without
 * a waiting byte does not count.
 *
 * <p>Kernels report room in steps, and a receiver opens its window in steps. So time counts up to
 * the last progress only, and the average is checked a grace period after a progress, when a peer
 * that has only paused has taken more. A peer without any progress meets the write timeout. The
 * loop's thread only.
 */
final class SendRate {
  /** 1 s: waits with less between them are one. */
  private static final long BETWEEN_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final MinRate rate;
  private final long graceNanos;
  private long begun = Deadline.NEVER;
  private long before;
  private long seen;
  private long progress;
  private long due = Deadline.NEVER;

  /** The time since which no byte waits; NEVER while bytes wait. */
  private long idleSince = Deadline.NEVER;

  SendRate(MinRate rate) {
    this.rate = rate;
    this.graceNanos = rate.allowedNanos(0);
  }

  /**
   * Bytes wait for room.
   *
   * @param taken number of bytes that the kernel has taken since the connection began
   * @return whether {@link #due} was set
   */
  boolean waits(long taken, long now) {
    if (idleSince != Deadline.NEVER) {
      begun = now - idleSince < BETWEEN_NANOS ? begun + (now - idleSince) : Deadline.NEVER;
      idleSince = Deadline.NEVER;
    }
    if (begun == Deadline.NEVER) {
      begun = now;
      before = taken;
      seen = taken;
    } else if (taken > seen) {
      seen = taken;
      progress = now;
      if (due == Deadline.NEVER) {
        due = now + graceNanos;
        return true;
      }
    }
    return false;
  }

  /** No byte waits for room. */
  void ended(long now) {
    if (begun != Deadline.NEVER && idleSince == Deadline.NEVER) {
      idleSince = now;
      due = Deadline.NEVER;
    }
  }

  /** The time at which {@link #isTooLow} must be called next; {@link Deadline#NEVER} for none. */
  long due() {
    return due;
  }

  /** Checks the average. The next progress sets the time of the next check. */
  boolean isTooLow() {
    due = Deadline.NEVER;
    return idleSince == Deadline.NEVER && progress - begun > rate.allowedNanos(seen - before);
  }
}
