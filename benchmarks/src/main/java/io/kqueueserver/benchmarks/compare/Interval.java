package io.kqueueserver.benchmarks.compare;

import java.util.List;
import java.util.Locale;

/**
 * A ratio with its 95 % confidence interval, by Student's t of the logarithms of ratios that were
 * measured one after the other.
 */
record Interval(double low, double ratio, double high) {
  /** Of two sides 95 %, for 1 to 30 degrees of freedom; beyond, the normal distribution is near. */
  private static final double[] STUDENT = {
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042
  };

  private static final double NORMAL = 1.96;

  /** Of at least two ratios. */
  static Interval of(List<Double> ratios) {
    double[] logs = ratios.stream().mapToDouble(Math::log).toArray();
    int n = logs.length;
    double mean = 0;
    for (double log : logs) {
      mean += log / n;
    }
    double squares = 0;
    for (double log : logs) {
      squares += (log - mean) * (log - mean);
    }
    double t = n - 1 <= STUDENT.length ? STUDENT[n - 2] : NORMAL;
    double half = t * Math.sqrt(squares / (n - 1) / n);
    return new Interval(Math.exp(mean - half), Math.exp(mean), Math.exp(mean + half));
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%.3f (%.3f to %.3f)", ratio, low, high);
  }
}
