package io.kqueueserver.watch;

import io.kqueueserver.ffi.NativeOptions;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * All options of a watcher, made by {@link FileWatcher#builder()}. Immutable.
 *
 * @param debounce pause without a change before the watcher looks, so that one save is one
 *     callback; the watcher looks after ten times the debounce in any case
 * @param pollInterval how often paths are polled for which the system delivers no events
 * @param maxWatches maximum number of open watches
 * @param maxDescriptors maximum number of open descriptors, one per watched file and directory
 * @param maxEntries maximum number of entries of a watched directory
 * @param maxPendingChanges maximum number of changes kept for a slow listener; beyond it, an
 *     overflow is reported
 * @param name prefix of the thread names: {@code name-watch}
 * @param executor runs the callbacks; null for daemon threads of the watcher's own
 * @param natives the native library to bind
 */
public record WatchOptions(
    Duration debounce,
    Duration pollInterval,
    int maxWatches,
    int maxDescriptors,
    int maxEntries,
    int maxPendingChanges,
    String name,
    @Nullable Executor executor,
    NativeOptions natives) {

  /** 365 days: the longest duration, whose end can be computed in nanoseconds. */
  private static final Duration LONGEST = Duration.ofDays(365);

  public static final WatchOptions DEFAULTS =
      new WatchOptions(
          Duration.ofMillis(50),
          Duration.ofSeconds(5),
          256,
          2048,
          1024,
          4096,
          "kqueue",
          null,
          NativeOptions.DEFAULTS);

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException if a value is out of bounds; the message names the option, its
   *     value and the bounds
   */
  public WatchOptions {
    within("debounce", debounce, Duration.ZERO);
    within("poll-interval", pollInterval, Duration.ofMillis(10));
    within("max-watches", maxWatches);
    within("max-descriptors", maxDescriptors);
    within("max-entries", maxEntries);
    within("max-pending-changes", maxPendingChanges);
  }

  private static void within(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " is " + value + "; it must be at least 1");
    }
  }

  private static void within(String name, Duration value, Duration least) {
    if (value.compareTo(least) < 0 || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          name + " is " + value + "; it must be from " + least + " to " + LONGEST);
    }
  }
}
