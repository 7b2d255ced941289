package io.kqueueserver.benchmarks.readiness;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * select(2): a bit per descriptor up to the highest. FD_SETSIZE bounds the C library's fd_set, not
 * the kernel, which reads as many bits as nfds says; so the set is our own.
 */
final class SelectWaiter implements Waiter {
  private final Native natives;
  private final PollAndSelect calls;
  private final int nfds;
  private final int bytes;
  private final NativeBuffer wanted;
  private final NativeBuffer set;
  private final ByteBuffer source;
  private final int[] indexOf;

  SelectWaiter(Native natives, NativeDescriptors descriptors) {
    this.natives = natives;
    calls = natives.bind(PollAndSelect.class);
    nfds = descriptors.highestFd() + 1;
    bytes = (nfds + Long.SIZE - 1) / Long.SIZE * Long.BYTES;
    wanted = NativeBuffer.allocate(bytes);
    set = NativeBuffer.allocate(bytes);
    source = wanted.bytes();
    indexOf = new int[nfds];
    Arrays.fill(indexOf, -1);
    for (int i = 0; i < descriptors.count(); i++) {
      int fd = descriptors.fd(i);
      int at = fd / Long.SIZE * Long.BYTES;
      source.putLong(at, source.getLong(at) | 1L << fd);
      indexOf[fd] = i;
    }
  }

  @Override
  public int await() {
    // The kernel answers in the set it was given, so every call needs a fresh copy.
    set.bytes().put(0, source, 0, bytes);
    int n = natives.result(calls.select(nfds, set.address(), 0, 0, 0));
    if (n <= 0) {
      return Interrupted.orThrow(natives, n, "select");
    }
    for (int at = 0; at < bytes; at += Long.BYTES) {
      long word = set.bytes().getLong(at);
      if (word != 0) {
        return indexOf[at / Long.BYTES * Long.SIZE + Long.numberOfTrailingZeros(word)];
      }
    }
    return -1;
  }

  @Override
  public void close() {}
}
