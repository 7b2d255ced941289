package io.kqueueserver.benchmarks.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a gate has measured of one workload: CPU time per request, block by block. */
final class GateRow {
  /** What a row says of the second build. */
  enum Verdict {
    PASSED,
    /** The whole interval is above the threshold. */
    SLOWER,
    /** The first build against itself is as far from 1: the machine decides this row. */
    UNUSABLE,
    /** Fewer than two blocks, because a visit has failed. */
    FAILED
  }

  private final Workload workload;
  private final List<Double> micros = new ArrayList<>();
  private final List<Double> ratios = new ArrayList<>();
  private final List<Double> noise = new ArrayList<>();

  GateRow(Workload workload) {
    this.workload = workload;
  }

  Workload workload() {
    return workload;
  }

  /**
   * Adds a block.
   *
   * @param first CPU time per request of the first build
   * @param again that of another process of the first build
   * @param second that of the second build
   */
  void add(double first, double again, double second) {
    double before = Math.sqrt(first * again);
    micros.add(before);
    ratios.add(second / before);
    noise.add(again / first);
  }

  Verdict verdict(double threshold) {
    if (ratios.size() < 2) {
      return Verdict.FAILED;
    }
    Interval itself = Interval.of(noise);
    if (itself.low() > threshold || itself.high() < 1 / threshold) {
      return Verdict.UNUSABLE;
    }
    return Interval.of(ratios).low() > threshold ? Verdict.SLOWER : Verdict.PASSED;
  }

  /** A line of the table. */
  String line(double threshold) {
    if (ratios.size() < 2) {
      return String.format(Locale.ROOT, "%-30s no figures", workload.title());
    }
    return String.format(
        Locale.ROOT,
        "%-30s %9.2f us   %s   %s   %s",
        workload.title(),
        io.kqueueserver.benchmarks.Medians.of(micros),
        Interval.of(ratios),
        Interval.of(noise),
        verdict(threshold));
  }
}
