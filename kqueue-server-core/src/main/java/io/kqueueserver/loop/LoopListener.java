package io.kqueueserver.loop;

import io.kqueueserver.stats.Limit;

/**
 * Hears of a loop's rare events, on the loop's thread. Hot counters are not here but in {@code
 * stats}.
 */
public interface LoopListener {
  LoopListener NONE = new LoopListener() {};

  /** A handler or task threw; the loop goes on. */
  default void onError(EventLoop loop, Throwable error) {}

  /** A limit was met, and was counted. */
  default void onLimitHit(EventLoop loop, Limit limit) {}
}
