package io.kqueueserver.benchmarks.load;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** For each kind of traffic how often it was tried, and how often it ended in a second way. */
public final class Counts {
  private final Map<String, long[]> counts = new TreeMap<>();

  /** Counts one more. Any thread. */
  public synchronized void add(String kind, boolean second) {
    long[] count = counts.computeIfAbsent(kind, k -> new long[2]);
    count[0]++;
    count[1] += second ? 1 : 0;
  }

  /** One line, which {@link #of} reads. */
  @Override
  public synchronized String toString() {
    return counts.entrySet().stream()
        .map(e -> e.getKey() + "=" + e.getValue()[0] + "/" + e.getValue()[1])
        .collect(Collectors.joining(";"));
  }

  /** Reads the line that another process has written. */
  public static Counts of(String line) {
    Counts read = new Counts();
    for (String entry : line.split(";")) {
      if (!entry.isEmpty()) {
        String[] fields = entry.split("[=/]");
        read.counts.put(
            fields[0], new long[] {Long.parseLong(fields[1]), Long.parseLong(fields[2])});
      }
    }
    return read;
  }

  /** All kinds together. */
  public synchronized long total() {
    return counts.values().stream().mapToLong(count -> count[0]).sum();
  }

  /** Those of all kinds that ended in the second way. */
  public synchronized long second() {
    return counts.values().stream().mapToLong(count -> count[1]).sum();
  }

  /** A line of text for each kind. */
  public synchronized String table(String second) {
    return counts.entrySet().stream()
        .map(
            e ->
                "%-28s %,10d, %,d %s"
                    .formatted(e.getKey(), e.getValue()[0], e.getValue()[1], second))
        .collect(Collectors.joining(System.lineSeparator()));
  }
}
