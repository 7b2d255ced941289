package io.kqueueserver.server;

import java.time.Duration;

/**
 * How long a client may keep a connection waiting. {@code nanos} methods are spans of a loop's
 * clock.
 *
 * @param idle between requests on a connection
 * @param header from a request's first byte (or the connection's start) to the end of its head
 * @param body without a byte of a body the application waits for
 * @param write without progress while bytes wait to be sent
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
   * @throws IllegalArgumentException naming the option, its value and what is allowed
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
