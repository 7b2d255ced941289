package io.kqueueserver.stats;

/**
 * Counters of TLS of one loop. As with {@link LoopStats}, of which it is part: written by the
 * loop's thread alone, read racily by anyone.
 */
public final class TlsStats {
  /** From the first byte of a client to the end of its handshake; of those that succeeded. */
  public final Histogram handshake = new Histogram();

  /** Number of handshakes that have resumed an earlier session. */
  public long resumed;

  /** Handshakes under way, from the first byte. */
  public int handshaking;

  /** Connections that ended without the peer's close_notify. */
  public long truncated;

  /**
   * Ciphertext kept for connections: records not yet complete, and those the socket did not take.
   */
  public long keptBytes;

  private final long[] failures = new long[TlsFailure.values().length];

  public void failed(TlsFailure reason) {
    failures[reason.ordinal()]++;
  }

  public long failures(TlsFailure reason) {
    return failures[reason.ordinal()];
  }
}
