package io.kqueueserver.queue;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeException;

/** The text of changes in messages of the queues. */
final class Kevents {
  private Kevents() {}

  static NativeException failed(KeventArray list, int index, int errno, Native natives) {
    Filter filter = list.filter(index);
    boolean numbered = filter == Filter.EVFILT_USER || filter == Filter.EVFILT_TIMER;
    String subject = filter + (numbered ? ", ident " : ", fd ") + list.ident(index);
    return new NativeException("kevent", subject, errno, natives.errno());
  }
}
