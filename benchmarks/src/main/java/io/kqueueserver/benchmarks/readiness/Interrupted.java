package io.kqueueserver.benchmarks.readiness;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeException;

/** What a wait without a limit returns besides a ready descriptor. */
final class Interrupted {
  private Interrupted() {}

  /** Returns -1 for a wait that a signal broke off. */
  static int orThrow(Native natives, int result, String call) {
    if (result == 0 || result == -natives.errno().EINTR) {
      return -1;
    }
    throw new NativeException(call, "", -result, natives.errno());
  }
}
