package io.kqueueserver.server;

import java.time.Duration;

/**
 * Bounds on a byte stream after a switch of protocols.
 *
 * @param idleTimeout without a byte in either direction, while input is wanted
 * @param drainTimeout from the notice that the server drains to the reset of the stream
 */
public record StreamOptions(Duration idleTimeout, Duration drainTimeout) {
  /** 10 s to drain: well below the 30 s that Spring grants a phase of its shutdown. */
  public static final StreamOptions DEFAULTS =
      new StreamOptions(Duration.ofSeconds(60), Duration.ofSeconds(10));

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException naming the option, its value and what is allowed
   */
  public StreamOptions {
    OptionBounds.positive("stream-idle-timeout", idleTimeout);
    OptionBounds.positive("stream-drain-timeout", drainTimeout);
  }

  long idleNanos() {
    return OptionBounds.nanos(idleTimeout);
  }

  long drainNanos() {
    return OptionBounds.nanos(drainTimeout);
  }
}
