package io.kqueueserver.socket;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.LibC;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeException;

/**
 * How a system makes an accepted socket non-blocking and close-on-exec. TCP_NODELAY needs nothing:
 * it is the listener's and inherited (Linux clones the listener's socket, tcp_create_openreq_child;
 * FreeBSD, DragonFly, NetBSD, OpenBSD and xnu copy TF_NODELAY of its t_flags in the syncache or
 * tcp_input).
 */
interface AcceptMode {
  /** Returns the descriptor or {@code -errno}. */
  int accept(int listener, long address, long addressLength);

  static AcceptMode of(Native natives) {
    LibC libc = natives.libc();
    Abi abi = natives.abi();
    if (natives.has("accept4") && abi.has("SOCK_NONBLOCK")) {
      int flags = abi.constant("SOCK_NONBLOCK") | abi.constant("SOCK_CLOEXEC");
      return (listener, address, length) ->
          natives.result(libc.accept4(listener, address, length, flags));
    }
    return (listener, address, length) -> {
      int fd = natives.result(libc.accept(listener, address, length));
      if (fd < 0) {
        return fd;
      }
      try {
        natives.closeOnExec(fd);
        if (!abi.isDarwin()) {
          natives.nonBlocking(fd); // xnu copies the listener's O_NONBLOCK
        }
        return fd;
      } catch (NativeException e) {
        libc.close(fd);
        return -e.errno();
      }
    };
  }
}
