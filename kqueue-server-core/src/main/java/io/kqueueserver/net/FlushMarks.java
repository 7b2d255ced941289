package io.kqueueserver.net;

import io.kqueueserver.stats.CloseReason;
import org.jspecify.annotations.Nullable;

/**
 * The callbacks of one connection that wait until the kernel has taken the bytes before them, in
 * order. The loop's thread only.
 */
final class FlushMarks {
  /** The answer of {@link #next} if no callback waits. */
  static final long NONE = Long.MAX_VALUE;

  private @Nullable Mark first;
  private @Nullable Mark last;

  private static final class Mark {
    final long position;
    final FlushCallback callback;
    @Nullable Mark next;

    Mark(long position, FlushCallback callback) {
      this.position = position;
      this.callback = callback;
    }
  }

  /** Adds a callback for the time when {@code position} bytes were sent. */
  void add(long position, FlushCallback callback) {
    Mark mark = new Mark(position, callback);
    if (last == null) {
      first = mark;
    } else {
      last.next = mark;
    }
    last = mark;
  }

  /** The number of sent bytes for which the first callback waits. */
  long next() {
    return first == null ? NONE : first.position;
  }

  /** Runs the callbacks whose bytes have been sent. A callback may add more. */
  void fire(long sent) {
    while (first != null && first.position <= sent) {
      Mark mark = first;
      first = mark.next;
      if (first == null) {
        last = null;
      }
      mark.callback.onFlushed();
    }
  }

  /** Notifies all callbacks that their bytes were dropped. Returns the first exception of one. */
  @Nullable Throwable drop(CloseReason reason) {
    Mark mark = first;
    first = null;
    last = null;
    Throwable failure = null;
    for (; mark != null; mark = mark.next) {
      try {
        mark.callback.onDropped(reason);
      } catch (RuntimeException | Error e) {
        failure = failure == null ? e : failure;
      }
    }
    return failure;
  }
}
