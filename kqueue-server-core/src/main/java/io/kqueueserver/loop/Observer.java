package io.kqueueserver.loop;

import org.jspecify.annotations.Nullable;

/**
 * Copies the plain fields of a handler that its loop goes on writing. Runs on the observer's
 * thread.
 */
@FunctionalInterface
public interface Observer<T> {
  /** Returns null for a handler that is of no interest. */
  @Nullable T copy(long udata, EventHandler handler);
}
