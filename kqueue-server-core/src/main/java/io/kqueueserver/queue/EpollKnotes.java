package io.kqueueserver.queue;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.Errno;
import io.kqueueserver.ffi.LinuxLibC;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import java.util.Arrays;

/**
 * The knotes of one filter, READ or WRITE, each an entry of one epoll set. Descriptors are small
 * and dense, so the knotes are arrays indexed by descriptor. Loop thread only.
 *
 * <p>What the kernel has can differ from this table in one way: closing a descriptor drops its
 * entry unheard. So the table is only the first guess, and ENOENT or EEXIST corrects it.
 */
final class EpollKnotes {
  /**
   * There is a knote. The other bits of a state are its EV_CLEAR, EV_ONESHOT, EV_DISPATCH,
   * EV_DISABLE.
   */
  private static final int KNOTE = 1 << 16;

  /**
   * The epoll set has an entry, as far as is known. A disabled or a spent EV_ONESHOT knote has one,
   * too.
   */
  private static final int ENTRY = 1 << 17;

  private static final int KEPT =
      EventFlag.EV_CLEAR | EventFlag.EV_ONESHOT | EventFlag.EV_DISPATCH | EventFlag.EV_DISABLE;

  private final Native natives;
  private final LinuxLibC libc;
  private final Errno errno;
  private final int epfd;
  private final int interest;
  private final int edgeTriggered;
  private final int oneShot;
  private final int ctlAdd;
  private final int ctlDel;
  private final int ctlMod;
  private final NativeBuffer event;
  private final int eventsAt;
  private final int dataAt;

  private int[] states = new int[64];
  private int[] generations = new int[64];
  private long[] udatas = new long[64];

  /**
   * @param epfd the set, owned by the caller
   * @param interest the EPOLL bits to wait for
   */
  EpollKnotes(Native natives, LinuxLibC libc, int epfd, int interest) {
    this.natives = natives;
    this.libc = libc;
    this.errno = natives.errno();
    this.epfd = epfd;
    this.interest = interest;
    Abi abi = natives.abi();
    edgeTriggered = abi.constant("EPOLLET");
    oneShot = abi.constant("EPOLLONESHOT");
    ctlAdd = abi.constant("EPOLL_CTL_ADD");
    ctlDel = abi.constant("EPOLL_CTL_DEL");
    ctlMod = abi.constant("EPOLL_CTL_MOD");
    event = NativeBuffer.allocate(abi.constant("epoll_event.sizeof"));
    eventsAt = abi.constant("epoll_event.events.offset");
    dataAt = abi.constant("epoll_event.data.offset");
  }

  /** Applies one change; returns 0 or the errno that kevent would report. */
  int change(long ident, int flags, long udata) {
    if (ident < 0 || ident > Integer.MAX_VALUE) {
      return errno.EBADF;
    }
    int fd = (int) ident;
    ensureCapacity(fd);
    if ((flags & EventFlag.EV_DELETE) != 0) {
      return delete(fd);
    }
    if ((states[fd] & KNOTE) == 0) {
      return (flags & EventFlag.EV_ADD) != 0 ? arm(fd, flags & KEPT, udata) : absent(fd);
    }
    return modify(fd, flags, udata);
  }

  /**
   * EV_CLEAR, EV_ONESHOT and EV_DISPATCH stay as they were added; so do the kernels' own knotes.
   */
  private int modify(int fd, int flags, long udata) {
    int kept = states[fd] & KEPT;
    if ((flags & EventFlag.EV_DISABLE) != 0) {
      kept |= EventFlag.EV_DISABLE;
    } else if ((flags & EventFlag.EV_ENABLE) != 0) {
      kept &= ~EventFlag.EV_DISABLE; // EV_ADD alone does not: seen on NetBSD and FreeBSD
    }
    int failed = control(ctlMod, fd, kept);
    if (failed == errno.ENOENT && (flags & EventFlag.EV_ADD) != 0) {
      // Closed since and the number used again: a new knote, with the new flags.
      states[fd] = 0;
      return arm(fd, flags & KEPT, udata);
    }
    if (failed != 0 && failed != errno.ENOENT && failed != errno.EBADF) {
      return failed; // the entry is there, and the knote as it was
    }
    return settle(fd, kept, udata, failed);
  }

  private int delete(int fd) {
    boolean known = (states[fd] & KNOTE) != 0;
    states[fd] = 0;
    int failed = control(ctlDel, fd, 0);
    return failed == 0 && !known ? errno.ENOENT : failed;
  }

  /** The answer for a knote that is not there: EBADF if the descriptor is not either. */
  private int absent(int fd) {
    states[fd] = 0;
    int failed = control(ctlDel, fd, 0);
    return failed == 0 ? errno.ENOENT : failed;
  }

  /** Makes or takes over an entry. */
  private int arm(int fd, int kept, long udata) {
    generations[fd] = (generations[fd] + 1) & Integer.MAX_VALUE;
    boolean entry = (states[fd] & ENTRY) != 0;
    int failed = control(entry ? ctlMod : ctlAdd, fd, kept);
    if (failed == errno.ENOENT && entry) {
      failed = control(ctlAdd, fd, kept);
    } else if (failed == errno.EEXIST) {
      failed = control(ctlMod, fd, kept);
    }
    return settle(fd, kept, udata, failed);
  }

  private int settle(int fd, int kept, long udata, int failed) {
    if (failed != 0) {
      states[fd] = 0;
      return failed;
    }
    states[fd] = KNOTE | ENTRY | kept;
    udatas[fd] = udata;
    return 0;
  }

  private int control(int op, int fd, int kept) {
    int events = interest;
    if ((kept & EventFlag.EV_CLEAR) != 0) {
      events |= edgeTriggered;
    }
    if ((kept & (EventFlag.EV_ONESHOT | EventFlag.EV_DISPATCH)) != 0) {
      events |= oneShot;
    }
    if ((kept & EventFlag.EV_DISABLE) != 0) {
      // The entry stays, so that a close or another use of the number still shows. Interest 0
      // still reports EPOLLHUP and EPOLLERR, epoll_ctl(2): once, and the event is dropped.
      events = oneShot;
    }
    event.bytes().putInt(eventsAt, events);
    event.bytes().putLong(dataAt, EpollToken.knote(fd, generations[fd]));
    return -natives.result(libc.epoll_ctl(epfd, op, fd, event.address()));
  }

  /**
   * Whether what epoll reported is for a knote that still stands; what the kernel does to it on
   * delivery is done here.
   */
  boolean deliver(int fd, int generation) {
    if (fd >= states.length || generations[fd] != generation) {
      return false;
    }
    int state = states[fd];
    if ((state & KNOTE) == 0 || (state & EventFlag.EV_DISABLE) != 0) {
      return false;
    }
    if ((state & EventFlag.EV_ONESHOT) != 0) {
      states[fd] = ENTRY; // the knote is gone; its entry is silent until used again
    } else if ((state & EventFlag.EV_DISPATCH) != 0) {
      states[fd] = state | EventFlag.EV_DISABLE;
    }
    return true;
  }

  /**
   * The kernel drops the entry on close; knowing saves the next user of the number a failing call.
   */
  void forget(int fd) {
    if (fd < states.length) {
      states[fd] = 0;
    }
  }

  long udata(int fd) {
    return udatas[fd];
  }

  private void ensureCapacity(int fd) {
    if (fd >= states.length) {
      int grown = Math.max(fd + 1, states.length * 2);
      int[] moreGenerations = Arrays.copyOf(generations, grown);
      long[] moreUdatas = Arrays.copyOf(udatas, grown);
      states = Arrays.copyOf(states, grown); // last: whether there is room is asked of this one
      generations = moreGenerations;
      udatas = moreUdatas;
    }
  }
}
