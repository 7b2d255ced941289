package io.kqueueserver;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.queue.ChangeList;
import io.kqueueserver.queue.EventFlag;
import io.kqueueserver.queue.EventList;
import io.kqueueserver.queue.Filter;
import io.kqueueserver.queue.Kqueue;
import io.kqueueserver.queue.Kqueues;

/**
 * Waits until a descriptor can be read, on an event queue of its own; for the few conversations
 * that are not worth a loop. One thread, except {@link #stop}.
 */
final class ReadWait implements AutoCloseable {
  private final Kqueue queue;
  private final ChangeList changes;
  private final EventList events;
  private volatile boolean stopped;

  ReadWait(Native natives) {
    queue = Kqueues.open(natives);
    changes = queue.newChangeList();
    events = queue.newEventList(4);
  }

  /**
   * Waits for bytes, a connection, the end or an error.
   *
   * @param deadline in nanoseconds of {@link System#nanoTime}
   * @return whether there is something; false once it is late or {@link #stop} came
   */
  boolean until(int fd, long deadline) {
    changes.add(fd, Filter.EVFILT_READ, EventFlag.EV_ADD | EventFlag.EV_ONESHOT, 0, 0, 0);
    for (long left = deadline - System.nanoTime(); left > 0 && !stopped; ) {
      int n = queue.poll(changes, events, left);
      for (int i = 0; i < n; i++) {
        if (events.ident(i) == fd) {
          return true;
        }
      }
      left = deadline - System.nanoTime();
    }
    return false;
  }

  /** Tells that the descriptor is about to be closed. */
  void forget(int fd) {
    changes.drop(fd);
    queue.forget(fd);
  }

  /** Ends the current wait and every later one. Any thread. */
  void stop() {
    stopped = true;
    queue.wakeup();
  }

  @Override
  public void close() {
    queue.close();
  }
}
