package io.kqueueserver.benchmarks.steady;

import io.kqueueserver.benchmarks.Arguments;
import io.kqueueserver.benchmarks.Machine;
import io.kqueueserver.benchmarks.Medians;
import io.kqueueserver.benchmarks.Verdicts;
import io.kqueueserver.benchmarks.load.ClientProcess;
import io.kqueueserver.benchmarks.load.ProcFs;
import io.kqueueserver.benchmarks.load.ServerProcess;
import io.kqueueserver.benchmarks.load.Sources;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Mixed traffic for minutes, and whether anything grows: live heap, memory outside it, descriptors,
 * direct buffers. The first third of the samples is warm-up; the last third may not be above the
 * second by more than its tolerance. Descriptors must be back when the traffic has ended.
 */
public final class Soak {
  private static final int SAMPLES = 30;
  private static final int CONNECTIONS = 64;
  private static final double MIB = 1 << 20;
  private static final long TOUCH_MILLIS = 3_000;

  /** Files that a JVM may open for good when traffic first reaches it. */
  private static final int MOST_TOUCHED = 20;

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

  private final ServerProcess server;
  private final Map<Watched, List<Double>> samples = new LinkedHashMap<>();
  private final Verdicts verdicts = new Verdicts();

  private Soak(ServerProcess server) {
    this.server = server;
    for (Watched watched : Watched.values()) {
      samples.put(watched, new ArrayList<>());
    }
  }

  public static void main(String[] args) throws InterruptedException {
    Arguments arguments = new Arguments(args);
    long millis = arguments.number("minutes", 10) * 60_000L;
    arguments.rejectUnknown();
    boolean met;
    try (ServerProcess server = ServerProcess.start("server.port=0")) {
      met = new Soak(server).run(millis);
    }
    System.exit(met ? 0 : 1);
  }

  private boolean run(long millis) throws InterruptedException {
    System.out.printf("mixed traffic for %d s; %s%n", millis / 1_000, Machine.line());
    touchEverything();
    Map<String, String> descriptorsBefore = ProcFs.descriptorTargets(server.pid());
    try (ClientProcess client = new ClientProcess(server.port());
        SideClient.Handle side = new SideClient.Handle(server.port())) {
      client.beginOpen(CONNECTIONS, CONNECTIONS, new Sources().block(CONNECTIONS));
      client.awaitOpen();
      side.start("mixed");
      long requests = 0;
      long failures = 0;
      for (int i = 0; i < SAMPLES; i++) {
        client.beginRun(millis / SAMPLES);
        // In the middle of the traffic, not between two runs.
        Thread.sleep(millis / SAMPLES / 2);
        System.out.println(sample());
        ClientProcess.Run run = client.awaitRun();
        requests += run.requests();
        failures += run.failures();
      }
      client.closeAll();
      long[] counts = side.stop();
      verdicts.that(
          failures == 0 && counts[1] == 0,
          "nothing failed",
          String.format(
              Locale.ROOT,
              "%,d requests, %,d other exchanges, %d failures",
              requests,
              counts[0],
              failures + counts[1]));
    }
    samples.forEach(this::judge);
    awaitDescriptors(descriptorsBefore);
    return verdicts.allMet();
  }

  /** Jars that classes are loaded from, and the socket that the first jcmd leaves, stay open. */
  private void touchEverything() throws InterruptedException {
    int before = server.descriptors();
    try (SideClient.Handle side = new SideClient.Handle(server.port())) {
      side.start("mixed");
      Thread.sleep(TOUCH_MILLIS);
      side.stop();
    }
    sample();
    samples.values().forEach(List::clear);
    for (int i = 0; i < 100 && server.descriptors() > before + MOST_TOUCHED; i++) {
      Thread.sleep(100);
    }
  }

  private String sample() {
    StringBuilder line = new StringBuilder();
    for (Watched watched : Watched.values()) {
      double value = value(watched);
      samples.get(watched).add(value);
      line.append(String.format(Locale.ROOT, "%s %.1f; ", watched.title, value));
    }
    return line.toString();
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

  private void judge(Watched watched, List<Double> values) {
    int third = values.size() / 3;
    double middle = Medians.of(values.subList(third, 2 * third));
    double last = Medians.of(values.subList(2 * third, values.size()));
    double most = Math.max(middle * (1 + watched.tolerance), middle + watched.slack);
    verdicts.that(
        last <= most,
        watched.title + " constant",
        String.format(
            Locale.ROOT,
            "%.1f in the second third, %.1f in the last (<= %.1f)",
            middle,
            last,
            most));
  }

  private void awaitDescriptors(Map<String, String> before) throws InterruptedException {
    long deadline = System.nanoTime() + 30_000_000_000L;
    Map<String, String> now = ProcFs.descriptorTargets(server.pid());
    while (now.size() > before.size() && System.nanoTime() < deadline) {
      Thread.sleep(100);
      now = ProcFs.descriptorTargets(server.pid());
    }
    List<String> added = new ArrayList<>(now.values());
    before.values().forEach(added::remove);
    boolean givenBack = now.size() <= before.size();
    verdicts.that(
        givenBack,
        "descriptors given back",
        before.size() + " before, " + now.size() + " after" + (givenBack ? "" : "; new: " + added));
  }
}
