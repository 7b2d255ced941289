package io.kqueueserver.benchmarks.hostile;

import io.kqueueserver.benchmarks.Arguments;
import io.kqueueserver.benchmarks.Machine;
import io.kqueueserver.benchmarks.Medians;
import io.kqueueserver.benchmarks.Verdicts;
import io.kqueueserver.benchmarks.hostile.GoodClient.Stall;
import io.kqueueserver.benchmarks.hostile.HostileServer.Figures;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What hostile clients of HTTP/2 do to the p99 of a good one on the same loop, and what a stream
 * that stalls does to the others of its connection. Server, attacker and good client are processes
 * of their own, the server on one processor and the clients on the other. Each round measures the
 * good client alone and then beside the attack.
 */
public final class Hostile {
  private static final double MOST_BESIDE_ATTACK = 3;
  private static final double MOST_BESIDE_STALL = 1.5;
  private static final int WARM_UPS = 3;
  private static final long WARM_UP_MILLIS = 1_000;
  private static final long SETTLE_NANOS = 200_000_000;

  private final HostileServer.Handle server;
  private final GoodClient.Handle good;
  private final Attacker.Handle attacker;
  private final int rounds;
  private final long millis;
  private final Verdicts verdicts = new Verdicts();

  private Hostile(
      HostileServer.Handle server,
      GoodClient.Handle good,
      Attacker.Handle attacker,
      int rounds,
      long millis) {
    this.server = server;
    this.good = good;
    this.attacker = attacker;
    this.rounds = rounds;
    this.millis = millis;
  }

  public static void main(String[] args) {
    Arguments arguments = new Arguments(args);
    int rounds = arguments.number("rounds", 5);
    int millis = arguments.number("millis", 2_000);
    String only = arguments.text("only", "");
    List<String> serverCpus = List.of("taskset", "-c", arguments.text("server-cpus", "0"));
    String clients = arguments.text("client-cpus", "1");
    arguments.rejectUnknown();
    System.out.printf(
        "%d rounds of %d ms; server %s; attacker %d steps/ms, %d connections/s at most; %s%n",
        rounds,
        millis,
        String.join(" ", HostileServer.JVM_OPTIONS),
        Attacker.BURST,
        1_000 / Attacker.CONNECTION_MILLIS,
        Machine.line());
    boolean met;
    try (HostileServer.Handle server = new HostileServer.Handle(serverCpus);
        GoodClient.Handle good =
            new GoodClient.Handle(List.of("taskset", "-c", clients), server.port);
        Attacker.Handle attacker =
            new Attacker.Handle(
                List.of("nice", "-n", "10", "taskset", "-c", clients), server.port)) {
      Hostile hostile = new Hostile(server, good, attacker, rounds, millis);
      hostile.run(only);
      met = hostile.verdicts.allMet();
    }
    System.exit(met ? 0 : 1);
  }

  private void run(String only) {
    warmUp();
    for (Attack attack : Attack.values()) {
      if (attack.label.contains(only)) {
        attacks(attack);
      }
    }
    for (Stall stall : List.of(Stall.UNREAD_RESPONSE, Stall.STALLED_UPLOAD)) {
      if (stall.name().contains(only)) {
        stalls(stall);
      }
    }
  }

  /** All attacks, so that what one of them runs is compiled before the first is measured. */
  private void warmUp() {
    for (int i = 0; i < WARM_UPS; i++) {
      for (Attack attack : Attack.values()) {
        attacker.begin(attack, WARM_UP_MILLIS);
        good.paced(WARM_UP_MILLIS);
        attacker.await();
      }
      for (Stall stall : Stall.values()) {
        good.streams(stall, WARM_UP_MILLIS);
      }
    }
  }

  private void attacks(Attack attack) {
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      settle();
      double alone = good.paced(millis);
      print("alone", alone, server.figures());
      attacker.begin(attack, millis);
      double beside = good.paced(millis);
      Figures figures = server.figures();
      long[] rate = attacker.await();
      print(
          "%s (%d steps/s, %d connections/s)"
              .formatted(attack.label, 1_000 * rate[0] / millis, 1_000 * rate[1] / millis),
          beside,
          figures);
      ratios.add(beside / alone);
    }
    verdicts.atMost("p99 beside: " + attack.label, Medians.of(ratios), MOST_BESIDE_ATTACK);
  }

  private void stalls(Stall stall) {
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      settle();
      double alone = good.streams(Stall.NONE, millis);
      print(GoodClient.OTHERS + " streams", alone, server.figures());
      double beside = good.streams(stall, millis);
      print(GoodClient.OTHERS + " streams beside " + stall, beside, server.figures());
      ratios.add(beside / alone);
    }
    verdicts.atMost(
        "p99 of " + GoodClient.OTHERS + " streams beside " + stall,
        Medians.of(ratios),
        MOST_BESIDE_STALL);
  }

  /** Lets the server end what the last phase has left, and forgets the figures of it. */
  private void settle() {
    Attacker.pauseUntil(System.nanoTime() + SETTLE_NANOS);
    server.figures();
  }

  private static void print(String what, double p99, Figures figures) {
    System.out.printf(
        Locale.ROOT,
        "  %-70s p99 %8.0f us; loop %5.0f ms CPU, longest turn %6.1f ms, %d collections %d ms%n",
        what,
        p99 / 1e3,
        figures.loopNanos() / 1e6,
        figures.longestTurnNanos() / 1e6,
        figures.collections(),
        figures.pausedMillis());
  }
}
