package io.kqueueserver.benchmarks.hostile;

import io.kqueueserver.benchmarks.Arguments;
import io.kqueueserver.benchmarks.Machine;
import io.kqueueserver.benchmarks.Medians;
import io.kqueueserver.benchmarks.Verdicts;
import io.kqueueserver.benchmarks.hostile.Flood.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * What more clients than the server should bear do to a good one that is connected, and to an
 * operator on the same port. One address has all the connections it may have and opens others; or
 * requests take all places, so that the application answers 503 and management answers. Each phase
 * beside the flood lies between two phases alone; how much those differ is the machine's noise,
 * which must be below the target, too, or nothing is shown.
 */
public final class Overload {
  private static final double MOST_BESIDE_FLOOD = 3;
  private static final int WARM_UPS = 3;
  private static final long WARM_UP_MILLIS = 1_000;

  private Overload() {}

  public static void main(String[] args) {
    Arguments arguments = new Arguments(args);
    int rounds = arguments.number("rounds", 9);
    int millis = arguments.number("millis", 2_000);
    List<String> serverCpus = List.of("taskset", "-c", arguments.text("server-cpus", "0"));
    String clients = arguments.text("client-cpus", "1");
    arguments.rejectUnknown();
    System.out.printf(
        "%d rounds of %d ms; %d steps each %d ms; %s%n",
        rounds, millis, Flood.BURST, Flood.PAUSE_MILLIS, Machine.line());
    Verdicts verdicts = new Verdicts();
    try (HostileServer.Handle server = new HostileServer.Handle(serverCpus, "bounded");
        GoodClient.Handle good =
            new GoodClient.Handle(List.of("taskset", "-c", clients), server.port);
        Flood.Handle flood =
            new Flood.Handle(List.of("nice", "-n", "10", "taskset", "-c", clients), server.port)) {
      for (int i = 0; i < WARM_UPS; i++) {
        beside(flood, Kind.CONNECTIONS, good, "/a", WARM_UP_MILLIS);
        beside(flood, Kind.REQUESTS, good, "/ops", WARM_UP_MILLIS);
      }
      measure(
          verdicts,
          "a client that is connected",
          flood,
          Kind.CONNECTIONS,
          good,
          "/a",
          rounds,
          millis);
      measure(verdicts, "management", flood, Kind.REQUESTS, good, "/ops", rounds, millis);
    }
    System.exit(verdicts.allMet() ? 0 : 1);
  }

  private static void measure(
      Verdicts verdicts,
      String who,
      Flood.Handle flood,
      Kind kind,
      GoodClient.Handle good,
      String path,
      int rounds,
      long millis) {
    List<Double> ratios = new ArrayList<>();
    List<Double> noise = new ArrayList<>();
    double before = good.paced(millis, path);
    for (int round = 0; round < rounds; round++) {
      double beside = beside(flood, kind, good, path, millis);
      double after = good.paced(millis, path);
      System.out.printf(
          Locale.ROOT,
          "%-28s p99 alone %.3f ms, beside %.3f ms, alone %.3f ms%n",
          who,
          before / 1e6,
          beside / 1e6,
          after / 1e6);
      ratios.add(beside / ((before + after) / 2));
      noise.add(Math.max(before, after) / Math.min(before, after));
      before = after;
    }
    double ratio = Medians.of(ratios);
    double noisy = Medians.of(noise);
    verdicts.that(
        ratio <= MOST_BESIDE_FLOOD && noisy <= MOST_BESIDE_FLOOD,
        "p99 of " + who + " beside too many " + kind.name().toLowerCase(Locale.ROOT),
        String.format(
            Locale.ROOT,
            "%.2f <= %.2f (%.2f to %.2f); alone / alone, the machine's noise, %.2f <= %.2f",
            ratio,
            MOST_BESIDE_FLOOD,
            Collections.min(ratios),
            Collections.max(ratios),
            noisy,
            MOST_BESIDE_FLOOD));
  }

  private static double beside(
      Flood.Handle flood, Kind kind, GoodClient.Handle good, String path, long millis) {
    flood.begin(kind, millis);
    double p99 = good.paced(millis, path);
    flood.await();
    return p99;
  }
}
