package io.kqueueserver.queue;

import io.kqueueserver.ffi.KqueueCalls;
import io.kqueueserver.ffi.LinuxLibC;
import io.kqueueserver.ffi.Native;

/** Opens the event queue a system has. */
public final class Kqueues {
  private Kqueues() {}

  /**
   * As {@link #open(Native)}.
   *
   * @param crowded whether more threads wait for such queues than there are processors
   * @throws io.kqueueserver.ffi.NativeException if the system has no descriptor to spare
   */
  public static Kqueue open(Native natives, boolean crowded) {
    Kqueue queue = open(natives);
    return crowded ? new CrowdedKqueue(queue) : queue;
  }

  /**
   * The kernel's kqueue, a library's if one was named, or its Linux twin.
   *
   * @throws io.kqueueserver.ffi.NativeException if the system has no descriptor to spare
   */
  public static Kqueue open(Native natives) {
    KqueueCalls calls = natives.kqueue();
    if (calls != null) {
      return new NativeKqueue(natives, calls);
    }
    return new EpollKqueue(natives, (LinuxLibC) natives.libc());
  }
}
