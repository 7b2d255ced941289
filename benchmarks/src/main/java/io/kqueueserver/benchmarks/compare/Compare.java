package io.kqueueserver.benchmarks.compare;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Runs the rounds and writes table, chart and JSON. Started by {@code benchmarks/compare}. */
public final class Compare {
  private Compare() {}

  /**
   * The first argument is the repository's root, the second the commit; the rest are {@link
   * Options}.
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Options options;
    try {
      String[] rest = Arrays.copyOfRange(arguments, 2, arguments.length);
      options = withoutWhatIsMissing(Options.parse(Path.of(arguments[0]), rest));
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.err.printf(
          Options.USAGE,
          Workload.ALL.stream().map(Workload::id).collect(Collectors.joining(",")),
          Arrays.stream(Contender.values()).map(Contender::id).collect(Collectors.joining(",")));
      System.exit(2);
      return;
    }
    requireFreePorts(options);
    Files.createDirectories(options.out());
    Children.stopAllAtExit();

    Results results = new Results(options.rounds() * options.visits());
    List<String> loads = new ArrayList<>();
    for (int round = 0; round < options.rounds(); round++) {
      loads.add(ProcFs.loadAverage());
      new Round(options, results, round).run();
      // After each, so that a run that is cut short leaves what it has.
      write(options, results, conditions(options, arguments[1], loads));
    }
    System.out.println(Files.readString(options.out().resolve("results.md")));
    System.out.println("results.md, results.json and chart.svg are in " + options.out());
  }

  private static void write(Options options, Results results, Map<String, Object> conditions)
      throws IOException {
    String tables = conditions + "\n" + Tables.of(results, options);
    Files.writeString(options.out().resolve("results.md"), tables);
    Files.writeString(options.out().resolve("results.json"), ResultFile.of(results, conditions));
    String subtitle =
        String.format(
            "%d rounds, %d visits of %d s; commit %s; Java %s; server on CPU %s, client on CPU %s",
            ((List<?>) conditions.get("load-average-before-rounds")).size(),
            options.visits(),
            options.seconds(),
            conditions.get("commit"),
            Runtime.version().feature(),
            options.serverCpus(),
            options.clientCpus());
    Files.writeString(options.out().resolve("chart.svg"), Chart.of(results, options, subtitle));
  }

  private static Map<String, Object> conditions(
      Options options, String commit, List<String> loads) {
    Map<String, Object> conditions = new LinkedHashMap<>();
    conditions.put("commit", commit);
    conditions.put("when", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    conditions.put("java", Runtime.version().toString());
    conditions.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    conditions.put("jvm", String.join(" ", options.jvmFlags()));
    conditions.put("server-cpus", options.serverCpus());
    conditions.put("client-cpus", options.clientCpus());
    conditions.put("rounds", options.rounds());
    conditions.put("visits", options.visits());
    conditions.put("seconds", options.seconds());
    conditions.put("connections", options.connections());
    conditions.put("idle", options.idleConnections());
    conditions.put("sse", options.sseClients());
    conditions.put("rate", options.rate());
    conditions.put("load-average-before-rounds", loads);
    return conditions;
  }

  /** Without a C compiler there is no limit and no client of our own: those rows are left out. */
  private static Options withoutWhatIsMissing(Options options) {
    if (Files.isExecutable(options.natives().resolve("load"))) {
      return options;
    }
    System.err.println(
        "No C compiler: the C limit and the rows that need load.c or framed.c are skipped.");
    return options.with(
        options.workloads().stream()
            .filter(each -> !each.client().reportsReady())
            .filter(each -> each.background() == Workload.Background.NONE)
            .toList(),
        options.contenders().stream().filter(Contender::isJava).toList());
  }

  private static void requireFreePorts(Options options) {
    for (Contender contender : options.contenders()) {
      int port = options.port() + contender.ordinal();
      try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        assert probe.isBound();
      } catch (IOException e) {
        System.err.println("Port " + port + " is taken (" + e.getMessage() + "): try --port");
        System.exit(1);
      }
    }
  }
}
