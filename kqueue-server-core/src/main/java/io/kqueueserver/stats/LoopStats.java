package io.kqueueserver.stats;

/**
 * The counters of one loop. Every field is written by the loop's thread alone, plainly; anyone may
 * read them, racily. Reads lag a little and are not consistent with each other, which is what
 * metrics need.
 */
public final class LoopStats {
  public long turns;
  public long readEvents;
  public long writeEvents;
  public long staleEvents;
  public long failedChanges;
  public long tasks;
  public long handlerErrors;

  public long accepted;
  public long acceptPauses;
  public long handedOver;
  public long requests;
  public long bytesRead;
  public long bytesWritten;
  public long sendfileBytes;

  /** Time from the return of one poll to the start of the next: the work of a turn. */
  public final Histogram turn = new Histogram();

  /** Time inside poll. */
  public final Histogram poll = new Histogram();

  private final long[] closed = new long[CloseReason.values().length];
  private final long[] limits = new long[64];

  public void closed(CloseReason reason) {
    closed[reason.ordinal()]++;
  }

  public long closedCount(CloseReason reason) {
    return closed[reason.ordinal()];
  }

  /**
   * Counts one crossing of a limit, by the ordinal of the layer's own enum: this leaf knows no
   * layer.
   */
  public void limitHit(Enum<?> limit) {
    limits[limit.ordinal()]++;
  }

  public long limitHits(Enum<?> limit) {
    return limits[limit.ordinal()];
  }
}
