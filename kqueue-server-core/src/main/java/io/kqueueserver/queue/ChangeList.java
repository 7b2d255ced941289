package io.kqueueserver.queue;

import io.kqueueserver.ffi.KeventLayout;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Changes to submit with the next wait, in one queue's ABI and order. It grows as needed, and the
 * queue that takes it empties it. Owned by one loop; not thread-safe.
 */
public final class ChangeList extends KeventArray {
  /** Longer than a thread is kept from the kernel between a look at the clock and the call. */
  private static final long ALMOST_PAST_MICROS = 100_000;

  private final TimerNotes timers;

  /** Whether a timer for a point in time is among the changes. */
  private boolean hasPoints;

  ChangeList(KeventLayout layout, FilterNumbers filters, TimerNotes timers) {
    super(layout, filters, 64);
    this.timers = timers;
  }

  /** A list for an event queue that is not the kernel's, such as a scripted one in tests. */
  public static ChangeList plain() {
    return new ChangeList(KeventLayout.PLAIN, FilterNumbers.ORDINALS, TimerNotes.PLAIN);
  }

  /**
   * Appends one change: the six fields of struct kevent, in the order of EV_SET. For timers in
   * other units than milliseconds ({@code fflags} of 0) there is {@link #addTimer}.
   *
   * @throws IllegalArgumentException for a timer added with a {@code data} below 1: kernels take it
   *     for 1, for an error or for never, and one panics
   */
  public void add(long ident, Filter filter, int flags, int fflags, long data, long udata) {
    if (filter == Filter.EVFILT_TIMER && (flags & EventFlag.EV_ADD) != 0) {
      requireTime(ident, data);
    }
    append(ident, filter, flags, fflags, data, udata);
  }

  /**
   * Adds a timer, with EV_ADD and these flags. It fires each time the period is over, or once with
   * EV_ONESHOT. On a system that counts milliseconds only, a part of one is rounded up. A timer
   * that is added again begins anew, and what had expired is forgotten; but NetBSD before 10 lets
   * the period that runs end first: where that matters, EV_DELETE it before.
   *
   * @throws IllegalArgumentException if the period is below 1
   */
  public void addTimer(long ident, int flags, TimerUnit unit, long period, long udata) {
    requireTime(ident, period);
    add(
        ident,
        Filter.EVFILT_TIMER,
        flags | EventFlag.EV_ADD,
        timers.fflags(unit),
        timers.data(unit, period),
        udata);
  }

  /**
   * Adds a timer for a point in time of the wall clock, with EV_ADD, EV_ONESHOT and these flags;
   * one that is past fires at once. It does not follow when the clock is set on a system without
   * NOTE_ABSTIME, and nowhere in its last tenth of a second: the kernel gets the time that is left.
   * Added again, it is as with {@link #addTimer}.
   *
   * @throws IllegalArgumentException if the point is not after the epoch
   */
  public void addTimerAt(long ident, int flags, TimerUnit unit, long sinceEpoch, long udata) {
    requireTime(ident, sinceEpoch);
    long data = timers.absoluteData(unit, sinceEpoch, System.currentTimeMillis());
    add(
        ident,
        Filter.EVFILT_TIMER,
        flags | EventFlag.EV_ADD | EventFlag.EV_ONESHOT,
        timers.absoluteFflags(unit),
        data,
        udata);
    hasPoints |= timers.hasPoints();
  }

  /**
   * Right before they are submitted: points in time that are past, or might be before the kernel
   * looks, become the time that is left. FreeBSD up to 13.0 refuses them, filt_timerstart: EINVAL.
   */
  void settleTimes() {
    if (!hasPoints) {
      return;
    }
    long now = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    for (int i = 0; i < size; i++) {
      if (filter(i) == Filter.EVFILT_TIMER && timers.isPoint(fflags(i))) {
        long left = timers.microsUntil(fflags(i), data(i), now);
        if (left < ALMOST_PAST_MICROS) {
          storeFflags(i, timers.fflags(TimerUnit.NOTE_USECONDS));
          storeData(i, Math.max(1, left));
        }
      }
    }
  }

  private static void requireTime(long ident, long data) {
    if (data < 1) {
      throw new IllegalArgumentException(
          "EVFILT_TIMER, ident " + ident + ": data is " + data + "; it must be 1 or more");
    }
  }

  /**
   * Takes out every change of a descriptor that is about to be closed: its number may soon be
   * another's.
   */
  public void drop(int fd) {
    for (int i = size - 1; i >= 0; i--) {
      if (ident(i) == fd && isOfDescriptor(filter(i))) {
        remove(i);
      }
    }
  }

  private static boolean isOfDescriptor(Filter filter) {
    return filter == Filter.EVFILT_READ
        || filter == Filter.EVFILT_WRITE
        || filter == Filter.EVFILT_VNODE;
  }

  public int fflags(int index) {
    return storedFflags(index);
  }

  public long data(int index) {
    return storedData(index);
  }

  public void clear() {
    size = 0;
    hasPoints = false;
  }
}
