package io.kqueueserver.benchmarks.readiness;

import io.kqueueserver.benchmarks.Machine;
import io.kqueueserver.benchmarks.Verdicts;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToIntBiFunction;

/** The table in Markdown, and what it says of the targets. */
final class ReadinessReport {
  private static final double MOST_OVER_EPOLL = 1.25;
  private static final double MOST_GROWTH = 1.6;

  private final List<Competitor> competitors;
  private final Map<Integer, Map<Competitor, Double>> seconds;
  private final int rounds;
  private final Trigger trigger;

  ReadinessReport(
      List<Competitor> competitors,
      Map<Integer, Map<Competitor, Double>> seconds,
      int rounds,
      Trigger trigger) {
    this.competitors = competitors;
    this.seconds = seconds;
    this.rounds = rounds;
    this.trigger = trigger;
  }

  String table(ToIntBiFunction<Competitor, Integer> waits) {
    StringBuilder text = new StringBuilder();
    text.append("CPU seconds per 100 000 waits\n\n| descriptors |");
    competitors.forEach(c -> text.append(' ').append(c.title).append(" |"));
    text.append("\n| ---: |").append(" ---: |".repeat(competitors.size())).append('\n');
    boolean scaled = false;
    for (int size : seconds.keySet()) {
      text.append(String.format(Locale.ROOT, "| %,d |", size).replace(',', ' '));
      for (Competitor competitor : competitors) {
        boolean fewer = waits.applyAsInt(competitor, size) < waits.applyAsInt(Competitor.NIO, size);
        scaled |= fewer;
        text.append(
            String.format(Locale.ROOT, " %.3f%s |", of(competitor, size), fewer ? "*" : ""));
      }
      text.append('\n');
    }
    text.append('\n').append(Machine.line()).append("; medians of ").append(rounds);
    text.append(" interleaved rounds; ").append(trigger.name().toLowerCase(Locale.ROOT));
    text.append("-triggered where there is a choice; NIO on UDP sockets, the others on eventfds.");
    if (scaled) {
      text.append("\n* fewer waits, scaled: ");
      for (int size : seconds.keySet()) {
        int fewer = waits.applyAsInt(Competitor.POLL, size);
        if (fewer < waits.applyAsInt(Competitor.NIO, size)) {
          text.append(String.format(Locale.ROOT, "%,d at %,d; ", fewer, size).replace(',', ' '));
        }
      }
    }
    return text.append('\n').toString();
  }

  private double of(Competitor competitor, int size) {
    Double value = seconds.getOrDefault(size, Map.of()).get(competitor);
    return value == null ? Double.NaN : value;
  }

  /** Whether every target was met. */
  boolean printVerdicts() {
    Verdicts verdicts = new Verdicts();
    if (!competitors.contains(Competitor.KQUEUE_TWIN)) {
      System.out.println("The targets are about the Linux twin; this system has its own kqueue.");
      return true;
    }
    int smallest = Integer.MAX_VALUE;
    int largest = 0;
    for (int size : seconds.keySet()) {
      smallest = Math.min(smallest, size);
      largest = Math.max(largest, size);
      verdicts.atMost(
          "Kqueue / epoll at " + size,
          of(Competitor.KQUEUE_TWIN, size) / of(Competitor.EPOLL, size),
          MOST_OVER_EPOLL);
    }
    verdicts.atMost(
        "growth of Kqueue from " + smallest + " to " + largest + " descriptors",
        of(Competitor.KQUEUE_TWIN, largest) / of(Competitor.KQUEUE_TWIN, smallest),
        MOST_GROWTH);
    System.out.printf(
        Locale.ROOT,
        "        (growth of epoll itself: %.2f)%n",
        of(Competitor.EPOLL, largest) / of(Competitor.EPOLL, smallest));
    return verdicts.allMet();
  }
}
