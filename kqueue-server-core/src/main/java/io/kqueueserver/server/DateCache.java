package io.kqueueserver.server;

import java.util.function.LongFunction;

/**
 * The {@code Date} field as a version writes it, formatted once per second. One per loop; its
 * thread only.
 */
public final class DateCache {
  private final LongFunction<byte[]> format;
  private long second = Long.MIN_VALUE;
  private byte[] line = {};

  /**
   * @param format makes the field from seconds since the epoch
   */
  public DateCache(LongFunction<byte[]> format) {
    this.format = format;
  }

  /** The field for now. */
  public byte[] line() {
    long now = System.currentTimeMillis() / 1000;
    if (now != second) {
      second = now;
      line = format.apply(now);
    }
    return line;
  }
}
