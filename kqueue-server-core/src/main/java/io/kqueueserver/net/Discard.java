package io.kqueueserver.net;

import io.kqueueserver.stats.Limit;
import org.jspecify.annotations.Nullable;

/**
 * The measure of one connection's discarded input against {@link Discarding}. A measure holds no
 * bytes. Its clock stands still while bytes of a response wait to be sent, since the write timeout
 * is the bound then. The loop's thread only.
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

  /** Counts discarded bytes. Returns false above the limit. */
  public boolean took(int count) {
    bytes += count;
    connection.loop().stats().bytesDiscarded += count;
    if (bounds.maxBytes() < 0 || bytes <= bounds.maxBytes()) {
      return true;
    }
    connection.loop().limitHit(Limit.DISCARD_SIZE);
    return false;
  }

  /** The last waiting bytes were sent just now: the clock starts again. */
  void outputDrained() {
    begin(connection.loop().now());
  }

  /** The time at which {@link #checkBounds} must be called next. */
  public long due() {
    return Math.min(rateDue, Math.min(begun + timeoutNanos, quietSince() + idleNanos));
  }

  /** Checks the bounds of time. Counts a bound that was met, and returns whether one was. */
  public boolean checkBounds() {
    long now = connection.loop().now();
    if (connection.pendingBytes() > 0) {
      begin(now);
      return false;
    }
    Limit met = met(now);
    rateDue = now + graceNanos;
    // A client that sends nothing after the server's FIN, and only does not close, met no bound.
    if (met != null && (bytes > 0 || connection.isOpen())) {
      connection.loop().limitHit(met);
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
