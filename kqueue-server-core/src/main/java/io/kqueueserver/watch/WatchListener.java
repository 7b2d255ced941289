package io.kqueueserver.watch;

/**
 * Notified of the changes of one watched path. A listener is called off the event loop, by one
 * thread at a time and in order. Exceptions of a listener are logged. While a listener blocks,
 * changes are merged for its next call.
 */
@FunctionalInterface
public interface WatchListener {
  void onChanges(FileChanges changes);

  /**
   * A part of the path cannot be watched, for example for want of descriptors. The same error is
   * reported once. The watch goes on and looks again at every poll interval.
   */
  default void onError(WatchException error) {}
}
