package io.kqueueserver.queue;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.LinuxLibC;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;

/** The entries of one epoll set, which is its owner's to close. Loop thread only. */
final class EpollSet {
  private final Native natives;
  private final LinuxLibC libc;
  private final int epfd;
  private final int ctlAdd;
  private final int ctlMod;
  private final NativeBuffer event;
  private final int eventsAt;
  private final int dataAt;

  EpollSet(Native natives, LinuxLibC libc, int epfd) {
    this.natives = natives;
    this.libc = libc;
    this.epfd = epfd;
    Abi abi = natives.abi();
    ctlAdd = abi.constant("EPOLL_CTL_ADD");
    ctlMod = abi.constant("EPOLL_CTL_MOD");
    event = NativeBuffer.allocate(abi.constant("epoll_event.sizeof"));
    eventsAt = abi.constant("epoll_event.events.offset");
    dataAt = abi.constant("epoll_event.data.offset");
  }

  /** Returns 0 or the errno. */
  int add(int fd, int events, long data) {
    return control(ctlAdd, fd, events, data);
  }

  /** Returns 0 or the errno. */
  int modify(int fd, int events, long data) {
    return control(ctlMod, fd, events, data);
  }

  private int control(int op, int fd, int events, long data) {
    event.bytes().putInt(eventsAt, events);
    event.bytes().putLong(dataAt, data);
    return -natives.result(libc.epoll_ctl(epfd, op, fd, event.address()));
  }
}
