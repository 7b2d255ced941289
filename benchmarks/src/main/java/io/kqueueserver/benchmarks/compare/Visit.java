package io.kqueueserver.benchmarks.compare;

import java.io.IOException;
import java.util.Map;

/**
 * What one visit of a client took of a server.
 *
 * @param figures what the client has printed
 * @param cpuMicros user and system time of the server's process
 */
record Visit(
    Map<String, Double> figures, double cpuMicros, double allocatedBytes, double compilingMicros) {
  static final long CLIENT_PATIENCE_SECONDS = 90;

  /** Share of the CPU time that compilers may have had in a visit that counts. */
  private static final double WARM = 0.05;

  private static final int MOST_WARM_UPS = 10;

  /** A visit that takes a tenth less than the best before it shows code that was not compiled. */
  private static final double STEADY = 0.9;

  double figure(String name) throws IOException {
    Double value = figures.get(name);
    if (value == null) {
      throw new IOException("the client's result has no " + name);
    }
    return value;
  }

  double cpuPerRequest() throws IOException {
    return cpuMicros / figure("requests");
  }

  boolean isWarm() {
    return compilingMicros <= WARM * cpuMicros;
  }

  /** CPU time is read first: the questions wait their turn on a busy server. */
  private record Counters(long cpuMicros, long allocatedBytes, long compilingMillis) {
    static Counters of(ServerProcess server) throws IOException, InterruptedException {
      long cpuMicros = server.cpuMicros();
      return server.contender().isJava()
          ? new Counters(cpuMicros, server.allocatedBytes(), server.compilingMillis())
          : new Counters(cpuMicros, 0, 0);
    }
  }

  /** Loads the server for so many seconds. */
  static Visit of(Options options, Workload workload, ServerProcess server, int seconds)
      throws IOException, InterruptedException {
    Counters before = Counters.of(server);
    try (LoadProcess client =
        new LoadProcess(
            workload.command(options, server.port(), seconds), seconds + CLIENT_PATIENCE_SECONDS)) {
      if (workload.client().reportsReady()) {
        client.awaitReady();
        before = Counters.of(server);
      }
      Map<String, Double> figures = client.awaitResult();
      Counters after = Counters.of(server);
      return new Visit(
          figures,
          after.cpuMicros - before.cpuMicros,
          after.allocatedBytes - before.allocatedBytes,
          (after.compilingMillis - before.compilingMillis) * 1000.0);
    }
  }

  /**
   * Repeats the visit until the compilers rest, since seconds say little on a machine that is busy
   * with other things. The last visit counts, warm or not; {@link #isWarm()} shows which.
   */
  static Visit whenWarm(Options options, Workload workload, ServerProcess server, int seconds)
      throws IOException, InterruptedException {
    Visit visit = of(options, workload, server, seconds);
    for (int run = 1; !visit.isWarm() && run < options.runs(); run++) {
      visit = of(options, workload, server, seconds);
    }
    return visit;
  }

  /**
   * Visits until compilers rest and a request takes no less than before, ten times at most. One
   * does not show the other: on a busy processor compilers wait, and code is interpreted meanwhile.
   */
  static void untilSteady(Options options, Workload workload, ServerProcess server)
      throws IOException, InterruptedException {
    double before = Double.MAX_VALUE;
    int steady = 0;
    for (int i = 0; i < MOST_WARM_UPS && steady < 2; i++) {
      Visit visit = of(options, workload, server, options.seconds());
      boolean cheaper = visit.cpuPerRequest() < STEADY * before;
      steady = visit.isWarm() && !cheaper ? steady + 1 : 0;
      before = Math.min(before, visit.cpuPerRequest());
    }
  }
}
