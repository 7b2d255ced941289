package io.kqueueserver.server;

import java.util.function.LongFunction;

/**
 * The {@code Date} field in the form of an HTTP version, formatted once per second. Each loop has a
 * cache. The loop's thread only.
 */
public final class DateCache<T> {
  private final LongFunction<T> format;
  private long second;
  private T line;

  /**
   * @param format makes the field from seconds since the epoch
   */
  public DateCache(LongFunction<T> format) {
    this.format = format;
    this.second = System.currentTimeMillis() / 1000;
    this.line = format.apply(second);
  }

  /** The field of the current second. */
  public T line() {
    long now = System.currentTimeMillis() / 1000;
    if (now != second) {
      second = now;
      line = format.apply(now);
    }
    return line;
  }
}
