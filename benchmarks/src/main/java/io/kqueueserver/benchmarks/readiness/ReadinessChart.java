package io.kqueueserver.benchmarks.readiness;

import io.kqueueserver.benchmarks.Machine;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Both axes logarithmic: a call that searches the set is a slope, one that does not is a line. */
final class ReadinessChart {
  private static final int WIDTH = 760;
  private static final int HEIGHT = 430;
  private static final int LEFT = 70;
  private static final int RIGHT = 590;
  private static final int TOP = 50;
  private static final int BOTTOM = 370;
  private static final int LABEL_HEIGHT = 16;

  private static final Map<Competitor, String> COLOURS =
      Map.of(
          Competitor.POLL, "#b35900",
          Competitor.SELECT, "#8c6d31",
          Competitor.EPOLL, "#555555",
          Competitor.KQUEUE_TWIN, "#0b6e4f",
          Competitor.NATIVE_KQUEUE, "#1f77b4",
          Competitor.NIO, "#7b3294");

  private final Map<Integer, Map<Competitor, Double>> seconds;
  private final StringBuilder svg = new StringBuilder();
  private final double firstX;
  private final double lastX;
  private final int lowestDecade;
  private final int highestDecade;

  private ReadinessChart(Map<Integer, Map<Competitor, Double>> seconds) {
    this.seconds = seconds;
    firstX = Math.log10(seconds.keySet().stream().min(Integer::compare).orElseThrow());
    lastX =
        Math.max(
            firstX + 1, Math.log10(seconds.keySet().stream().max(Integer::compare).orElseThrow()));
    double[] values =
        seconds.values().stream()
            .flatMap(row -> row.values().stream())
            .mapToDouble(ReadinessChart::drawable)
            .sorted()
            .toArray();
    lowestDecade = (int) Math.floor(Math.log10(values[0]));
    highestDecade = (int) Math.ceil(Math.log10(values[values.length - 1]));
  }

  static String svg(List<Competitor> competitors, Map<Integer, Map<Competitor, Double>> seconds) {
    return new ReadinessChart(seconds).draw(competitors);
  }

  private static double drawable(double value) {
    return Math.max(value, 1e-4);
  }

  private String draw(List<Competitor> competitors) {
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" \
        font-size="12">
        <rect width="100%%" height="100%%" fill="#ffffff"/>
        <text x="%d" y="24" font-size="15" fill="#222222">CPU seconds per 100 000 waits, one of n \
        descriptors ready</text>
        """
            .formatted(WIDTH, HEIGHT, LEFT));
    axes();
    competitors.forEach(this::line);
    labels(competitors);
    svg.append(
        "<text x=\"%d\" y=\"%d\" font-size=\"10\" fill=\"#777777\">%s</text>%n</svg>%n"
            .formatted(LEFT, HEIGHT - 10, Machine.line()));
    return svg.toString();
  }

  private void axes() {
    for (int size : seconds.keySet()) {
      text(x(size), BOTTOM + 18, "middle", "#222222", grouped(size));
    }
    for (int decade = lowestDecade; decade <= highestDecade; decade++) {
      double y = y(Math.pow(10, decade));
      svg.append(
          String.format(
              Locale.ROOT,
              "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#dddddd\"/>%n",
              LEFT,
              y,
              RIGHT,
              y));
      String label =
          decade >= 0 ? grouped((int) Math.pow(10, decade)) : "0." + "0".repeat(-decade - 1) + "1";
      text(LEFT - 8, y + 4, "end", "#222222", label);
    }
  }

  private void line(Competitor competitor) {
    StringBuilder points = new StringBuilder();
    seconds.forEach(
        (size, row) ->
            points.append(
                String.format(
                    Locale.ROOT, "%.1f,%.1f ", x(size), y(row.getOrDefault(competitor, 0.0)))));
    boolean ours = competitor == Competitor.KQUEUE_TWIN || competitor == Competitor.NATIVE_KQUEUE;
    svg.append(
        "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%d\"/>%n"
            .formatted(points.toString().strip(), COLOURS.get(competitor), ours ? 4 : 2));
  }

  /** At the lines' ends, pushed apart where they would lie on each other. */
  private void labels(List<Competitor> competitors) {
    int last = seconds.keySet().stream().max(Integer::compare).orElseThrow();
    Map<Double, Competitor> byHeight = new TreeMap<>();
    for (Competitor competitor : competitors) {
      double y = y(seconds.getOrDefault(last, Map.of()).getOrDefault(competitor, 0.0));
      while (byHeight.containsKey(y)) {
        y += 0.01;
      }
      byHeight.put(y, competitor);
    }
    double free = TOP;
    for (Map.Entry<Double, Competitor> entry : byHeight.entrySet()) {
      double y = Math.max(free, entry.getKey());
      free = y + LABEL_HEIGHT;
      Competitor competitor = entry.getValue();
      text(RIGHT + 8, y + 4, "start", COLOURS.get(competitor), competitor.title);
    }
  }

  private void text(double x, double y, String anchor, String colour, String text) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">%s</text>%n",
            x,
            y,
            anchor,
            colour,
            text));
  }

  private static String grouped(int number) {
    return String.format(Locale.ROOT, "%,d", number).replace(',', ' ');
  }

  private double x(int size) {
    return LEFT + 20 + (Math.log10(size) - firstX) / (lastX - firstX) * (RIGHT - LEFT - 40);
  }

  private double y(double value) {
    double share = (Math.log10(drawable(value)) - lowestDecade) / (highestDecade - lowestDecade);
    return BOTTOM - share * (BOTTOM - TOP);
  }
}
