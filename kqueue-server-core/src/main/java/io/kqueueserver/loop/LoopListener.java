package io.kqueueserver.loop;

/**
 * Hears of a loop's rare events, on the loop's thread. Hot counters are not here but in {@code
 * stats}.
 */
public interface LoopListener {
  LoopListener NONE = new LoopListener() {};

  /** A handler or task threw; the loop goes on. */
  default void onError(EventLoop loop, Throwable error) {}
}
