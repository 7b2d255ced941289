package io.kqueueserver.actuate;

import java.util.List;
import java.util.Map;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * The response of {@code history}: the last minute of every loop. Its names are a contract, as
 * those of {@link KqueueReport}.
 */
public record KqueueHistory(List<Loop> loops) implements OperationResponseBody {

  /** One loop's steps, oldest first. */
  public record Loop(String server, int loop, List<Step> steps) {}

  /** A part of the minute. {@code events} counts the whole step; other values are of its end. */
  public record Step(
      long ageNanos,
      long spanNanos,
      double utilization,
      Latency latency,
      Map<String, Long> events,
      Map<String, Integer> registered) {}

  /** Percentiles of the step. */
  public record Latency(long p50Nanos, long p99Nanos, long p999Nanos) {}
}
