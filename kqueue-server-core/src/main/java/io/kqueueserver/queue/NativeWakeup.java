package io.kqueueserver.queue;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.KqueueCalls;
import io.kqueueserver.ffi.LibC;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.ffi.SocketPairCalls;

/**
 * Makes kevent return: by EVFILT_USER, or where the system has none (OpenBSD before 7.8, NetBSD
 * before 10) by a byte in a pipe or a socket pair. {@link #wake()} may be called by any thread, the
 * rest by the owner.
 */
abstract class NativeWakeup {
  /** An ident no other EVFILT_USER registration will choose. */
  private static final long IDENT = 0x6b71_7761;

  final Native natives;
  final LibC libc;
  final Object lock = new Object();
  boolean closed;

  private NativeWakeup(Native natives) {
    this.natives = natives;
    this.libc = natives.libc();
  }

  /**
   * Registers the wake-up.
   *
   * @param scratch an empty list of the queue's
   */
  static NativeWakeup open(Native natives, KqueueCalls calls, int kq, ChangeList scratch) {
    scratch.add(IDENT, Filter.EVFILT_USER, EventFlag.EV_ADD | EventFlag.EV_CLEAR, 0, 0, 0);
    int added = natives.result(calls.kevent(kq, scratch.address(), 1, 0, 0, 0));
    scratch.clear();
    if (added >= 0) {
      return new ByUser(natives, calls, kq, scratch);
    }
    if (added == -natives.errno().EINVAL) { // the system has no such filter
      return new ByPipe(natives, calls, kq, scratch);
    }
    throw new NativeException("kevent", "EVFILT_USER, EV_ADD", -added, natives.errno());
  }

  /** Whether the system has EVFILT_USER. */
  abstract boolean isUser();

  abstract void trigger();

  /** Whether this event is a wake-up; what it left behind is cleared away. */
  abstract boolean take(EventList events, int index);

  abstract void release();

  final void wake() {
    synchronized (lock) {
      if (!closed) {
        trigger();
      }
    }
  }

  final void takeOut(EventList events) {
    for (int i = events.size() - 1; i >= 0; i--) {
      if (!events.isError(i) && take(events, i)) {
        events.remove(i);
      }
    }
  }

  final void close() {
    synchronized (lock) {
      closed = true;
      release();
    }
  }

  private static final class ByUser extends NativeWakeup {
    private final KqueueCalls calls;
    private final int kq;
    private final ChangeList trigger;
    private final NativeBuffer now;

    ByUser(Native natives, KqueueCalls calls, int kq, ChangeList scratch) {
      super(natives);
      this.calls = calls;
      this.kq = kq;
      now = NativeBuffer.allocate(natives.abi().constant("timespec.sizeof"));
      trigger = scratch;
      trigger.add(IDENT, Filter.EVFILT_USER, 0, EventFlag.NOTE_TRIGGER, 0, 0);
    }

    @Override
    boolean isUser() {
      return true;
    }

    @Override
    void trigger() {
      natives.check(
          calls.kevent(kq, trigger.address(), 1, 0, 0, now.address()),
          "kevent",
          "EVFILT_USER, NOTE_TRIGGER");
    }

    @Override
    boolean take(EventList events, int index) {
      return events.ident(index) == IDENT && events.filter(index) == Filter.EVFILT_USER;
    }

    @Override
    void release() {}
  }

  private static final class ByPipe extends NativeWakeup {
    private final int readEnd;
    private final int writeEnd;
    private final NativeBuffer bytes = NativeBuffer.allocate(64);

    ByPipe(Native natives, KqueueCalls calls, int kq, ChangeList scratch) {
      super(natives);
      NativeBuffer fildes = NativeBuffer.allocate(2 * Integer.BYTES);
      if (natives.has("pipe")) {
        natives.check(libc.pipe(fildes.address()), "pipe", "");
      } else {
        Abi abi = natives.abi();
        SocketPairCalls pairs = natives.bind(SocketPairCalls.class);
        int stream = abi.constant("SOCK_STREAM");
        natives.check(
            pairs.socketpair(abi.constant("AF_UNIX"), stream, 0, fildes.address()),
            "socketpair",
            "");
      }
      readEnd = fildes.bytes().getInt(0);
      writeEnd = fildes.bytes().getInt(Integer.BYTES);
      try {
        prepare(readEnd);
        prepare(writeEnd);
        scratch.add(readEnd, Filter.EVFILT_READ, EventFlag.EV_ADD, 0, 0, 0);
        natives.check(
            calls.kevent(kq, scratch.address(), 1, 0, 0, 0), "kevent", "EVFILT_READ, pipe");
      } catch (RuntimeException | Error e) {
        release();
        throw e;
      }
    }

    private void prepare(int fd) {
      natives.closeOnExec(fd);
      natives.nonBlocking(fd);
    }

    @Override
    boolean isUser() {
      return false;
    }

    @Override
    void trigger() {
      libc.write(writeEnd, bytes.address(), 1); // a full pipe wakes just as well
    }

    @Override
    boolean take(EventList events, int index) {
      if (events.ident(index) != readEnd || events.filter(index) != Filter.EVFILT_READ) {
        return false;
      }
      int size = bytes.size();
      while (libc.read(readEnd, bytes.address(), size) == size) {
        // Until it is empty.
      }
      return true;
    }

    @Override
    void release() {
      libc.close(readEnd);
      libc.close(writeEnd);
    }
  }
}
