package io.kqueueserver.loop;

import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.queue.ChangeList;
import io.kqueueserver.queue.EventList;
import io.kqueueserver.queue.Filter;
import io.kqueueserver.queue.Kqueue;
import io.kqueueserver.stats.LoopStats;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event queue of one loop with the lists that fit it. {@link #replace} puts another queue in
 * its place, with empty lists, so that no event of the old queue is ever believed. The loop's
 * thread only, unless a method is marked otherwise.
 */
final class LoopQueue {
  private static final Logger log = LoggerFactory.getLogger(EventLoop.class);

  /** Events per poll; more stay in the kernel, which hands them out in turn (nothing starves). */
  private static final int EVENT_CAPACITY = 256;

  private final String loop;
  private final LoopStats stats;
  private final WaitFailures failures;

  /** Written by the loop's thread; wake-ups read it. */
  private volatile Kqueue queue;

  private ChangeList changes;
  private EventList events;
  private boolean closed;

  LoopQueue(String loop, Kqueue queue, LoopStats stats) {
    this.loop = loop;
    this.stats = stats;
    this.failures = new WaitFailures(loop, stats);
    this.queue = queue;
    this.changes = queue.newChangeList();
    this.events = queue.newEventList(EVENT_CAPACITY);
  }

  /** The events of the last poll. */
  EventList events() {
    return events;
  }

  /** How many changes the next poll will submit. */
  int pendingChanges() {
    return changes.size();
  }

  void change(long ident, Filter filter, int flags, int fflags, long data, long udata) {
    changes.add(ident, filter, flags, fflags, data, udata);
  }

  /** The descriptor is about to be closed: nothing queued for it may meet its successor. */
  void closing(int fd) {
    changes.drop(fd);
    if (!closed) {
      queue.forget(fd);
    }
  }

  /**
   * Submits the changes and waits. A failure that may pass is no event.
   *
   * @throws NativeException if the queue is beyond hope
   */
  int poll(long timeoutNanos) {
    try {
      int n = queue.poll(changes, events, timeoutNanos);
      failures.succeeded();
      return n;
    } catch (NativeException e) {
      events.clear();
      failures.survive(e);
      return 0;
    }
  }

  /** Applies what is queued now. What fails as a whole is tried again by the next poll. */
  void apply() {
    try {
      applyOrThrow();
    } catch (NativeException e) {
      // As with poll, the change of a descriptor that was closed in this turn may fail; no one
      // misses it.
      log.debug("{}: {}", loop, e.getMessage());
    }
  }

  /**
   * Applies what is queued now.
   *
   * @throws NativeException naming what was refused
   */
  void applyOrThrow() {
    if (closed || changes.size() == 0) {
      return;
    }
    stats.changes += changes.size();
    try {
      queue.apply(changes);
    } catch (NativeException e) {
      if (changes.size() > 0) {
        stats.queueFailures++;
      } else {
        stats.failedChanges++;
      }
      throw e;
    }
  }

  /**
   * Makes the poll return that waits, or the next one. Any thread.
   *
   * @throws NativeException if the system refuses
   */
  void wakeup() {
    queue.wakeup();
  }

  /** Logs a failure that is tried again, and not too often. Any thread. */
  void warn(NativeException failure, String retried) {
    failures.warn(failure, retried);
  }

  /** The mechanism of the queue: {@code kqueue} or {@code epoll}. Any thread. */
  String backend() {
    return queue.backend();
  }

  /** Continues with a new queue, which has no registration. The old queue must be closed. */
  void replace(Kqueue successor) {
    ChangeList none = successor.newChangeList();
    EventList room = successor.newEventList(EVENT_CAPACITY);
    changes = none;
    events = room;
    queue = successor;
    closed = false;
  }

  /** Closes the queue; closing twice is fine. */
  void close() {
    closed = true;
    queue.close();
  }
}
