package io.kqueueserver.socket;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.Native;

/** Descriptor flags by fcntl(2), for the calls that cannot set them themselves. */
final class Descriptors {
  private Descriptors() {}

  static void closeOnExec(Native natives, int fd) {
    Abi abi = natives.abi();
    natives.check(
        natives.libc().fcntl(fd, abi.constant("F_SETFD"), abi.constant("FD_CLOEXEC")), "fcntl", fd);
  }

  static void nonBlocking(Native natives, int fd) {
    Abi abi = natives.abi();
    int flags = natives.check(natives.libc().fcntl(fd, abi.constant("F_GETFL"), 0), "fcntl", fd);
    natives.check(
        natives.libc().fcntl(fd, abi.constant("F_SETFL"), flags | abi.constant("O_NONBLOCK")),
        "fcntl",
        fd);
  }
}
