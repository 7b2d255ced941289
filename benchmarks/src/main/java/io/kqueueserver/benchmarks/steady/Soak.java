package io.kqueueserver.benchmarks.steady;

import io.kqueueserver.benchmarks.Arguments;
import io.kqueueserver.benchmarks.Machine;
import io.kqueueserver.benchmarks.Verdicts;
import io.kqueueserver.benchmarks.hostile.HostileTraffic;
import io.kqueueserver.benchmarks.load.Counts;
import io.kqueueserver.benchmarks.load.ServerProcess;
import io.kqueueserver.benchmarks.load.TrafficProcess;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;

/**
 * Good and hostile clients together for minutes, at a bounded rate, on a server in the clear and on
 * one with TLS: whether every good request is answered right, and whether anything grows.
 */
public final class Soak {
  private static final int SAMPLES = 30;
  private static final long TOUCH_MILLIS = 10_000;
  private static final List<String> JVM_OPTIONS = List.of("-Xmx256m");

  private Soak() {}

  public static void main(String[] args) throws InterruptedException {
    Arguments arguments = new Arguments(args);
    long millis = arguments.number("minutes", 10) * 60_000L;
    arguments.rejectUnknown();
    System.out.printf("good and hostile clients for %d s; %s%n", millis / 1_000, Machine.line());
    Verdicts verdicts = new Verdicts();
    try (ServerProcess plain =
            ServerProcess.start(
                JVM_OPTIONS,
                "server.port=0",
                "server.http2.enabled=true",
                "kqueue.server.http2.upgrade=true");
        ServerProcess tls =
            ServerProcess.start(
                JVM_OPTIONS,
                "server.port=0",
                "server.http2.enabled=true",
                "server.ssl.key-store=file:build-support/resources/tls/server.p12",
                "server.ssl.key-store-password=changeit")) {
      run(plain, tls, millis, verdicts);
    }
    System.exit(verdicts.allMet() ? 0 : 1);
  }

  private static void run(ServerProcess plain, ServerProcess tls, long millis, Verdicts verdicts)
      throws InterruptedException {
    // Jars that classes are loaded from, and the socket that the first jcmd leaves, stay open.
    try (Traffic traffic = new Traffic(plain, tls)) {
      Thread.sleep(TOUCH_MILLIS);
      new Watch("plain", plain).sample();
      new Watch("TLS", tls).sample();
      traffic.stop();
    }
    Thread.sleep(TOUCH_MILLIS);
    List<Watch> watches = List.of(new Watch("plain", plain), new Watch("TLS", tls));
    try (Traffic traffic = new Traffic(plain, tls)) {
      long begun = System.nanoTime();
      for (int i = 1; i <= SAMPLES; i++) {
        // A sample takes its time, too: full collections, on a machine that may be busy.
        long due = millis * i / SAMPLES - (System.nanoTime() - begun) / 1_000_000;
        Thread.sleep(Math.max(0, due));
        for (Watch watch : watches) {
          System.out.println(
              LocalTime.now(ZoneOffset.UTC).truncatedTo(ChronoUnit.MINUTES) + " " + watch.sample());
        }
      }
      traffic.stop();
      System.out.println(traffic.good.table("failed"));
      System.out.println(traffic.hostile.table("ended by the server"));
      verdicts.that(
          traffic.good.second() == 0,
          "every good request right",
          String.format(
              Locale.ROOT,
              "%,d requests, %,d failures, beside %,d hostile connections",
              traffic.good.total(),
              traffic.good.second(),
              traffic.hostile.total()));
    }
    for (Watch watch : watches) {
      watch.judge(verdicts);
    }
  }

  private static final class Traffic implements AutoCloseable {
    private final TrafficProcess.Handle goodClients;
    private final TrafficProcess.Handle hostileClients;
    private Counts good = new Counts();
    private Counts hostile = new Counts();

    Traffic(ServerProcess plain, ServerProcess tls) {
      goodClients = GoodTraffic.start(plain.port(), tls.port());
      hostileClients = HostileTraffic.start(plain.port(), tls.port());
    }

    void stop() {
      good = goodClients.stop();
      hostile = hostileClients.stop();
    }

    @Override
    public void close() {
      goodClients.close();
      hostileClients.close();
    }
  }
}
