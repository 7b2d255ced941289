package io.kqueueserver.queue;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.KeventLayout;
import io.kqueueserver.ffi.LinuxLibC;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.queue.EpollToken.Source;

/**
 * The Linux twin: READ and WRITE over epoll, USER, TIMER over timerfd, VNODE over inotify.
 *
 * <p>EPOLLET is per descriptor: with EPOLLIN and EPOLLOUT in one entry every arriving byte reports
 * OUT again, while kqueue has two knotes that know nothing of each other. So there are two epoll
 * sets, and the WRITE set is an entry of the READ set. A poll is one epoll_wait unless something
 * became writable.
 */
final class EpollKqueue implements Kqueue {
  private static final long WAKEUP = EpollToken.of(Source.WAKEUP);

  private final Native natives;
  private final LinuxLibC libc;
  private final int epfd;
  private final int eventfd;
  private final EpollSet entries;
  private final int wakeupEvents;
  private final int epollCloexec;
  private final int eofBits;
  private final int errBit;
  private final int eintr;
  private final int etimedout;
  private final int eagain;
  private final int sizeof;
  private final int eventsAt;
  private final int dataAt;
  private final EpollKnotes readers;
  private final UserKnotes users = new UserKnotes();
  private final EpollTimers timers;
  private final InotifyKnotes vnodes;
  private final LowWater lowWater;
  private final EpollDetails details;
  private final NativeBuffer one = NativeBuffer.allocate(Long.BYTES);
  private final Object wakeupLock = new Object();
  private NativeBuffer ready;
  private int readyCapacity;
  // Opened with the queue: when a connection first wants to write, descriptors may have run out.
  private final int writeEpfd;
  private final EpollKnotes writers;
  private boolean ourTurn;
  private boolean closed;

  /** Whether another descriptor has the number of the READ set, which must not be closed then. */
  private boolean lost;

  EpollKqueue(Native natives, LinuxLibC libc) {
    this.natives = natives;
    this.libc = libc;
    Abi abi = natives.abi();
    epollCloexec = abi.constant("EPOLL_CLOEXEC");
    int in = abi.constant("EPOLLIN");
    wakeupEvents = in | abi.constant("EPOLLET");
    errBit = abi.constant("EPOLLERR");
    eofBits = errBit | abi.constant("EPOLLHUP") | abi.constant("EPOLLRDHUP");
    eintr = -natives.errno().EINTR;
    etimedout = -natives.errno().ETIMEDOUT;
    eagain = -natives.errno().EAGAIN;
    sizeof = abi.constant("epoll_event.sizeof");
    eventsAt = abi.constant("epoll_event.events.offset");
    dataAt = abi.constant("epoll_event.data.offset");
    details = new EpollDetails(natives);
    lowWater = new LowWater(natives);
    readyCapacity = 64;
    ready = NativeBuffer.allocate(readyCapacity * sizeof);
    one.bytes().putLong(0, 1);
    epfd = natives.check(libc.epoll_create1(epollCloexec), "epoll_create1", "");
    int efd = -1;
    int set = -1;
    try {
      entries = new EpollSet(natives, libc, epfd);
      efd =
          natives.check(
              libc.eventfd(0, abi.constant("EFD_CLOEXEC") | abi.constant("EFD_NONBLOCK")),
              "eventfd",
              "");
      // Edge-triggered and never read: each write is a new edge, and no poll pays a read for it.
      check(entries.add(efd, wakeupEvents, WAKEUP), efd);
      set = natives.check(libc.epoll_create1(epollCloexec), "epoll_create1", "");
      check(entries.add(set, in, EpollToken.of(Source.WRITE_SET)), set);
      readers = new EpollKnotes(natives, libc, epfd, in | abi.constant("EPOLLRDHUP"));
      writers = new EpollKnotes(natives, libc, set, abi.constant("EPOLLOUT"));
      timers = new EpollTimers(natives, libc, entries);
      vnodes = new InotifyKnotes(natives, libc, entries, EpollToken.of(Source.VNODES));
    } catch (RuntimeException | Error e) {
      if (set >= 0) {
        libc.close(set);
      }
      if (efd >= 0) {
        libc.close(efd);
      }
      libc.close(epfd);
      throw e;
    }
    eventfd = efd;
    writeEpfd = set;
  }

  private void check(int failed, int fd) {
    if (failed != 0) {
      throw new NativeException("epoll_ctl", "fd " + fd, failed, natives.errno());
    }
  }

  @Override
  public ChangeList newChangeList() {
    return new ChangeList(KeventLayout.PLAIN, FilterNumbers.ORDINALS, TimerNotes.PLAIN);
  }

  @Override
  public EventList newEventList(int capacity) {
    return new EventList(KeventLayout.PLAIN, FilterNumbers.ORDINALS, capacity, details);
  }

  @Override
  public int poll(ChangeList changes, EventList events, long timeoutNanos) {
    events.clear();
    if (changes.size() > 0) {
      submit(changes, events);
      if (events.size() > 0) {
        return events.size(); // as kevent does: the answers first, ready events next time
      }
    }
    int capacity = ensureReadyCapacity(events.capacity());
    int room = capacity;
    int timeout = EpollTimeout.millis(timeoutNanos);
    if (users.anyActive() || vnodes.anyActive()) {
      timeout = 0;
      room = roomBesideOurs(capacity);
    }
    int n = room == 0 ? 0 : natives.result(libc.epoll_wait(epfd, ready.address(), room, timeout));
    if (n < 0) {
      if (n == eintr || n == etimedout) {
        return 0;
      }
      lost |= !isOurs();
      throw failed(epfd, n);
    }
    int sources = collect(events, n, readers, Filter.EVFILT_READ);
    // Each that has something keeps a place, so that no filter can starve another: an entry that
    // stands for more has left room for one event at least, and so has roomBesideOurs.
    int places = capacity - (users.anyActive() && capacity > 1 ? 1 : 0);
    boolean writersReady = Source.WRITE_SET.isIn(sources);
    if (vnodes.anyActive() || Source.VNODES.isIn(sources)) {
      vnodes.collect(events, writersReady ? places - 1 : places);
    }
    if (writersReady) {
      int left = places - events.size();
      int m = natives.result(libc.epoll_wait(writeEpfd, ready.address(), left, 0));
      if (m > 0) {
        collect(events, m, writers, Filter.EVFILT_WRITE);
      } else if (m < 0 && m != eintr && events.size() == 0) {
        throw failed(writeEpfd, m); // beside events it is left to the next poll: they must be told
      }
    }
    if (users.anyActive()) {
      users.collect(events, capacity);
    }
    return events.size();
  }

  /**
   * Whether the number is still that of the READ set, which holds the wake-up. If another
   * descriptor has the number, the wait fails with EINVAL, as it does for other reasons.
   */
  private boolean isOurs() {
    return entries.modify(eventfd, wakeupEvents, WAKEUP) == 0;
  }

  private NativeException failed(int set, int result) {
    return new NativeException("epoll_wait", "fd " + set, -result, natives.errno());
  }

  /**
   * The room beside the wake-up. Descriptors that are always ready could fill every list, so one
   * place, or turn, is kept for the wake-up.
   */
  private int roomBesideOurs(int capacity) {
    if (capacity > 1) {
      return capacity - 1;
    }
    ourTurn = !ourTurn;
    return ourTurn ? 0 : 1;
  }

  /** Turns epoll's entries into events; returns the set of sources that had an entry. */
  private int collect(EventList events, int n, EpollKnotes knotes, Filter filter) {
    int sources = 0;
    for (int i = 0; i < n; i++) {
      int at = i * sizeof;
      long token = ready.bytes().getLong(at + dataAt);
      Source source = EpollToken.source(token);
      sources |= source.bit();
      if (source == Source.TIMER) {
        timers.deliver(events, EpollToken.fd(token));
      }
      int fd = EpollToken.fd(token);
      if (source != Source.KNOTE || !knotes.deliver(fd, EpollToken.generation(token))) {
        continue;
      }
      int bits = ready.bytes().getInt(at + eventsAt);
      int flags = (bits & eofBits) != 0 ? EventFlag.EV_EOF : 0;
      int fflags = (bits & errBit) != 0 ? EventList.FFLAGS_ON_REQUEST : 0;
      events.append(fd, filter, flags, fflags, EventList.DATA_ON_REQUEST, knotes.udata(fd));
    }
    return sources;
  }

  /**
   * Applies all changes; the failed ones and those with EV_RECEIPT are answered in the event list.
   */
  private void submit(ChangeList changes, EventList answers) {
    for (int i = 0; i < changes.size(); i++) {
      int failed = change(changes, i);
      if (failed != 0 || (changes.flags(i) & EventFlag.EV_RECEIPT) != 0) {
        answers.append(
            changes.ident(i), changes.filter(i), EventFlag.EV_ERROR, 0, failed, changes.udata(i));
      }
    }
    changes.clear();
  }

  private int change(ChangeList changes, int i) {
    long ident = changes.ident(i);
    int flags = changes.flags(i);
    long udata = changes.udata(i);
    return switch (changes.filter(i)) {
      case EVFILT_READ -> {
        lowWater.change(ident, flags, changes.fflags(i), changes.data(i));
        yield readers.change(ident, flags, udata);
      }
      case EVFILT_WRITE -> writers.change(ident, flags, udata);
      case EVFILT_VNODE -> vnodes.change(ident, flags, changes.fflags(i), udata);
      case EVFILT_TIMER -> timers.change(ident, flags, changes.fflags(i), changes.data(i), udata);
      case EVFILT_USER ->
          users.change(ident, flags, changes.fflags(i), changes.data(i), udata)
              ? 0
              : natives.errno().ENOENT;
    };
  }

  private int ensureReadyCapacity(int capacity) {
    if (capacity > readyCapacity) {
      ready = NativeBuffer.allocate(Math.multiplyExact(capacity, sizeof));
      readyCapacity = capacity;
    }
    return capacity;
  }

  @Override
  public void apply(ChangeList changes) {
    NativeException first = null;
    for (int i = 0; i < changes.size(); i++) {
      int failed = change(changes, i);
      if (failed != 0 && first == null) {
        first = Kevents.failed(changes, i, failed, natives);
      }
    }
    changes.clear();
    if (first != null) {
      throw first;
    }
  }

  @Override
  public void forget(int fd) {
    readers.forget(fd);
    writers.forget(fd);
    vnodes.forget(fd);
  }

  @Override
  public void wakeup() {
    synchronized (wakeupLock) {
      if (!closed) {
        long written = natives.result(libc.write(eventfd, one.address(), Long.BYTES));
        // EAGAIN would mean 2^64 - 2 wake-ups ago; the edge is reported in spite of it.
        if (written < 0 && written != eagain) {
          throw new NativeException("write", "eventfd " + eventfd, (int) -written, natives.errno());
        }
      }
    }
  }

  @Override
  public String backend() {
    return "epoll";
  }

  @Override
  public void close() {
    synchronized (wakeupLock) {
      if (closed) {
        return;
      }
      closed = true;
      libc.close(eventfd);
    }
    vnodes.close();
    timers.close();
    libc.close(writeEpfd);
    if (!lost) {
      libc.close(epfd);
    }
  }
}
