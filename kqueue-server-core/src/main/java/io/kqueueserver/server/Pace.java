package io.kqueueserver.server;

import io.kqueueserver.net.MinRate;
import java.time.Duration;
import java.util.List;

/**
 * Bounds on slow clients, on their average and on the whole of a body, and on slow handlers. {@link
 * Timeouts} bounds single waits, and a byte just inside each of those would hold a request for
 * ever.
 *
 * @param requests the minimum rate of a request's body, while the application waits for it
 * @param excludedPaths prefixes of paths whose requests have no minimum rate, as for uploads of
 *     events that go on for hours; each begins with a slash and ends at the end of a segment
 * @param responses the minimum rate at which a client takes bytes that wait for room in its socket
 * @param maxBodyTime the time that the application may wait for a body in all; zero for no bound
 * @param maxRequestTime the time from the end of a request's head to the end of its response; zero
 *     for no bound
 * @param handlerTimeout the time from the end of a request's head to the head of its response; zero
 *     for no bound
 */
public record Pace(
    MinRate requests,
    List<String> excludedPaths,
    MinRate responses,
    Duration maxBodyTime,
    Duration maxRequestTime,
    Duration handlerTimeout) {
  public static final Pace DEFAULTS =
      new Pace(
          MinRate.DEFAULTS,
          List.of(),
          MinRate.DEFAULTS,
          Duration.ZERO,
          Duration.ZERO,
          Duration.ZERO);

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException if a value is out of bounds; the message names the option
   */
  public Pace {
    excludedPaths = List.copyOf(excludedPaths);
    for (String path : excludedPaths) {
      if (!path.startsWith("/")) {
        throw new IllegalArgumentException(
            "request-rate.excluded-paths has '" + path + "'; a path must begin with '/'");
      }
    }
    OptionBounds.notNegative("max-request-body-time", maxBodyTime);
    OptionBounds.notNegative("max-request-time", maxRequestTime);
    OptionBounds.notNegative("handler-timeout", handlerTimeout);
  }

  public Pace requests(MinRate rate) {
    return new Pace(rate, excludedPaths, responses, maxBodyTime, maxRequestTime, handlerTimeout);
  }

  public Pace excludedPaths(List<String> prefixes) {
    return new Pace(requests, prefixes, responses, maxBodyTime, maxRequestTime, handlerTimeout);
  }

  public Pace maxBodyTime(Duration time) {
    return new Pace(requests, excludedPaths, responses, time, maxRequestTime, handlerTimeout);
  }

  public Pace responses(MinRate rate) {
    return new Pace(requests, excludedPaths, rate, maxBodyTime, maxRequestTime, handlerTimeout);
  }

  public Pace maxRequestTime(Duration time) {
    return new Pace(requests, excludedPaths, responses, maxBodyTime, time, handlerTimeout);
  }

  public Pace handlerTimeout(Duration time) {
    return new Pace(requests, excludedPaths, responses, maxBodyTime, maxRequestTime, time);
  }

  long maxRequestNanos() {
    return OptionBounds.nanos(maxRequestTime);
  }

  long handlerNanos() {
    return OptionBounds.nanos(handlerTimeout);
  }

  /** The minimum rate of the body of a request for this path, which may have a query. */
  MinRate requests(String path) {
    for (String prefix : excludedPaths) {
      if (isUnder(prefix, path)) {
        return MinRate.NONE;
      }
    }
    return requests;
  }

  private static boolean isUnder(String prefix, String path) {
    if (!path.startsWith(prefix)) {
      return false;
    }
    if (prefix.endsWith("/") || path.length() == prefix.length()) {
      return true;
    }
    char next = path.charAt(prefix.length());
    return next == '/' || next == '?';
  }
}
