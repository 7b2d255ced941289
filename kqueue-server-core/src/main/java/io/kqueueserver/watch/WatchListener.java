package io.kqueueserver.watch;

/**
 * Hears of one watched path. Called off the event loop, by one thread at a time and in order. What
 * it throws is logged; while it blocks, changes are merged for its next call.
 */
@FunctionalInterface
public interface WatchListener {
  void onChanges(FileChanges changes);

  /**
   * Something cannot be watched as it should, such as for want of descriptors. Told once; the watch
   * goes on, looks again at every poll interval, and reports what it finds.
   */
  default void onError(WatchException error) {}
}
