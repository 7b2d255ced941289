package io.kqueueserver.benchmarks;

import java.time.LocalDate;
import java.time.ZoneOffset;

/** Where and when a figure was taken; printed beside it. */
public final class Machine {
  private Machine() {}

  public static String line() {
    return "%s, JDK %s, %s %s %s, %d processors"
        .formatted(
            LocalDate.now(ZoneOffset.UTC),
            Runtime.version(),
            System.getProperty("os.name"),
            System.getProperty("os.version"),
            System.getProperty("os.arch"),
            Runtime.getRuntime().availableProcessors());
  }
}
