package io.kqueueserver.net;

import io.kqueueserver.loop.Deadline;
import java.util.concurrent.TimeUnit;

/**
 * The wait of one connection for a system that is out of buffers (ENOBUFS, ENOMEM): 1 ms, then
 * twice as long each time up to 100 ms, until a byte was sent. The write timeout runs meanwhile and
 * bounds the wait. Made at the first need. The loop's thread only.
 */
final class WriteRetry extends Deadline {
  private static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Connection connection;
  private final Runnable again;
  private long nextNanos = FIRST_NANOS;
  private boolean waits;

  /**
   * @param again the next try to send, which runs as the connection's own work
   */
  WriteRetry(Connection connection, Runnable again) {
    this.connection = connection;
    this.again = again;
  }

  /** Whether the next try is not due yet. */
  boolean waits() {
    return waits;
  }

  /** Puts the next try off. */
  void putOff() {
    connection.loop().stats().writesPutOff++;
    waits = true;
    connection.loop().deadline(this, connection.loop().now() + nextNanos);
    nextNanos = Math.min(2 * nextNanos, LONGEST_NANOS);
  }

  /** A byte was sent: the system has buffers again. */
  void succeeded() {
    nextNanos = FIRST_NANOS;
  }

  void cancel() {
    waits = false;
    connection.loop().cancel(this);
  }

  @Override
  protected void onDeadline(long nowNanos) {
    waits = false;
    connection.guarded(again);
  }
}
