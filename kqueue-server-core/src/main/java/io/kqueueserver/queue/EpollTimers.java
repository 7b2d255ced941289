package io.kqueueserver.queue;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.Errno;
import io.kqueueserver.ffi.LinuxLibC;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The EVFILT_TIMER knotes of the Linux twin: each a timerfd in the epoll set, so that their number
 * is bounded by the open files. For the many timeouts of connections a loop has deadlines. Loop
 * thread only.
 *
 * <p>All use CLOCK_REALTIME. Its relative timers do not follow when the clock is set:
 * timer_settime(2).
 *
 * <p>As in the kernels, EV_ADD of a timer that is there leaves its EV_ONESHOT and EV_DISPATCH as
 * they were.
 */
final class EpollTimers {
  private static final int KEPT =
      EventFlag.EV_ONESHOT | EventFlag.EV_DISPATCH | EventFlag.EV_DISABLE;

  private static final class Knote {
    final long ident;
    final int timerfd;
    int flags;
    long udata;

    Knote(long ident, int timerfd, int flags, long udata) {
      this.ident = ident;
      this.timerfd = timerfd;
      this.flags = flags & KEPT;
      this.udata = udata;
    }

    boolean has(int flag) {
      return (flags & flag) != 0;
    }
  }

  private final Native natives;
  private final LinuxLibC libc;
  private final Errno errno;
  private final EpollSet set;
  private final int in;
  private final int realtime;
  private final int createFlags;
  private final int absoluteFlag;
  private final int intervalAt;
  private final int valueAt;
  private final int secondsAt;
  private final int nanosAt;
  private final NativeBuffer spec;
  private final NativeBuffer expirations = NativeBuffer.allocate(Long.BYTES);
  private final Map<Long, Knote> byIdent = new HashMap<>();
  private final Map<Integer, Knote> byTimerfd = new HashMap<>();

  EpollTimers(Native natives, LinuxLibC libc, EpollSet set) {
    this.natives = natives;
    this.libc = libc;
    this.errno = natives.errno();
    this.set = set;
    Abi abi = natives.abi();
    in = abi.constant("EPOLLIN");
    realtime = abi.constant("CLOCK_REALTIME");
    createFlags = abi.constant("TFD_CLOEXEC") | abi.constant("TFD_NONBLOCK");
    absoluteFlag = abi.constant("TFD_TIMER_ABSTIME");
    intervalAt = abi.constant("itimerspec.it_interval.offset");
    valueAt = abi.constant("itimerspec.it_value.offset");
    secondsAt = abi.constant("timespec.tv_sec.offset");
    nanosAt = abi.constant("timespec.tv_nsec.offset");
    spec = NativeBuffer.allocate(abi.constant("itimerspec.sizeof"));
  }

  /** Applies one change; returns 0 or the errno that kevent would report. */
  int change(long ident, int flags, int fflags, long data, long udata) {
    Knote knote = byIdent.get(ident);
    if ((flags & EventFlag.EV_DELETE) != 0) {
      if (knote == null) {
        return errno.ENOENT;
      }
      remove(knote);
      return 0;
    }
    boolean added = (flags & EventFlag.EV_ADD) != 0;
    if (knote == null) {
      return added ? add(ident, flags, fflags, data, udata) : errno.ENOENT;
    }
    knote.udata = udata;
    if ((flags & EventFlag.EV_DISABLE) != 0) {
      knote.flags |= EventFlag.EV_DISABLE;
    } else if ((flags & EventFlag.EV_ENABLE) != 0) {
      knote.flags &= ~EventFlag.EV_DISABLE;
    }
    // Setting it anew discards expirations that were not read.
    int failed = added ? start(knote, fflags, data) : 0;
    return failed != 0 ? failed : set.modify(knote.timerfd, interest(knote), token(knote));
  }

  private int add(long ident, int flags, int fflags, long data, long udata) {
    if (!natives.has("timerfd_create")) {
      return errno.ENOSYS;
    }
    int timerfd = natives.result(libc.timerfd_create(realtime, createFlags));
    if (timerfd < 0) {
      return -timerfd;
    }
    Knote knote = new Knote(ident, timerfd, flags, udata);
    int failed = start(knote, fflags, data);
    if (failed == 0) {
      failed = set.add(timerfd, interest(knote), token(knote));
    }
    if (failed != 0) {
      libc.close(timerfd);
      return failed;
    }
    byIdent.put(ident, knote);
    byTimerfd.put(timerfd, knote);
    return 0;
  }

  /** A disabled timer keeps running, and counting, unheard. */
  private int interest(Knote knote) {
    return knote.has(EventFlag.EV_DISABLE) ? 0 : in;
  }

  private static long token(Knote knote) {
    return EpollToken.timer(knote.timerfd);
  }

  private int start(Knote knote, int fflags, long data) {
    boolean absolute = TimerNotes.isAbsolute(fflags);
    boolean once = absolute || knote.has(EventFlag.EV_ONESHOT);
    TimeUnit unit = TimerNotes.unitOf(fflags).unit;
    long seconds = unit.toSeconds(data);
    long nanos = unit.toNanos(data - unit.convert(seconds, TimeUnit.SECONDS));
    put(valueAt, seconds, nanos);
    put(intervalAt, once ? 0 : seconds, once ? 0 : nanos);
    int flags = absolute ? absoluteFlag : 0;
    return -natives.result(libc.timerfd_settime(knote.timerfd, flags, spec.address(), 0));
  }

  private void put(int at, long seconds, long nanos) {
    spec.bytes().putLong(at + secondsAt, seconds).putLong(at + nanosAt, nanos);
  }

  /** Appends the event of a timer epoll reported. */
  void deliver(EventList events, int timerfd) {
    Knote knote = byTimerfd.get(timerfd);
    // EAGAIN: set anew by a change of this poll, after all.
    if (knote == null || libc.read(knote.timerfd, expirations.address(), Long.BYTES) < 0) {
      return;
    }
    long count = expirations.bytes().getLong(0);
    events.append(knote.ident, Filter.EVFILT_TIMER, 0, 0, count, knote.udata);
    if (knote.has(EventFlag.EV_ONESHOT)) {
      remove(knote);
    } else if (knote.has(EventFlag.EV_DISPATCH)) {
      knote.flags |= EventFlag.EV_DISABLE;
      set.modify(knote.timerfd, 0, token(knote));
    }
  }

  private void remove(Knote knote) {
    byIdent.remove(knote.ident);
    byTimerfd.remove(knote.timerfd);
    libc.close(knote.timerfd); // which takes it out of the set
  }

  void close() {
    for (Knote knote : byIdent.values()) {
      libc.close(knote.timerfd);
    }
    byIdent.clear();
    byTimerfd.clear();
  }
}
