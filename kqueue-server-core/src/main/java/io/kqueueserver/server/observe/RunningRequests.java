package io.kqueueserver.server.observe;

import io.kqueueserver.net.ConnectionView;
import io.kqueueserver.stats.CurrentRequest;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * The running requests of all loops, read from outside, so that the requests of a stuck loop are
 * seen, too.
 *
 * @param count number of running requests
 * @param oldest the oldest of the requests, ordered by their begin
 */
public record RunningRequests(int count, List<Request> oldest) {
  /** 128: most characters of a path, which comes from outside. */
  private static final int MAX_PATH = 128;

  /**
   * One running request.
   *
   * @param path the path without query, at most 128 characters
   * @param handler the application's name of the handler; null if it is not known
   */
  public record Request(String method, String path, long ageNanos, @Nullable String handler) {}

  public static RunningRequests of(List<LoopView> loops, int most) {
    long now = System.nanoTime();
    Comparator<CurrentRequest> byStart = Comparator.comparingLong(r -> r.startedNanos() - now);
    // The youngest request is on top, to make room for an older one.
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
