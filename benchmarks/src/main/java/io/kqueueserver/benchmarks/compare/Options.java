package io.kqueueserver.benchmarks.compare;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The command line, checked: everything is bounded in count and time. */
record Options(
    int rounds,
    int visits,
    int seconds,
    int warmupSeconds,
    int settleSeconds,
    int runs,
    int connections,
    int idleConnections,
    int sseClients,
    int rate,
    int port,
    String serverCpus,
    String clientCpus,
    List<String> jvmFlags,
    List<Workload> workloads,
    List<Contender> contenders,
    Path base,
    Path classPaths,
    Path out) {
  static final String USAGE =
      """
      benchmarks/compare [options]: one application, four servers and a C loop, in turn
        --verdict           ten minutes: few rows, all of ours twice, confidence intervals
        --quick             one short round, for a look; figures need the default five
        --rounds N          5       --seconds N      3  per visit of a workload to a server
        --visits N          1  of each workload to each server within a round
        --warmup N          1  seconds before each measurement
        --settle N          3  seconds of load after each start, again until it is warm
        --runs N            8  at most that many while compilers are busy
        --connections N     64      --idle N         8000
        --sse N             1000    --rate N         3000  requests per second of the equal-rate rows
        --only a,b          workloads: %s
        --servers a,b       %s
        --server-cpus LIST  0       --client-cpus LIST  1  (taskset)
        --jvm "FLAGS"       -Xms64m -Xmx512m -XX:+UseSerialGC
        --port N            18480, and one per server above it
        --out DIR           benchmarks/target/compare
      """;

  /** What {@code --verdict} stands for, unless an option says otherwise. */
  private static final Map<String, String> VERDICT =
      Map.of(
          "rounds", "1",
          "visits", "5",
          "seconds", "2",
          "only", "bare,plaintext,post-1m,download,tls",
          "servers", "kqueue,kqueue-again,reactor-netty,limit");

  private static final Set<String> NAMES =
      Set.of(
          "rounds",
          "visits",
          "seconds",
          "warmup",
          "settle",
          "runs",
          "connections",
          "idle",
          "sse",
          "rate",
          "only",
          "servers",
          "server-cpus",
          "client-cpus",
          "jvm",
          "port",
          "out");

  static Options parse(Path base, String[] arguments) {
    Map<String, String> given = new HashMap<>();
    boolean quick = false;
    for (int i = 0; i < arguments.length; i++) {
      String name = arguments[i].startsWith("--") ? arguments[i].substring(2) : "";
      if (name.equals("quick")) {
        quick = true;
      } else if (name.equals("verdict")) {
        VERDICT.forEach(given::putIfAbsent);
      } else if (NAMES.contains(name) && i + 1 < arguments.length) {
        given.put(name, arguments[++i]);
      } else {
        throw new IllegalArgumentException("unknown option, or one without value: " + arguments[i]);
      }
    }
    boolean oneCpu = Runtime.getRuntime().availableProcessors() == 1;
    Path out = base.resolve("benchmarks/target/compare");
    return new Options(
        number(given, "rounds", quick ? 1 : 5, 1, 50),
        number(given, "visits", 1, 1, 20),
        number(given, "seconds", quick ? 2 : 3, 1, 60),
        number(given, "warmup", 1, 1, 60),
        number(given, "settle", quick ? 2 : 3, 1, 60),
        number(given, "runs", quick ? 2 : 8, 1, 20),
        number(given, "connections", 64, 1, 1000),
        number(given, "idle", 8000, 1, 18000),
        number(given, "sse", 1000, 1, 8000),
        number(given, "rate", 3000, 1, 100_000),
        number(given, "port", 18480, 1024, 65_000),
        given.getOrDefault("server-cpus", "0"),
        given.getOrDefault("client-cpus", oneCpu ? "0" : "1"),
        List.of(given.getOrDefault("jvm", defaultFlags()).strip().split("\\s+")),
        list(given, "only").map(Workload::of).toList().isEmpty()
            ? Workload.ALL
            : list(given, "only").map(Workload::of).toList(),
        list(given, "servers").map(Contender::of).toList().isEmpty()
            ? Contender.USUAL
            : list(given, "servers").map(Contender::of).toList(),
        base,
        base.resolve("benchmarks/compare.d"),
        given.containsKey("out") ? Path.of(given.get("out")).toAbsolutePath() : out);
  }

  /** Serial is what a JVM on one CPU chooses by itself. */
  private static String defaultFlags() {
    String flags = "-Xms64m -Xmx512m -XX:+UseSerialGC";
    return Runtime.version().feature() < 22 ? flags : flags + " --enable-native-access=ALL-UNNAMED";
  }

  private static java.util.stream.Stream<String> list(Map<String, String> given, String name) {
    return Arrays.stream(given.getOrDefault(name, "").split(",")).filter(each -> !each.isBlank());
  }

  private static int number(Map<String, String> given, String name, int usual, int min, int max) {
    int value = Integer.parseInt(given.getOrDefault(name, Integer.toString(usual)));
    if (value < min || value > max) {
      throw new IllegalArgumentException("--" + name + " is from " + min + " to " + max);
    }
    return value;
  }

  Options with(List<Workload> otherWorkloads, List<Contender> otherContenders) {
    return new Options(
        rounds,
        visits,
        seconds,
        warmupSeconds,
        settleSeconds,
        runs,
        connections,
        idleConnections,
        sseClients,
        rate,
        port,
        serverCpus,
        clientCpus,
        jvmFlags,
        otherWorkloads,
        otherContenders,
        base,
        classPaths,
        out);
  }

  /** The same with servers of another build, whose class paths are below that directory. */
  Options withClassPaths(Path directory) {
    return new Options(
        rounds,
        visits,
        seconds,
        warmupSeconds,
        settleSeconds,
        runs,
        connections,
        idleConnections,
        sseClients,
        rate,
        port,
        serverCpus,
        clientCpus,
        jvmFlags,
        workloads,
        contenders,
        base,
        directory,
        out);
  }

  Path java() {
    return Path.of(System.getProperty("java.home"), "bin", "java");
  }

  /** The application's classes; they use no server. */
  Path application() {
    return base.resolve("benchmarks/target/classes");
  }

  Path sources() {
    return base.resolve("benchmarks/compare.d/native");
  }

  /** Where the script put what it compiled from {@link #sources()}. */
  Path natives() {
    return base.resolve("benchmarks/target/compare-native");
  }
}
