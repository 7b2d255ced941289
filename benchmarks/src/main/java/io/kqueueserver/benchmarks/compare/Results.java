package io.kqueueserver.benchmarks.compare;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One value per metric, row, contender and visit; NaN where there is none. */
final class Results {
  record Key(Metric metric, String row, Contender contender) {}

  private final int visits;
  private final Map<Key, double[]> values = new LinkedHashMap<>();
  private final Map<String, Set<String>> faults = new LinkedHashMap<>();

  /** Makes an empty table for so many visits, of all rounds. */
  Results(int visits) {
    this.visits = visits;
  }

  void put(Metric metric, String row, Contender contender, int visit, double value) {
    values
            .computeIfAbsent(
                new Key(metric, row, contender),
                key -> {
                  double[] empty = new double[visits];
                  Arrays.fill(empty, Double.NaN);
                  return empty;
                })[visit] =
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

  /** Visit by visit, since both of a visit ran within the same minute. */
  Statistic ratio(Metric metric, String row, Contender above, Contender below) {
    return Statistic.of(ratios(metric, row, above, below));
  }

  /** Of the same ratios; null of fewer than three, which say nothing of what they vary by. */
  @Nullable Interval interval(Metric metric, String row, Contender above, Contender below) {
    List<Double> ratios =
        Arrays.stream(ratios(metric, row, above, below))
            .filter(each -> Double.isFinite(each) && each > 0)
            .boxed()
            .toList();
    return ratios.size() < 3 ? null : Interval.of(ratios);
  }

  private double[] ratios(Metric metric, String row, Contender above, Contender below) {
    double[] a = values.getOrDefault(new Key(metric, row, above), new double[0]);
    double[] b = values.getOrDefault(new Key(metric, row, below), new double[0]);
    double[] ratios = new double[Math.min(a.length, b.length)];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = a[i] / b[i];
    }
    return ratios;
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
