package io.kqueueserver.net;

import io.kqueueserver.stats.CloseReason;

/**
 * Notified when written bytes have reached the kernel. Exactly one of its methods is called, on the
 * loop's thread.
 */
@FunctionalInterface
public interface FlushCallback {
  /** The kernel has taken all bytes written before. */
  void onFlushed();

  /** The connection closed before the kernel had taken the bytes. */
  default void onDropped(CloseReason reason) {}
}
