package io.kqueueserver.server;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The places of requests that run at once, shared by all loops, and the queue of requests that wait
 * for one. The number of running requests is one atomic, so that the maximum is exact, to which
 * each request adds twice. The queue has a lock, which is taken only while a request waits. Any
 * thread.
 */
public final class RequestPlaces {
  /** A request that waits. */
  interface Waiter {
    /** The request has a place. Returns false if it cannot take the place. Any thread. */
    boolean granted();
  }

  private final int max;
  private final int maxWaiting;
  private final AtomicInteger taken = new AtomicInteger();

  /** The requests that wait, the oldest first. Guarded by itself. */
  private final Set<Waiter> queue = new LinkedHashSet<>();

  /** The size of the queue, written under its lock. */
  private volatile int waiting;

  RequestPlaces(int max, int maxWaiting) {
    this.max = max;
    this.maxWaiting = maxWaiting;
  }

  /** Takes a place if one is free and no older request waits for it. */
  boolean tryTake() {
    return waiting == 0 && take();
  }

  private boolean take() {
    while (true) {
      int now = taken.get();
      if (now >= max) {
        return false;
      }
      if (taken.compareAndSet(now, now + 1)) {
        return true;
      }
    }
  }

  /** Gives a place back, to the oldest request that waits. */
  void giveBack() {
    taken.decrementAndGet();
    if (waiting > 0) {
      grant();
    }
  }

  /** Queues a request, which may get a place at once. Returns false if too many requests wait. */
  boolean await(Waiter waiter) {
    synchronized (queue) {
      if (queue.size() >= maxWaiting) {
        return false;
      }
      queue.add(waiter);
      waiting = queue.size();
    }
    grant(); // a place given back before the queue had the request was offered to no other
    return true;
  }

  /** The request waits no longer. Returns false if it has been granted a place. */
  boolean leave(Waiter waiter) {
    synchronized (queue) {
      boolean waited = queue.remove(waiter);
      waiting = queue.size();
      return waited;
    }
  }

  private void grant() {
    for (Waiter next = next(); next != null; next = next()) {
      boolean accepted = false;
      try {
        accepted = next.granted();
      } finally {
        if (!accepted) {
          taken.decrementAndGet();
        }
      }
    }
  }

  /**
   * The oldest request that waits, for which a place was taken; null if there is none of either.
   */
  private @Nullable Waiter next() {
    synchronized (queue) {
      if (queue.isEmpty() || !take()) {
        return null;
      }
      Iterator<Waiter> oldest = queue.iterator();
      Waiter next = oldest.next();
      oldest.remove();
      waiting = queue.size();
      return next;
    }
  }

  /** Number of places in use. */
  int taken() {
    return taken.get();
  }

  /** Number of requests that wait. */
  int waiting() {
    return waiting;
  }
}
