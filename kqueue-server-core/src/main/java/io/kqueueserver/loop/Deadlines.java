package io.kqueueserver.loop;

import io.kqueueserver.stats.Histogram;
import java.util.Arrays;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A loop's deadlines in one binary heap; the earliest bounds the wait. A deadline that is put off
 * stays where it is and is moved only when its old time comes, so that a busy keep-alive connection
 * costs a field write per request and a sift per timeout.
 */
final class Deadlines {
  private @Nullable Deadline[] heap = new Deadline[64];
  private int size;
  private final LongSupplier clock;
  private final Histogram lag;

  /** Deadlines that record how late they fire by the clock. */
  Deadlines(LongSupplier clock, Histogram lag) {
    this.clock = clock;
    this.lag = lag;
  }

  /** Sets or moves the deadline. {@link Deadline#NEVER} takes it out lazily. */
  void set(Deadline deadline, long due) {
    deadline.due = due;
    if (deadline.index < 0) {
      if (due == Deadline.NEVER) {
        return;
      }
      if (size == heap.length) {
        heap = Arrays.copyOf(heap, size * 2);
      }
      deadline.key = due;
      place(deadline, size++);
      siftUp(deadline);
    } else if (due - deadline.key < 0) {
      deadline.key = due;
      siftUp(deadline);
    }
  }

  /** Takes the deadline out at once, so that nothing refers to it any more. */
  void remove(Deadline deadline) {
    deadline.due = Deadline.NEVER;
    int index = deadline.index;
    if (index < 0) {
      return;
    }
    deadline.index = -1;
    Deadline last = at(--size);
    heap[size] = null;
    if (last != deadline) {
      place(last, index);
      siftUp(last);
      siftDown(last);
    }
  }

  /** Nanoseconds to the earliest deadline: 0 if it has passed, -1 if there is none. */
  long nanosUntilNext(long now) {
    if (size == 0) {
      return -1;
    }
    return Math.max(0, at(0).key - now);
  }

  /** Calls every deadline that is due; one set anew in the past waits for the next round. */
  void fire(long now) {
    for (int rounds = size; rounds > 0 && size > 0; rounds--) {
      Deadline first = at(0);
      if (first.key - now > 0) {
        return;
      }
      if (first.due == Deadline.NEVER) {
        remove(first);
      } else if (first.due - now > 0) {
        first.key = first.due;
        siftDown(first);
      } else {
        lag.record(clock.getAsLong() - first.due);
        remove(first);
        first.onDeadline(now);
      }
    }
  }

  int size() {
    return size;
  }

  private Deadline at(int index) {
    Deadline deadline = heap[index];
    if (deadline == null) {
      throw new IllegalStateException("no deadline at " + index + " of " + size);
    }
    return deadline;
  }

  private void place(Deadline deadline, int index) {
    heap[index] = deadline;
    deadline.index = index;
  }

  private void siftUp(Deadline deadline) {
    int index = deadline.index;
    while (index > 0) {
      int parent = (index - 1) >>> 1;
      Deadline above = at(parent);
      if (above.key - deadline.key <= 0) {
        break;
      }
      place(above, index);
      index = parent;
    }
    place(deadline, index);
  }

  private void siftDown(Deadline deadline) {
    int index = deadline.index;
    while (true) {
      int child = 2 * index + 1;
      if (child >= size) {
        break;
      }
      if (child + 1 < size && at(child + 1).key - at(child).key < 0) {
        child++;
      }
      Deadline below = at(child);
      if (deadline.key - below.key <= 0) {
        break;
      }
      place(below, index);
      index = child;
    }
    place(deadline, index);
  }
}
