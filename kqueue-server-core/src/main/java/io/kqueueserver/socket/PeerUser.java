package io.kqueueserver.socket;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.ffi.NativeUnavailableException;
import io.kqueueserver.ffi.PeerCalls;

/**
 * The user of the process at the other end of a Unix domain socket, as the kernel recorded it when
 * that process connected or began to listen: SO_PEERCRED on Linux, getpeereid(3) elsewhere.
 */
final class PeerUser {
  private final Native natives;
  private final Abi abi;
  private final PeerCalls calls;

  PeerUser(Native natives) {
    this.natives = natives;
    this.abi = natives.abi();
    this.calls = natives.bind(PeerCalls.class);
  }

  /** The effective user of this process. */
  int ours() {
    return calls.geteuid();
  }

  /**
   * The effective user of the other process.
   *
   * @throws NativeException naming {@code getsockopt(fd ..)} or {@code getpeereid(fd ..)}
   * @throws NativeUnavailableException if the system has neither
   */
  int of(int fd) {
    return abi.has("ucred.sizeof") ? byOption(fd) : byCall(fd);
  }

  private int byOption(int fd) {
    NativeBuffer ucred = NativeBuffer.allocate(abi.constant("ucred.sizeof"));
    NativeBuffer length = NativeBuffer.allocate(Integer.BYTES);
    length.bytes().putInt(0, ucred.size());
    int level = abi.constant("SOL_SOCKET");
    int option = abi.constant("SO_PEERCRED");
    natives.check(
        natives.libc().getsockopt(fd, level, option, ucred.address(), length.address()),
        "getsockopt",
        fd);
    return ucred.bytes().getInt(abi.constant("ucred.uid.offset"));
  }

  private int byCall(int fd) {
    if (!natives.has("getpeereid")) {
      throw new NativeUnavailableException(
          abi + " has no getpeereid", "unset handover.path, or use socket activation");
    }
    NativeBuffer ids = NativeBuffer.allocate(2 * Integer.BYTES);
    natives.check(
        calls.getpeereid(fd, ids.address(), ids.address() + Integer.BYTES), "getpeereid", fd);
    return ids.bytes().getInt(0);
  }
}
