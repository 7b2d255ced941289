package io.kqueueserver.server;

import io.kqueueserver.http.h1.Http1Encoder;

/** The {@code Date} field line, formatted once per second. One per loop; its thread only. */
final class DateCache {
  private long second = Long.MIN_VALUE;
  private byte[] line = {};

  /** The field line for now, line end included. */
  byte[] line() {
    long now = System.currentTimeMillis() / 1000;
    if (now != second) {
      second = now;
      line = Http1Encoder.dateLine(now);
    }
    return line;
  }
}
