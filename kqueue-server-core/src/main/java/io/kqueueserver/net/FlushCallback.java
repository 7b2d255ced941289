package io.kqueueserver.net;

import io.kqueueserver.stats.CloseReason;

/**
 * Waits for bytes to reach the kernel; exactly one of its methods is called, on the loop's thread.
 */
@FunctionalInterface
public interface FlushCallback {
  /** All bytes written before were taken by the kernel. */
  void onFlushed();

  /** The connection closed before. */
  default void onDropped(CloseReason reason) {}
}
