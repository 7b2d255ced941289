package io.kqueueserver.stats;

/**
 * The counters of one file watcher. Every field is written by the watcher's thread alone, plainly;
 * anyone may read them, racily.
 */
public final class WatchStats {
  /** Watches open now. */
  public long watches;

  /**
   * Watches now that also look at every poll interval, since the system does not report all
   * changes.
   */
  public long polledWatches;

  /** Descriptors held open now. */
  public long descriptors;

  /** Events from the kernel. */
  public long events;

  /** Looks at a watched path, and all entries of a directory. */
  public long rescans;

  /** Changes reported. */
  public long changes;

  /** Reports merged into one that still waited for a slow listener. */
  public long merged;

  /** Times that more changed than is kept for a slow listener. */
  public long overflows;

  /** Errors passed to listeners. */
  public long errors;

  /** Callbacks that threw. */
  public long callbackFailures;
}
