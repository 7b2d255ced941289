package io.kqueueserver.benchmarks.readiness;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.LinuxLibC;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;

/** epoll(7) with nothing around it: what our Linux twin is measured by. */
final class EpollWaiter implements Waiter {
  private final Native natives;
  private final LinuxLibC libc;
  private final int epfd;
  private final NativeBuffer events;
  private final int dataAt;

  EpollWaiter(Native natives, NativeDescriptors descriptors, Trigger trigger) {
    this.natives = natives;
    libc = (LinuxLibC) natives.libc();
    Abi abi = natives.abi();
    int sizeof = abi.constant("epoll_event.sizeof");
    dataAt = abi.constant("epoll_event.data.offset");
    events = NativeBuffer.allocate(Readiness.EVENT_CAPACITY * sizeof);
    epfd = natives.check(libc.epoll_create1(abi.constant("EPOLL_CLOEXEC")), "epoll_create1", "");
    int interest =
        abi.constant("EPOLLIN") | (trigger == Trigger.EDGE ? abi.constant("EPOLLET") : 0);
    for (int i = 0; i < descriptors.count(); i++) {
      events.bytes().putInt(abi.constant("epoll_event.events.offset"), interest);
      events.bytes().putLong(dataAt, i);
      int fd = descriptors.fd(i);
      int add = abi.constant("EPOLL_CTL_ADD");
      natives.check(libc.epoll_ctl(epfd, add, fd, events.address()), "epoll_ctl", fd);
    }
  }

  @Override
  public int await() {
    int n = natives.result(libc.epoll_wait(epfd, events.address(), Readiness.EVENT_CAPACITY, -1));
    return n > 0
        ? (int) events.bytes().getLong(dataAt)
        : Interrupted.orThrow(natives, n, "epoll_wait");
  }

  @Override
  public void close() {
    libc.close(epfd);
  }
}
