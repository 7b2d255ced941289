package io.kqueueserver.benchmarks.compare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One round: per mode all contenders are started afresh, and each workload visits them in turn, so
 * that what is compared ran within seconds. The order moves on with every round.
 */
final class Round {
  private static final double KIB = 1024;
  private static final double MIB = 1024 * 1024;

  /** On top of the measuring time; 8 000 connections may take half a minute to open. */
  private static final long CLIENT_PATIENCE_SECONDS = Visit.CLIENT_PATIENCE_SECONDS;

  private final Options options;
  private final Results results;
  private final int number;
  private final List<Contender> order;

  Round(Options options, Results results, int number) {
    this.options = options;
    this.results = results;
    this.number = number;
    this.order = new ArrayList<>(options.contenders());
    Collections.rotate(order, -number);
  }

  void run() throws InterruptedException {
    for (Mode mode : Mode.values()) {
      List<Workload> workloads =
          options.workloads().stream().filter(each -> each.mode() == mode).toList();
      if (!workloads.isEmpty()) {
        run(mode, workloads);
      }
    }
  }

  private void run(Mode mode, List<Workload> workloads) throws InterruptedException {
    List<ServerProcess> servers = new ArrayList<>();
    try {
      for (Contender contender : order.stream().filter(each -> each.supports(mode)).toList()) {
        start(mode, contender, workloads.get(0), servers);
      }
      for (Workload workload : workloads) {
        System.err.printf("round %d, %s:", number + 1, workload.title());
        int visits = workload.background() == Workload.Background.NONE ? options.visits() : 1;
        for (int visit = 0; visit < visits; visit++) {
          for (ServerProcess server : servers) {
            visit(workload, server, visit);
          }
          Collections.rotate(servers, -1);
        }
        System.err.println();
      }
      for (ServerProcess server : servers) {
        if (mode == Mode.ANNOTATED && server.isAlive()) {
          process(Metric.RSS_LOAD, server, server.residentBytes() / MIB);
        }
      }
    } catch (IOException e) {
      System.err.println(e.getMessage());
    } finally {
      servers.forEach(ServerProcess::close);
    }
  }

  private void start(Mode mode, Contender contender, Workload first, List<ServerProcess> servers)
      throws InterruptedException {
    Path log = options.out().resolve(contender.id() + "-" + mode + "-" + (number + 1) + ".log");
    int port = options.port() + contender.ordinal();
    long begin = System.nanoTime();
    ServerProcess server;
    try {
      server = ServerProcess.start(options, contender, mode, port, log);
      servers.add(server);
      server.awaitFirst200(first.firstPath());
      double millis = (System.nanoTime() - begin) / 1e6;
      if (mode == Mode.ANNOTATED) {
        process(Metric.STARTUP, server, millis);
        TimeUnit.SECONDS.sleep(1); // let what start-up left running come to rest
        process(Metric.RSS_START, server, server.residentBytes() / MIB);
      }
      Visit.whenWarm(options, first, server, options.settleSeconds());
    } catch (IOException e) {
      results.fault("start (" + mode + ")", contender, e.getMessage());
    }
  }

  private void visit(Workload workload, ServerProcess server, int visit)
      throws InterruptedException {
    if (!server.contender().supports(workload)) {
      return;
    }
    try {
      if (workload.background() != Workload.Background.NONE) {
        besideIdleConnections(workload, server);
      } else {
        measure(workload, server, visit);
      }
    } catch (IOException e) {
      results.fault(workload.title(), server.contender(), String.valueOf(e.getMessage()));
    }
  }

  private void besideIdleConnections(Workload workload, ServerProcess server)
      throws IOException, InterruptedException {
    boolean java = server.contender().isJava();
    if (java) {
      rehearse(workload, server);
    }
    long heapBefore = java ? server.liveHeapBytes() : 0;
    long nativeBefore = server.nativeBytes();
    long patience =
        CLIENT_PATIENCE_SECONDS + options.warmupSeconds() + options.runs() * options.seconds();
    try (LoadProcess holder = new LoadProcess(workload.holder(options, server.port()), patience)) {
      holder.awaitReady();
      double count = options.idleConnections();
      Workload.Background idle = workload.background();
      double heapKib = java ? (server.liveHeapBytes() - heapBefore) / KIB / count : 0;
      double nativeKib = (server.nativeBytes() - nativeBefore) / KIB / count;
      if (java) {
        process(idle.heapRow(), server, heapKib);
        process(idle.memoryRow(), server, heapKib + nativeKib);
      }
      process(idle.nativeRow(), server, nativeKib);
      measure(workload, server, 0);
      holder.endInput();
      double lost = holder.awaitResult().getOrDefault("lost", 0.0);
      if (lost > 0) {
        results.fault(workload.title(), server.contender(), (long) lost + " idle ones closed");
      }
    }
  }

  /**
   * A first crowd that comes and goes: the code it lets be compiled and the pages a heap touches
   * for it are no cost of the connections that are counted afterwards.
   */
  private void rehearse(Workload workload, ServerProcess server)
      throws IOException, InterruptedException {
    try (LoadProcess holder =
        new LoadProcess(workload.holder(options, server.port()), CLIENT_PATIENCE_SECONDS)) {
      holder.awaitReady();
      holder.endInput();
      holder.awaitResult();
    }
    server.liveHeapBytes();
  }

  private void measure(Workload workload, ServerProcess server, int visit)
      throws IOException, InterruptedException {
    if (visit == 0 && server.contender().isJava() && !workload.client().warmsInPlace()) {
      warmUp(workload, server);
    }
    Visit load = Visit.whenWarm(options, workload, server, options.seconds());
    double requests = load.figure("requests");
    double micros = load.cpuPerRequest();
    put(Metric.CPU, workload, server, visit, micros);
    put(Metric.THROUGHPUT, workload, server, visit, requests / load.figure("seconds"));
    put(Metric.P50, workload, server, visit, load.figure("p50_us"));
    put(Metric.P99, workload, server, visit, load.figure("p99_us"));
    put(Metric.BUSY, workload, server, visit, load.cpuMicros() / load.figure("seconds") / 1e4);
    if (server.contender().isJava()) {
      put(Metric.ALLOCATION, workload, server, visit, load.allocatedBytes() / requests);
    }
    double errors = load.figure("errors");
    double badStatus = load.figure("bad_status");
    if (errors + badStatus > 0 || requests == 0) {
      results.fault(
          workload.title(),
          server.contender(),
          String.format(
              "%.0f requests, %.0f socket errors, %.0f not 2xx", requests, errors, badStatus));
    }
    if (!load.isWarm()) {
      results.fault(
          workload.title(),
          server.contender(),
          String.format(
              "still compiling after %d runs; a machine this busy needs --settle or --seconds",
              options.runs()));
    }
    System.err.printf(" %s %.1f µs", server.contender().id(), micros);
  }

  private void warmUp(Workload workload, ServerProcess server)
      throws IOException, InterruptedException {
    if (options.visits() > 1) {
      Visit.untilSteady(options, workload, server);
    } else {
      Visit.of(options, workload, server, options.warmupSeconds());
    }
  }

  private void put(
      Metric metric, Workload workload, ServerProcess server, int visit, double value) {
    int at = number * options.visits() + visit;
    results.put(metric, workload.title(), server.contender(), at, value);
  }

  private void process(String row, ServerProcess server, double value) {
    results.put(Metric.PROCESS, row, server.contender(), number * options.visits(), value);
  }
}
