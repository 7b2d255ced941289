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
    return new Plain(natives);
  }

  /** accept(2) and fcntl(2). Several loops may share it: the one field is only a shortcut. */
  final class Plain implements AcceptMode {
    private final Native natives;

    /**
     * xnu copies the listener's O_NONBLOCK; believed once seen, for a blocking socket stops a loop.
     */
    private boolean inherits;

    Plain(Native natives) {
      this.natives = natives;
    }

    @Override
    public int accept(int listener, long address, long addressLength) {
      int fd = natives.result(natives.libc().accept(listener, address, addressLength));
      if (fd < 0) {
        return fd;
      }
      try {
        natives.closeOnExec(fd);
        if (!inherits) {
          inherits = natives.nonBlocking(fd) && natives.abi().isDarwin();
        }
        return fd;
      } catch (NativeException e) {
        natives.libc().close(fd);
        return -e.errno();
      }
    }
  }
}
