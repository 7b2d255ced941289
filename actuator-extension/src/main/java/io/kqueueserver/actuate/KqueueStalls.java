package io.kqueueserver.actuate;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * The response of {@code stalls}, newest first. Its names are a contract, as those of {@link
 * KqueueReport}.
 */
public record KqueueStalls(List<Stall> stalls) implements OperationResponseBody {

  /** One turn of a loop that took too long. */
  public record Stall(
      String server,
      long id,
      int loop,
      String thread,
      Instant startedAt,
      long durationNanos,
      boolean ongoing,
      String cause,
      @Nullable String peer,
      @Nullable String method,
      @Nullable String path,
      @Nullable String handler,
      @Nullable Long streamId,
      List<String> firstStack,
      List<String> lastStack) {}
}
