package io.kqueueserver.benchmarks.readiness;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;

/** poll(2): the whole set goes in with every call, and is searched after it. */
final class PollWaiter implements Waiter {
  // struct pollfd and POLLIN are the same on every system we know.
  private static final int SIZEOF = 8;
  private static final int EVENTS_AT = 4;
  private static final int REVENTS_AT = 6;
  private static final short POLLIN = 1;

  private final Native natives;
  private final PollAndSelect calls;
  private final NativeBuffer fds;
  private final int count;

  PollWaiter(Native natives, NativeDescriptors descriptors) {
    this.natives = natives;
    calls = natives.bind(PollAndSelect.class);
    count = descriptors.count();
    fds = NativeBuffer.allocate(count * SIZEOF);
    for (int i = 0; i < count; i++) {
      fds.bytes().putInt(i * SIZEOF, descriptors.fd(i));
      fds.bytes().putShort(i * SIZEOF + EVENTS_AT, POLLIN);
    }
  }

  @Override
  public int await() {
    int n = natives.result(calls.poll(fds.address(), count, -1));
    if (n <= 0) {
      return Interrupted.orThrow(natives, n, "poll");
    }
    for (int i = 0; i < count; i++) {
      if (fds.bytes().getShort(i * SIZEOF + REVENTS_AT) != 0) {
        return i;
      }
    }
    return -1;
  }

  @Override
  public void close() {}
}
