package io.kqueueserver.net;

import java.util.concurrent.atomic.AtomicInteger;

/** Counts the connections of all loops of a server against their maximum. Any thread. */
public final class ConnectionLimit {
  private final int max;
  private final AtomicInteger open = new AtomicInteger();

  public ConnectionLimit(int max) {
    this.max = max;
  }

  boolean tryAcquire() {
    while (true) {
      int now = open.get();
      if (now >= max) {
        return false;
      }
      if (open.compareAndSet(now, now + 1)) {
        return true;
      }
    }
  }

  void release() {
    open.decrementAndGet();
  }

  boolean isReached() {
    return open.get() >= max;
  }

  public int open() {
    return open.get();
  }

  public int max() {
    return max;
  }
}
