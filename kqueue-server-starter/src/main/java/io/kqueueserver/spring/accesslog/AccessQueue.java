package io.kqueueserver.spring.accesslog;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The bounded queue of records from many loops to one writer. An offer takes no lock and does not
 * wait: a record that finds no room is dropped and counted. An offer wakes the writer if the writer
 * sleeps over an empty queue, and if the queue becomes half full; otherwise the writer polls.
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

  /** Refuses further records. Records in the queue can still be polled. */
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
   * Sets the thread that the next offer wakes, once. The thread must look at the queue after this
   * call and before it sleeps, to see the records of offers that did not see the thread.
   */
  void wake(Thread thread) {
    sleeper = thread;
  }
}
