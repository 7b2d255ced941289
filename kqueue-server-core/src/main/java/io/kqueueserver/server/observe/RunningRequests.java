package io.kqueueserver.server.observe;

import io.kqueueserver.net.ConnectionView;
import io.kqueueserver.stats.CurrentRequest;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * What loops are at work on, seen from outside and while it goes on: no loop is asked, so that a
 * stuck one is seen too.
 *
 * @param count of all
 * @param oldest a few of them, those that began first before the others
 */
public record RunningRequests(int count, List<Request> oldest) {
  /** A request comes from outside: a longer path is cut. */
  private static final int MAX_PATH = 128;

  /**
   * One of them.
   *
   * @param path without query, at most 128 chars of it
   * @param handler who serves it, as the application calls it; null if that is not known
   */
  public record Request(String method, String path, long ageNanos, @Nullable String handler) {}

  public static RunningRequests of(List<LoopView> loops, int most) {
    long now = System.nanoTime();
    Comparator<CurrentRequest> byStart = Comparator.comparingLong(r -> r.startedNanos() - now);
    // The youngest on top, to make room for an older one.
    PriorityQueue<CurrentRequest> oldest = new PriorityQueue<>(byStart.reversed());
    int count = 0;
    for (LoopView loop : loops) {
      for (int slot = 0; slot < loop.slots(); slot++) {
        ConnectionView connection = loop.connection(slot);
        if (connection != null) {
          count += connection.requests().active();
          for (CurrentRequest request : connection.requests().listed()) {
            oldest.add(request);
            if (oldest.size() > most) {
              oldest.remove();
            }
          }
        }
      }
    }
    List<Request> requests =
        oldest.stream().sorted(byStart).map(request -> described(request, now)).toList();
    return new RunningRequests(count, requests);
  }

  private static Request described(CurrentRequest request, long now) {
    String path = request.path();
    return new Request(
        request.method(),
        path.length() > MAX_PATH ? path.substring(0, MAX_PATH) + "..." : path,
        Math.max(0, now - request.startedNanos()),
        request.handler());
  }
}
