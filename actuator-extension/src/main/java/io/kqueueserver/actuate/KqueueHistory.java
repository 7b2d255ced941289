package io.kqueueserver.actuate;

import java.util.List;
import java.util.Map;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * What {@code history} answers: the last minute of every loop. A contract as {@link KqueueReport}.
 */
public record KqueueHistory(List<Loop> loops) implements OperationResponseBody {

  /** One loop's steps, oldest first. */
  public record Loop(String server, int loop, List<Step> steps) {}

  /** A part of the minute; {@code events} happened in it, the rest was so at its end. */
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
