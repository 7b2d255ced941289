package io.kqueueserver.queue;

import static io.kqueueserver.queue.KqueueDifference.ADDED_AGAIN_A_TIMER_RUNS_ON;
import static io.kqueueserver.queue.KqueueDifference.DISPATCH_YIELDS_TO_CLEAR;
import static io.kqueueserver.queue.KqueueDifference.ENABLE_KEEPS_OLD_STATE;
import static io.kqueueserver.queue.KqueueDifference.TRIGGER_IN_ADD_MAY_FIRE;

import io.kqueueserver.ffi.KqueueCalls;
import io.kqueueserver.ffi.Native;
import java.util.EnumSet;
import java.util.Set;

/** What is known of a kernel by its row, where the build did not make it itself. */
final class KernelTraits {
  private static final int NO_DESCRIPTOR = 999;

  private KernelTraits() {}

  /** Asked, not looked up: the row of a system is the same before and after it got the filter. */
  static boolean hasUserFilter(Native natives) {
    return has(natives, Filter.EVFILT_USER, 0, 0);
  }

  static boolean hasTimers(Native natives) {
    return has(natives, Filter.EVFILT_TIMER, 0, 60_000);
  }

  /** A change that fails for its descriptor has got past the question of its filter. */
  static boolean hasVnodes(Native natives) {
    return has(natives, Filter.EVFILT_VNODE, EventFlag.NOTE_WRITE, 0);
  }

  private static boolean has(Native natives, Filter filter, int fflags, long data) {
    KqueueCalls calls = natives.kqueue();
    try (NativeKqueue queue = new NativeKqueue(natives, calls)) {
      ChangeList changes = queue.newChangeList();
      changes.add(NO_DESCRIPTOR, filter, EventFlag.EV_ADD, fflags, data, 0);
      EventList events = queue.newEventList(1);
      return queue.poll(changes, events, 0) == 0 || events.data(0) == natives.errno().EBADF;
    }
  }

  /** Those of the row, and those that -Dkqueue.contract.differences names, parted by commas. */
  static Set<KqueueDifference> differences(Native natives) {
    Set<KqueueDifference> differences = EnumSet.noneOf(KqueueDifference.class);
    switch (natives.kqueueAbi().os()) {
      case "netbsd" -> {
        differences.add(DISPATCH_YIELDS_TO_CLEAR);
        if (!hasUserFilter(natives)) { // before 10
          differences.add(ENABLE_KEEPS_OLD_STATE);
          differences.add(ADDED_AGAIN_A_TIMER_RUNS_ON);
        }
      }
      case "darwin" -> differences.add(TRIGGER_IN_ADD_MAY_FIRE);
      default -> {}
    }
    for (String name : System.getProperty("kqueue.contract.differences", "").split(",", -1)) {
      if (!name.isBlank()) {
        differences.add(KqueueDifference.valueOf(name.trim()));
      }
    }
    return differences;
  }
}
