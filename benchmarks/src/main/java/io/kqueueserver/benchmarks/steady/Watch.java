package io.kqueueserver.benchmarks.steady;

import io.kqueueserver.benchmarks.Medians;
import io.kqueueserver.benchmarks.Verdicts;
import io.kqueueserver.benchmarks.load.ProcFs;
import io.kqueueserver.benchmarks.load.ServerProcess;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a server's process holds, sample by sample. The first third of the samples is warm-up; the
 * last third may not be above the second by more than its tolerance. Descriptors must be back when
 * the traffic has ended.
 */
final class Watch {
  private static final double MIB = 1 << 20;

  /** What is watched, with how much more of it is still noise. */
  private enum Watched {
    LIVE_HEAP("live heap MiB", 0.05, 1),
    OUTSIDE_HEAP("RSS outside the heap MiB", 0.05, 8),
    RSS("RSS MiB", 0.15, 32),
    DIRECT("direct buffers MiB", 0.05, 0.5),
    DESCRIPTORS("descriptors", 0.05, 16);

    final String title;
    final double tolerance;
    final double slack;

    Watched(String title, double tolerance, double slack) {
      this.title = title;
      this.tolerance = tolerance;
      this.slack = slack;
    }
  }

  private final String name;
  private final ServerProcess server;
  private final Map<Watched, List<Double>> samples = new LinkedHashMap<>();
  private final Map<String, String> descriptorsBefore;

  /** Begins with the descriptors that the server has now. */
  Watch(String name, ServerProcess server) {
    this.name = name;
    this.server = server;
    for (Watched watched : Watched.values()) {
      samples.put(watched, new ArrayList<>());
    }
    descriptorsBefore = ProcFs.descriptorTargets(server.pid());
  }

  /** Takes a sample, and returns it as a line. */
  String sample() {
    StringBuilder line = new StringBuilder(name).append(": ");
    samples.forEach(
        (watched, values) -> {
          double value = value(watched);
          values.add(value);
          line.append(String.format(Locale.ROOT, "%s %.1f; ", watched.title, value));
        });
    return line.append(String.format(Locale.ROOT, "CPU %.1f s", server.cpuNanos() / 1e9))
        .toString();
  }

  private double value(Watched watched) {
    return switch (watched) {
      case LIVE_HEAP -> server.liveHeapBytes() / MIB;
      case OUTSIDE_HEAP -> server.nativeBytes() / MIB;
      case RSS -> server.rssBytes() / MIB;
      case DIRECT -> server.figures().getOrDefault("direct.bytes", 0L) / MIB;
      case DESCRIPTORS -> server.descriptors();
    };
  }

  void judge(Verdicts verdicts) throws InterruptedException {
    samples.forEach((watched, values) -> judge(verdicts, watched, values));
    awaitDescriptors(verdicts);
  }

  private void judge(Verdicts verdicts, Watched watched, List<Double> values) {
    int third = values.size() / 3;
    double middle = Medians.of(values.subList(third, 2 * third));
    double last = Medians.of(values.subList(2 * third, values.size()));
    double most = Math.max(middle * (1 + watched.tolerance), middle + watched.slack);
    verdicts.that(
        last <= most,
        name + ": " + watched.title + " constant",
        String.format(
            Locale.ROOT,
            "%.1f at first, %.1f in the second third, %.1f in the last (<= %.1f)",
            values.get(0),
            middle,
            last,
            most));
  }

  private void awaitDescriptors(Verdicts verdicts) throws InterruptedException {
    long deadline = System.nanoTime() + 30_000_000_000L;
    Map<String, String> now = ProcFs.descriptorTargets(server.pid());
    while (now.size() > descriptorsBefore.size() && System.nanoTime() < deadline) {
      Thread.sleep(100);
      now = ProcFs.descriptorTargets(server.pid());
    }
    List<String> added = new ArrayList<>(now.values());
    descriptorsBefore.values().forEach(added::remove);
    boolean givenBack = now.size() <= descriptorsBefore.size();
    verdicts.that(
        givenBack,
        name + ": descriptors given back",
        descriptorsBefore.size()
            + " before, "
            + now.size()
            + " after"
            + (givenBack ? "" : "; new: " + added));
  }
}
