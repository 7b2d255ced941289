package io.kqueueserver.stats;

/** Counters of one connection; written by its loop, read racily by observers. Kept in its slot. */
public final class ConnectionStats {
  public final long openedNanos;
  public long lastActiveNanos;
  public long bytesRead;
  public long bytesWritten;
  public int requests;

  /** Bytes of responses, files included, that the kernel has not taken. */
  public long queuedBytes;

  public ConnectionStats(long nowNanos) {
    openedNanos = nowNanos;
    lastActiveNanos = nowNanos;
  }
}
