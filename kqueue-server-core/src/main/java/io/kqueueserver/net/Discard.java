package io.kqueueserver.net;

import io.kqueueserver.stats.Limit;
import org.jspecify.annotations.Nullable;

/**
 * Input of one connection that is being thrown away, measured against {@link Discarding}. It holds
 * no bytes. While bytes of a response wait to be sent its clock stands still: the write timeout is
 * the bound then. The loop's thread only.
 */
public final class Discard {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final Connection connection;
  private final Discarding bounds;
  private final long timeoutNanos;
  private final long idleNanos;
  private final long graceNanos;
  private long begun;
  private long rateDue;
  private long bytes;
  private long bytesBefore;

  Discard(Connection connection, Discarding bounds) {
    this.connection = connection;
    this.bounds = bounds;
    this.timeoutNanos = bounds.timeout().toNanos();
    this.idleNanos = bounds.idleTimeout().toNanos();
    this.graceNanos = Math.min(Discarding.RATE_GRACE.toNanos(), idleNanos);
    begin(connection.loop().now());
  }

  private void begin(long now) {
    begun = now;
    rateDue = now + graceNanos;
    bytesBefore = bytes;
  }

  /** Counts bytes that were thrown away; false if they are more than may be. */
  public boolean took(int count) {
    bytes += count;
    connection.loop().stats().bytesDiscarded += count;
    if (bounds.maxBytes() < 0 || bytes <= bounds.maxBytes()) {
      return true;
    }
    connection.loop().stats().limitHit(Limit.DISCARD_SIZE);
    return false;
  }

  /** The last bytes that waited were sent just now: its clock has stood still until here. */
  void outputDrained() {
    begin(connection.loop().now());
  }

  /** When to look at {@link #isOver} next. */
  public long due() {
    return Math.min(rateDue, Math.min(begun + timeoutNanos, quietSince() + idleNanos));
  }

  /** Whether a bound of time was met, which is counted then. */
  public boolean isOver() {
    long now = connection.loop().now();
    if (connection.pendingBytes() > 0) {
      begin(now);
      return false;
    }
    Limit met = met(now);
    rateDue = now + graceNanos;
    // A client that sends nothing after our FIN, and only does not close, met no bound.
    if (met != null && (bytes > 0 || connection.isOpen())) {
      connection.loop().stats().limitHit(met);
    }
    return met != null;
  }

  private long quietSince() {
    return Math.max(begun, connection.stats().lastActiveNanos);
  }

  private @Nullable Limit met(long now) {
    long elapsed = now - begun;
    if (elapsed >= timeoutNanos) {
      return Limit.DISCARD_TIMEOUT;
    }
    long since = bytes - bytesBefore;
    double least = (double) bounds.minBytesPerSecond() * elapsed / NANOS_PER_SECOND;
    if (elapsed >= graceNanos && since > 0 && since < least) {
      return Limit.DISCARD_RATE;
    }
    return now - quietSince() >= idleNanos ? Limit.DISCARD_IDLE_TIMEOUT : null;
  }
}
