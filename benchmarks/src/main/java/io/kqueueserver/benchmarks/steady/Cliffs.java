package io.kqueueserver.benchmarks.steady;

import io.kqueueserver.benchmarks.Arguments;
import io.kqueueserver.benchmarks.Machine;
import io.kqueueserver.benchmarks.Medians;
import io.kqueueserver.benchmarks.Verdicts;
import io.kqueueserver.benchmarks.load.ClientProcess;
import io.kqueueserver.benchmarks.load.ServerProcess;
import io.kqueueserver.benchmarks.load.Sources;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Whether one client can spoil the others' latency: the p99 of active connections alone, while
 * another stalls a large download, and while another uploads 1 GiB. On a machine without a core to
 * spare an upload takes processor time from all; the row of an upload to a second server shows how
 * much of the rise that is.
 */
public final class Cliffs {
  private static final double MOST_RATIO = 1.5;
  private static final String ALONE = "alone";

  /** The same upload to a second server: what it costs the machine, not our loops. */
  private static final String ELSEWHERE = "upload-elsewhere";

  private static final long WARM_UP_MILLIS = 5_000;

  private Cliffs() {}

  public static void main(String[] args) {
    Arguments arguments = new Arguments(args);
    int connections = arguments.number("connections", 64);
    int rounds = arguments.number("rounds", 5);
    long millis = arguments.number("seconds", 5) * 1_000L;
    long pause = arguments.number("pause", 0);
    arguments.rejectUnknown();
    Map<String, List<Double>> p99s = new LinkedHashMap<>();
    try (ServerProcess server = ServerProcess.start("server.port=0");
        ServerProcess second = ServerProcess.start("server.port=0");
        ClientProcess client = new ClientProcess(server.port())) {
      System.out.printf(
          "p99 of %d active connections, %d ms from answer to request; %s%n",
          connections, pause, Machine.line());
      client.beginOpen(connections, connections, new Sources().block(connections));
      client.awaitOpen();
      client.beginRun(WARM_UP_MILLIS);
      client.awaitRun();
      for (int round = 0; round < rounds; round++) {
        for (String other : List.of(ALONE, "slow-reader", "upload", ELSEWHERE)) {
          ServerProcess target = other.equals(ELSEWHERE) ? second : server;
          double p99 = p99Millis(target.port(), client, other, millis, pause);
          p99s.computeIfAbsent(other, o -> new ArrayList<>()).add(p99);
        }
      }
    }
    Verdicts verdicts = new Verdicts();
    double alone = Medians.of(p99s.getOrDefault(ALONE, List.of()));
    p99s.forEach(
        (other, values) -> {
          System.out.printf(
              Locale.ROOT, "p99 %-16s %.2f ms %s%n", other, Medians.of(values), values);
          if (!other.equals(ALONE) && !other.equals(ELSEWHERE)) {
            verdicts.atMost(
                "p99 with " + other + " / alone", Medians.of(values) / alone, MOST_RATIO);
          }
        });
    System.exit(verdicts.allMet() ? 0 : 1);
  }

  private static double p99Millis(
      int port, ClientProcess client, String other, long millis, long pause) {
    if (other.equals(ALONE)) {
      return run(client, millis, pause);
    }
    // A process each time: what it has begun ends with it, by a reset at the latest.
    try (SideClient.Handle side = new SideClient.Handle(port)) {
      side.start(other.equals(ELSEWHERE) ? "upload" : other);
      return run(client, millis, pause);
    }
  }

  private static double run(ClientProcess client, long millis, long pause) {
    client.beginRun(millis, pause);
    ClientProcess.Run run = client.awaitRun();
    if (run.failures() > 0) {
      throw new IllegalStateException(run.failures() + " active connections failed");
    }
    return Math.round(run.p99Nanos() / 1e4) / 1e2;
  }
}
