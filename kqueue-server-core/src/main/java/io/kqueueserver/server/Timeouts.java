package io.kqueueserver.server;

import java.time.Duration;

/**
 * Bounds on the time that a client may keep a connection waiting. {@code nanos} methods return
 * spans of a loop's clock.
 *
 * @param idle the time between requests on a connection
 * @param header the time from a request's first byte (or the connection's start) to the end of its
 *     head
 * @param body the time without a byte of a body that the application waits for
 * @param write the time without progress while bytes wait to be sent
 */
public record Timeouts(Duration idle, Duration header, Duration body, Duration write) {
  public static final Timeouts DEFAULTS =
      new Timeouts(
          Duration.ofSeconds(60),
          Duration.ofSeconds(15),
          Duration.ofSeconds(30),
          Duration.ofSeconds(60));

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException if a value is out of bounds; the message names the option
   */
  public Timeouts {
    OptionBounds.positive("idle-timeout", idle);
    OptionBounds.positive("request-header-timeout", header);
    OptionBounds.positive("body-timeout", body);
    OptionBounds.positive("write-timeout", write);
  }

  public Timeouts idle(Duration timeout) {
    return new Timeouts(timeout, header, body, write);
  }

  public Timeouts header(Duration timeout) {
    return new Timeouts(idle, timeout, body, write);
  }

  public Timeouts body(Duration timeout) {
    return new Timeouts(idle, header, timeout, write);
  }

  public Timeouts write(Duration timeout) {
    return new Timeouts(idle, header, body, timeout);
  }

  public long idleNanos() {
    return OptionBounds.nanos(idle);
  }

  public long headerNanos() {
    return OptionBounds.nanos(header);
  }

  public long bodyNanos() {
    return OptionBounds.nanos(body);
  }

  public long writeNanos() {
    return OptionBounds.nanos(write);
  }
}
