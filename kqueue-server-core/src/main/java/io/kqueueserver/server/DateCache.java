package io.kqueueserver.server;

import io.kqueueserver.http.HttpDate;
import java.nio.charset.StandardCharsets;

/** The {@code Date} field line, formatted once per second. One per loop; its thread only. */
final class DateCache {
  private static final byte[] NAME = "Date: ".getBytes(StandardCharsets.US_ASCII);

  private long second = Long.MIN_VALUE;
  private byte[] line = {};

  /** The field line for now, line end included. */
  byte[] line() {
    long now = System.currentTimeMillis() / 1000;
    if (now != second) {
      second = now;
      byte[] date = HttpDate.format(now);
      byte[] fresh = new byte[NAME.length + date.length + 2];
      System.arraycopy(NAME, 0, fresh, 0, NAME.length);
      System.arraycopy(date, 0, fresh, NAME.length, date.length);
      fresh[fresh.length - 2] = '\r';
      fresh[fresh.length - 1] = '\n';
      line = fresh;
    }
    return line;
  }
}
