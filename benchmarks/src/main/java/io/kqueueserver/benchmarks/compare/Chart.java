package io.kqueueserver.benchmarks.compare;

import io.kqueueserver.benchmarks.compare.Results.Statistic;
import java.util.List;
import java.util.Locale;

/**
 * Bars relative to Reactor Netty, which is 1, as one SVG. A bar that would leave its panel is cut;
 * its figure is always printed.
 */
final class Chart {
  private static final List<Metric> PANELS = List.of(Metric.CPU, Metric.THROUGHPUT, Metric.PROCESS);
  private static final List<String> COLOURS =
      List.of(
          "#1b6ca8", "#7fb2d6", "#8a8d91", "#b9bcc0", "#d9a441", "#b5651d", "#7a5195", "#4f8a5b",
          "#c23b5e", "#4b4f54");
  private static final int WIDTH = 960;
  private static final int LEFT = 250;
  private static final int BAR = 9;
  private static final int GAP = 12;
  private static final int TITLE = 40;
  private static final double PIXELS_PER_ONE = 160;
  private static final double LONGEST = 3.6;

  private final Results results;
  private final List<Contender> contenders;
  private final StringBuilder svg = new StringBuilder();
  private int y = 30;

  private Chart(Results results, List<Contender> contenders) {
    this.results = results;
    this.contenders = contenders;
  }

  static String of(Results results, Options options, String subtitle) {
    Chart chart = new Chart(results, options.contenders());
    chart.legend(subtitle);
    PANELS.forEach(chart::panel);
    return """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">
        <rect width="100%%" height="100%%" fill="#ffffff"/>
        %s</svg>
        """
        .formatted(WIDTH, chart.y + 10, chart.svg);
  }

  private void legend(String subtitle) {
    text(
        20,
        y,
        "start",
        "#202020",
        16,
        "One WebFlux application on each server, and others beside; Reactor Netty = 1");
    y += 18;
    text(20, y, "start", "#606060", 11, subtitle);
    y += 20;
    int x = 20;
    for (Contender contender : contenders) {
      rectangle(x, y - 9, 10, colour(contender));
      text(x + 15, y, "start", "#202020", 12, contender.title());
      x += 120;
    }
    y += 10;
  }

  private void panel(Metric metric) {
    List<String> rows = results.rows(metric);
    if (rows.isEmpty()) {
      return;
    }
    y += TITLE;
    String better = metric.better() == Metric.Better.LOWER ? "shorter" : "longer";
    text(20, y - 14, "start", "#202020", 14, metric.title() + " (" + better + " is better)");
    int top = y - 6;
    for (String row : rows) {
      bars(metric, row);
    }
    line(LEFT + PIXELS_PER_ONE, top, y - GAP + 4);
  }

  private void bars(Metric metric, String row) {
    text(LEFT - 8, y + contenders.size() * BAR / 2 + 4, "end", "#202020", 12, row);
    for (Contender contender : contenders) {
      Statistic ratio = results.ratio(metric, row, contender, Contender.REACTOR_NETTY);
      if (ratio.isPresent()) {
        double length = Math.max(1, Math.min(ratio.median(), LONGEST) * PIXELS_PER_ONE);
        rectangle(LEFT, y, length, colour(contender));
        String figure = Tables.number(results.of(metric, row, contender).median());
        String mark = ratio.median() > LONGEST ? "… " : "";
        String valid = results.isValid(row, contender) ? "" : " (invalid)";
        text((int) (LEFT + length + 4), y + 8, "start", "#606060", 9, mark + figure + valid);
      }
      y += BAR;
    }
    y += GAP;
  }

  private static String colour(Contender contender) {
    return COLOURS.get(contender.ordinal());
  }

  private void rectangle(int x, int top, double width, String colour) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
            x,
            top,
            width,
            BAR - 1,
            colour));
  }

  private void line(double x, int from, int to) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#202020\""
                + " stroke-dasharray=\"2,3\"/>%n",
            x,
            from,
            x,
            to));
  }

  private void text(int x, int baseline, String anchor, String colour, int size, String text) {
    String escaped = text.replace("&", "&amp;").replace("<", "&lt;");
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" fill=\"%s\" font-size=\"%d\">%s</text>%n",
            x,
            baseline,
            anchor,
            colour,
            size,
            escaped));
  }
}
