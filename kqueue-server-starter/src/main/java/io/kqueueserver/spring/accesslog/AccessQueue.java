package io.kqueueserver.spring.accesslog;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Records on their way from many loops to one writer. A loop takes no lock and waits for nobody: a
 * record that finds no room is dropped and counted. The writer is woken when it sleeps over an
 * empty queue, and when the queue is half full; in between it comes by itself.
 */
final class AccessQueue {
  private final int capacity;
  private final Queue<AccessRecord> records = new ConcurrentLinkedQueue<>();
  private final AtomicInteger size = new AtomicInteger();
  private final AtomicLong dropped = new AtomicLong();
  private volatile @Nullable Thread sleeper;
  private volatile boolean open;

  AccessQueue(int capacity) {
    this.capacity = capacity;
  }

  void open() {
    open = true;
  }

  /** Takes no more; what is in it can still be polled. */
  void close() {
    open = false;
  }

  void offer(AccessRecord record) {
    int taken = size.incrementAndGet();
    if (taken > capacity || !open) {
      size.decrementAndGet();
      dropped.incrementAndGet();
      return;
    }
    records.add(record);
    Thread asleep = sleeper;
    if (asleep != null) {
      sleeper = null;
      LockSupport.unpark(asleep);
    }
  }

  @Nullable AccessRecord poll() {
    AccessRecord record = records.poll();
    if (record != null) {
      size.decrementAndGet();
    }
    return record;
  }

  boolean isEmpty() {
    return records.isEmpty();
  }

  boolean isHalfFull() {
    return size.get() > capacity / 2;
  }

  /** Counts records that were polled and could not be written. */
  void lost(long count) {
    dropped.addAndGet(count);
  }

  long dropped() {
    return dropped.get();
  }

  /**
   * The next offer wakes this thread, once. It must look at the queue after this and before it
   * sleeps: an offer that did not see the thread is seen by that look.
   */
  void wake(Thread thread) {
    sleeper = thread;
  }
}
