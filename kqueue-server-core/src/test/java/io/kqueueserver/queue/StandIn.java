package io.kqueueserver.queue;

import static io.kqueueserver.queue.KqueueDifference.ACCEPT_TELLS_OF_RESET_LATER;
import static io.kqueueserver.queue.KqueueDifference.ADDED_AGAIN_A_TIMER_RUNS_ON;
import static io.kqueueserver.queue.KqueueDifference.DISPATCH_YIELDS_TO_CLEAR;
import static io.kqueueserver.queue.KqueueDifference.ENABLE_KEEPS_OLD_STATE;
import static io.kqueueserver.queue.KqueueDifference.EVENT_TAKES_THE_ERROR;
import static io.kqueueserver.queue.KqueueDifference.LISTENER_EDGE_COMES_ONCE;
import static io.kqueueserver.queue.KqueueDifference.NO_LOW_WATER_FOR_WRITING;
import static io.kqueueserver.queue.KqueueDifference.NO_REGULAR_FILES;
import static io.kqueueserver.queue.KqueueDifference.NO_WRITE_EDGE_PER_ACK;
import static io.kqueueserver.queue.KqueueDifference.TELLING_THE_ERROR_TAKES_IT;
import static io.kqueueserver.queue.KqueueDifference.UNCONNECTED_SOCKET_FIRES;

import java.util.EnumSet;
import java.util.Set;

/** What the C libraries of src/test/native cannot make of the Linux below them. */
final class StandIn {
  /** Fewer than for a kernel: it is our wake-up that is counted, on a dozen of these. */
  static final int WAKEUPS = 20_000;

  private StandIn() {}

  /** Of the one that has kqueue and kevent only: the sockets are the host's. */
  static Set<KqueueDifference> kqueueOnly(String abi, boolean hasUserFilter) {
    Set<KqueueDifference> differences = whole(abi, hasUserFilter);
    differences.add(LISTENER_EDGE_COMES_ONCE);
    differences.add(TELLING_THE_ERROR_TAKES_IT);
    differences.add(EVENT_TAKES_THE_ERROR);
    differences.add(NO_REGULAR_FILES);
    return differences;
  }

  /** Of the one that is a whole system. */
  static Set<KqueueDifference> whole(String abi, boolean hasUserFilter) {
    Set<KqueueDifference> differences =
        EnumSet.of(
            NO_WRITE_EDGE_PER_ACK,
            UNCONNECTED_SOCKET_FIRES,
            NO_LOW_WATER_FOR_WRITING,
            ACCEPT_TELLS_OF_RESET_LATER);
    if (abi.startsWith("netbsd")) {
      differences.add(DISPATCH_YIELDS_TO_CLEAR);
      if (!hasUserFilter) { // before 10
        differences.add(ENABLE_KEEPS_OLD_STATE);
        differences.add(ADDED_AGAIN_A_TIMER_RUNS_ON);
      }
    }
    return differences;
  }
}
