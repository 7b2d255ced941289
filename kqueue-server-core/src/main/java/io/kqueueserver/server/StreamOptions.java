package io.kqueueserver.server;

import java.time.Duration;

/**
 * Bounds on a byte stream after a switch of protocols.
 *
 * @param idleTimeout the time without a byte in either direction, while input is wanted
 * @param drainTimeout the time from the notice that the stream should end, because the server
 *     drains or by the age of the connection, to the reset of the stream
 */
public record StreamOptions(Duration idleTimeout, Duration drainTimeout) {
  /** The defaults. 10 s to drain is well below the 30 s of a phase of Spring's shutdown. */
  public static final StreamOptions DEFAULTS =
      new StreamOptions(Duration.ofSeconds(60), Duration.ofSeconds(10));

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException if a value is out of bounds; the message names the option
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
