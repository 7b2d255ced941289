package io.kqueueserver.queue;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.KeventLayout;
import io.kqueueserver.ffi.KqueueCalls;
import io.kqueueserver.ffi.LibC;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.ffi.NativeException;

/** kqueue(2) itself: the BSDs' and macOS's kernel, or a library that has the same calls. */
final class NativeKqueue implements Kqueue {
  /**
   * Kernels bound the timeout (EINVAL above 10^8 seconds on some), and a loop that wakes once a day
   * to find nothing does no harm.
   */
  private static final long MAX_TIMEOUT_NANOS = 86_400_000_000_000L;

  private final Native natives;
  private final KqueueCalls calls;
  private final LibC libc;
  private final int eintr;
  private final int etimedout;
  private final int ebadf;
  private final KeventLayout layout;
  private final FilterNumbers filters;

  /** Knotes of a closed descriptor stay, and are taken for its successor's. */
  private final boolean keepsClosed;

  /** kevent fails with errno unset where a change leaves nothing to do. */
  private final boolean failsWithoutErrno;

  private final TimerNotes timers;
  private final NativeBuffer timeout;
  private final int secondsAt;
  private final int nanosAt;
  private final int kq;
  private final NativeWakeup wakeup;
  private final EventList receipts;
  private boolean closed;

  /** Whether another descriptor has the number of the queue, which must not be closed then. */
  private boolean lost;

  NativeKqueue(Native natives, KqueueCalls calls) {
    this.natives = natives;
    this.calls = calls;
    this.libc = natives.libc();
    Abi abi = natives.abi();
    eintr = natives.errno().EINTR;
    etimedout = natives.errno().ETIMEDOUT;
    ebadf = natives.errno().EBADF;
    layout = KeventLayout.of(natives.kqueueAbi());
    filters = FilterNumbers.of(natives.kqueueAbi());
    keepsClosed = natives.kqueueAbi().has("kevent.keeps_closed_descriptors");
    failsWithoutErrno = natives.kqueueAbi().has("kevent.fails_without_errno");
    timeout = NativeBuffer.allocate(abi.constant("timespec.sizeof"));
    secondsAt = abi.constant("timespec.tv_sec.offset");
    nanosAt = abi.constant("timespec.tv_nsec.offset");
    receipts = newEventList(64);
    kq = natives.check(calls.kqueue(), "kqueue", "");
    try {
      natives.closeOnExec(kq);
      ChangeList scratch = new ChangeList(layout, filters, TimerNotes.MILLISECONDS);
      wakeup = NativeWakeup.open(natives, calls, kq, scratch);
    } catch (RuntimeException | Error e) {
      libc.close(kq);
      throw e;
    }
    // NetBSD and OpenBSD had no units before they had EVFILT_USER, and take a number of any for
    // milliseconds.
    timers = wakeup.isUser() ? TimerNotes.of(natives.kqueueAbi()) : TimerNotes.MILLISECONDS;
  }

  @Override
  public ChangeList newChangeList() {
    return new ChangeList(layout, filters, timers);
  }

  @Override
  public EventList newEventList(int capacity) {
    return new EventList(layout, filters, capacity, null);
  }

  @Override
  public int poll(ChangeList changes, EventList events, long timeoutNanos) {
    events.clear();
    changes.settleTimes();
    int nchanges = changes.size();
    // A failed change that finds no room makes kevent fail and drop the changes behind it.
    events.ensureCapacity(nchanges);
    int n =
        calls.kevent(
            kq,
            changes.address(),
            nchanges,
            events.address(),
            events.capacity(),
            timespec(timeoutNanos));
    if (n < 0) {
      failed(changes, natives.lastError());
      return 0;
    }
    changes.clear();
    events.size = n;
    wakeup.takeOut(events);
    return events.size();
  }

  /** Returns if the failure is no more than a wait that found nothing. */
  private void failed(ChangeList changes, int errno) {
    // After EINTR the changes have been applied: FreeBSD's and NetBSD's kqueue(2).
    if (errno == eintr || (errno == 0 && failsWithoutErrno)) {
      changes.clear();
      return;
    }
    // macOS sometimes fails with ETIMEDOUT, and no manual documents why: golang/go#59679. Whether
    // the changes were applied is not documented either, so they are submitted again.
    if (errno != etimedout) {
      throw failed(errno);
    }
  }

  private NativeException failed(int errno) {
    lost |= errno == ebadf;
    return new NativeException("kevent", "fd " + kq, errno, natives.errno());
  }

  private long timespec(long nanos) {
    if (nanos < 0) {
      return 0; // NULL
    }
    long capped = Math.min(nanos, MAX_TIMEOUT_NANOS);
    timeout.bytes().putLong(secondsAt, capped / 1_000_000_000);
    timeout.bytes().putLong(nanosAt, capped % 1_000_000_000);
    return timeout.address();
  }

  @Override
  public void apply(ChangeList changes) {
    int nchanges = changes.size();
    if (nchanges == 0) {
      return;
    }
    changes.settleTimes();
    // With EV_RECEIPT each change is answered and nothing else collected, so no edge gets lost
    // here.
    // Without room for every answer, FreeBSD and NetBSD skip the changes behind: kqueue(2).
    for (int i = 0; i < nchanges; i++) {
      changes.storeFlags(i, changes.flags(i) | EventFlag.EV_RECEIPT);
    }
    receipts.clear();
    receipts.ensureCapacity(nchanges);
    int n =
        calls.kevent(kq, changes.address(), nchanges, receipts.address(), nchanges, timespec(0));
    if (n < 0) {
      int errno = natives.lastError();
      if (errno != eintr && !(errno == 0 && failsWithoutErrno)) {
        for (int i = 0; i < nchanges; i++) { // poll takes a receipt for a failure
          changes.storeFlags(i, changes.flags(i) & ~EventFlag.EV_RECEIPT);
        }
        throw failed(errno);
      }
    }
    changes.clear();
    if (n < 0) {
      return;
    }
    receipts.size = n;
    for (int i = 0; i < n; i++) {
      if (receipts.isError(i) && receipts.data(i) != 0) {
        throw Kevents.failed(receipts, i, (int) receipts.data(i), natives);
      }
    }
  }

  @Override
  public void forget(int fd) {
    if (!keepsClosed) {
      return;
    }
    ChangeList deletes = newChangeList();
    int flags = EventFlag.EV_DELETE | EventFlag.EV_RECEIPT;
    deletes.add(fd, Filter.EVFILT_READ, flags, 0, 0, 0);
    deletes.add(fd, Filter.EVFILT_WRITE, flags, 0, 0, 0);
    deletes.add(fd, Filter.EVFILT_VNODE, flags, 0, 0, 0);
    receipts.clear();
    // ENOENT is the usual answer for two of the three.
    calls.kevent(kq, deletes.address(), 3, receipts.address(), 3, timespec(0));
  }

  @Override
  public void wakeup() {
    wakeup.wake();
  }

  @Override
  public String backend() {
    return "kqueue";
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    wakeup.close();
    if (!lost) {
      libc.close(kq);
    }
  }
}
