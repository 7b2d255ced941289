package io.kqueueserver.benchmarks.compare;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One value per metric, row, contender and round; NaN where there is none. */
final class Results {
  record Key(Metric metric, String row, Contender contender) {}

  private final int rounds;
  private final Map<Key, double[]> values = new LinkedHashMap<>();
  private final Map<String, Set<String>> faults = new LinkedHashMap<>();

  Results(int rounds) {
    this.rounds = rounds;
  }

  void put(Metric metric, String row, Contender contender, int round, double value) {
    values
            .computeIfAbsent(
                new Key(metric, row, contender),
                key -> {
                  double[] empty = new double[rounds];
                  Arrays.fill(empty, Double.NaN);
                  return empty;
                })[round] =
        value;
  }

  /** From here on every figure of the row is printed as invalid for this contender. */
  void fault(String row, Contender contender, String what) {
    faults.computeIfAbsent(faultKey(row, contender), key -> new LinkedHashSet<>()).add(what);
  }

  boolean isValid(String row, Contender contender) {
    return !faults.containsKey(faultKey(row, contender));
  }

  Map<String, Set<String>> faults() {
    return faults;
  }

  private static String faultKey(String row, Contender contender) {
    return row + " on " + contender.title();
  }

  Map<Key, double[]> all() {
    return values;
  }

  List<String> rows(Metric metric) {
    return values.keySet().stream()
        .filter(key -> key.metric() == metric)
        .map(Key::row)
        .distinct()
        .toList();
  }

  Statistic of(Metric metric, String row, Contender contender) {
    return Statistic.of(values.getOrDefault(new Key(metric, row, contender), new double[0]));
  }

  /** Round by round, since both of a round ran within the same minute. */
  Statistic ratio(Metric metric, String row, Contender above, Contender below) {
    double[] a = values.getOrDefault(new Key(metric, row, above), new double[0]);
    double[] b = values.getOrDefault(new Key(metric, row, below), new double[0]);
    double[] ratios = new double[Math.min(a.length, b.length)];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = a[i] / b[i];
    }
    return Statistic.of(ratios);
  }

  /** Median, least and greatest; NaN when there is no value. */
  record Statistic(double median, double least, double greatest) {
    static Statistic of(double[] values) {
      double[] sorted = Arrays.stream(values).filter(Double::isFinite).sorted().toArray();
      int n = sorted.length;
      if (n == 0) {
        return new Statistic(Double.NaN, Double.NaN, Double.NaN);
      }
      double median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
      return new Statistic(median, sorted[0], sorted[n - 1]);
    }

    boolean isPresent() {
      return !Double.isNaN(median);
    }
  }
}
