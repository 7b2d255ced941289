package io.kqueueserver.queue;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.LibC;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import java.util.BitSet;

/**
 * NOTE_LOWAT of the Linux twin's EVFILT_READ: epoll has none, but heeds the socket's own mark.
 * Costs nothing until it is first used. Loop thread only.
 */
final class LowWater {
  private static final int NONE = 1;

  private final LibC libc;
  private final int solSocket;
  private final int soRcvlowat;
  private final NativeBuffer value = NativeBuffer.allocate(Integer.BYTES);
  private final BitSet raised = new BitSet();

  LowWater(Native natives) {
    this.libc = natives.libc();
    Abi abi = natives.abi();
    solSocket = abi.constant("SOL_SOCKET");
    soRcvlowat = abi.constant("SO_RCVLOWAT");
  }

  /** Before the change itself, which has epoll look whether there is enough. */
  void change(long ident, int flags, int fflags, long data) {
    boolean wanted = (fflags & EventFlag.NOTE_LOWAT) != 0 && (flags & EventFlag.EV_DELETE) == 0;
    if ((!wanted && raised.isEmpty()) || ident < 0 || ident > Integer.MAX_VALUE) {
      return;
    }
    int fd = (int) ident;
    if (wanted) {
      raised.set(fd);
      set(fd, (int) Math.max(NONE, Math.min(data, Integer.MAX_VALUE)));
    } else if (raised.get(fd)) {
      raised.clear(fd);
      set(fd, NONE);
    }
  }

  private void set(int fd, int bytes) {
    value.bytes().putInt(0, bytes);
    // A pipe has no mark; a descriptor that is not open makes the change itself fail.
    libc.setsockopt(fd, solSocket, soRcvlowat, value.address(), Integer.BYTES);
  }
}
