package io.kqueueserver.benchmarks.compare;

import io.kqueueserver.benchmarks.compare.Results.Statistic;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The results as Markdown: medians, the spread of the rounds, and our ratio to the peers. */
final class Tables {
  private static final String NONE = "–";

  private final Results results;
  private final List<Contender> contenders;
  private final StringBuilder text = new StringBuilder();

  private Tables(Results results, List<Contender> contenders) {
    this.results = results;
    this.contenders = contenders;
  }

  static String of(Results results, Options options) {
    Tables tables = new Tables(results, options.contenders());
    tables.targets();
    tables.noise();
    for (Metric metric : Metric.values()) {
      tables.table(metric);
    }
    tables.faults();
    return tables.text.toString();
  }

  private void table(Metric metric) {
    List<String> rows = results.rows(metric);
    if (rows.isEmpty()) {
      return;
    }
    text.append("\n**").append(metric.title()).append("**\n\n| |");
    contenders.forEach(each -> text.append(' ').append(each.title()).append(" |"));
    text.append(" / Reactor Netty | / C epoll loop |\n| --- |");
    text.append(" ---: |".repeat(contenders.size() + 2)).append('\n');
    for (String row : rows) {
      text.append("| ").append(row).append(" |");
      for (Contender contender : contenders) {
        text.append(' ').append(cell(metric, row, contender)).append(" |");
      }
      text.append(' ').append(ratio(metric, row, Contender.REACTOR_NETTY));
      text.append(" | ").append(ratio(metric, row, Contender.LIMIT)).append(" |\n");
    }
  }

  private String cell(Metric metric, String row, Contender contender) {
    Statistic value = results.of(metric, row, contender);
    if (!value.isPresent()) {
      return results.isValid(row, contender) ? NONE : "invalid";
    }
    double spread = (value.greatest() - value.least()) / 2 / Math.abs(value.median()) * 100;
    String figure = number(value.median());
    if (spread >= 0.5) {
      figure += String.format(Locale.ROOT, " ±%.0f%%", spread);
    }
    return results.isValid(row, contender) ? figure : figure + " invalid";
  }

  private String ratio(Metric metric, String row, Contender against) {
    return ratio(metric, row, Contender.KQUEUE, against);
  }

  private String ratio(Metric metric, String row, Contender of, Contender against) {
    Statistic ratio = results.ratio(metric, row, of, against);
    if (!ratio.isPresent()) {
      return NONE;
    }
    String median = String.format(Locale.ROOT, "%.2f", ratio.median());
    return ratio.least() == ratio.greatest()
        ? median
        : String.format(Locale.ROOT, "%s (%.2f to %.2f)", median, ratio.least(), ratio.greatest());
  }

  private void targets() {
    text.append("\n**Targets: kqueue-server as a ratio**\n\n");
    text.append("| | against | target | median (least to greatest) | mean (95 %) | |\n");
    text.append("| --- | --- | ---: | ---: | ---: | --- |\n");
    for (Target target : Target.ALL) {
      Statistic ratio = results.ratio(target.metric(), target.row(), target.of(), target.against());
      if (ratio.isPresent()) {
        Interval interval =
            results.interval(target.metric(), target.row(), target.of(), target.against());
        String name =
            target.metric() == Metric.PROCESS
                ? target.row()
                : target.metric().name().toLowerCase(Locale.ROOT) + ", " + target.row();
        name = target.of() == Contender.KQUEUE ? name : name + ", " + target.of().title();
        text.append("| ").append(name).append(" | ").append(target.against().title());
        text.append(" | ").append(target.condition()).append(" | ");
        text.append(ratio(target.metric(), target.row(), target.of(), target.against()));
        text.append(" | ").append(interval == null ? NONE : interval);
        text.append(" | ").append(verdict(target, ratio, interval)).append(" |\n");
      }
    }
  }

  /** By the median; of an interval with the bound inside, another run may say the opposite. */
  private String verdict(Target target, Statistic ratio, @Nullable Interval interval) {
    if (!results.isValid(target.row(), target.of())
        || !results.isValid(target.row(), target.against())) {
      return "invalid";
    }
    String verdict = target.isMetBy(ratio.median()) ? "met" : "MISSED";
    boolean sure =
        interval == null || target.isMetBy(interval.low()) == target.isMetBy(interval.high());
    return sure ? verdict : verdict + ", not sure";
  }

  /** How far a ratio of two processes of ours is from 1 here: less is not told apart. */
  private void noise() {
    if (!contenders.contains(Contender.KQUEUE_AGAIN)) {
      return;
    }
    text.append("\n**Noise: CPU per request of one process of ours to another**\n\n");
    text.append("| | median (least to greatest) | mean (95 %) |\n| --- | ---: | ---: |\n");
    for (String row : results.rows(Metric.CPU)) {
      Interval interval =
          results.interval(Metric.CPU, row, Contender.KQUEUE, Contender.KQUEUE_AGAIN);
      text.append("| ").append(row).append(" | ");
      text.append(ratio(Metric.CPU, row, Contender.KQUEUE_AGAIN)).append(" | ");
      text.append(interval == null ? NONE : interval).append(" |\n");
    }
  }

  private void faults() {
    results
        .faults()
        .forEach(
            (where, what) -> text.append("\nInvalid: ").append(where).append(": ").append(what));
    if (!results.faults().isEmpty()) {
      text.append('\n');
    }
  }

  static String number(double value) {
    double size = Math.abs(value);
    String format = size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, format, value);
  }
}
