package io.kqueueserver.server;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Bounds on the requests that run at once, over all connections.
 *
 * @param max maximum number of requests between their head and the last byte of their response; 0
 *     for no limit, and then no other bound of these applies
 * @param longestWait how long a request above the maximum waits for a place before it is answered
 *     with 503; zero for no wait
 * @param maxWaiting maximum number of requests that wait; a request above is answered at once
 * @param maxManagement maximum number of requests below {@code managementPath}, which do not count
 *     against {@code max}
 * @param managementPath path below which an operator's requests are; null for none
 */
public record RunningLimits(
    int max,
    Duration longestWait,
    int maxWaiting,
    int maxManagement,
    @Nullable String managementPath) {
  public static final RunningLimits DEFAULTS = new RunningLimits(0, Duration.ZERO, 1024, 16, null);

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException if a value is out of bounds; the message names the option
   */
  public RunningLimits {
    OptionBounds.within("max-running-requests", max, 0, Integer.MAX_VALUE);
    OptionBounds.notNegative("running-request-wait", longestWait);
    OptionBounds.within("max-waiting-requests", maxWaiting, 0, Integer.MAX_VALUE);
    OptionBounds.within("max-running-management-requests", maxManagement, 1, Integer.MAX_VALUE);
  }

  public RunningLimits max(int most) {
    return new RunningLimits(most, longestWait, maxWaiting, maxManagement, managementPath);
  }

  public RunningLimits waiting(Duration time, int most) {
    return new RunningLimits(max, time, most, maxManagement, managementPath);
  }

  public RunningLimits management(int most, @Nullable String path) {
    return new RunningLimits(max, longestWait, maxWaiting, most, path);
  }
}
