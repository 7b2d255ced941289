package io.kqueueserver.server;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the listening sockets of a server go to the process that replaces it.
 *
 * @param path file of a Unix domain socket by which a server asks the process before it for its
 *     listening sockets, and gives them to the process behind it; null for no handover
 * @param timeout longest wait for each answer of the other process
 * @param acceptPeriod how long the server that has given its sockets away goes on to accept; zero
 *     or less for no time
 */
public record HandoverOptions(@Nullable Path path, Duration timeout, Duration acceptPeriod) {
  public static final HandoverOptions DEFAULTS =
      new HandoverOptions(null, Duration.ofSeconds(10), Duration.ZERO);

  /**
   * Checks the bound.
   *
   * @throws IllegalArgumentException if the timeout is not positive
   */
  public HandoverOptions {
    OptionBounds.positive("handover.timeout", timeout);
  }

  public HandoverOptions path(@Nullable Path file) {
    return new HandoverOptions(file, timeout, acceptPeriod);
  }

  public HandoverOptions timeout(Duration longest) {
    return new HandoverOptions(path, longest, acceptPeriod);
  }

  public HandoverOptions acceptPeriod(Duration period) {
    return new HandoverOptions(path, timeout, period);
  }
}
