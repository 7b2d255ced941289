package io.kqueueserver.socket;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.RecvCalls;

/** Looks at the first bytes of a socket without taking them. Any thread. */
public final class Peeker {
  private final Native natives;
  private final RecvCalls libc;
  private final int msgPeek;

  /**
   * @throws io.kqueueserver.ffi.NativeUnavailableException if the library has no recv(2)
   */
  public Peeker(Native natives) {
    this.natives = natives;
    this.libc = natives.bind(RecvCalls.class);
    this.msgPeek = natives.abi().constant("MSG_PEEK");
  }

  /** As {@link Sockets#read}, but the bytes stay. */
  public int peek(int fd, long address, int length) {
    return (int) natives.result(libc.recv(fd, address, length, msgPeek));
  }
}
