package io.kqueueserver.benchmarks.steady;

import io.kqueueserver.benchmarks.Arguments;
import io.kqueueserver.benchmarks.Machine;
import io.kqueueserver.benchmarks.Verdicts;
import io.kqueueserver.benchmarks.load.ClientProcess;
import io.kqueueserver.benchmarks.load.ProcFs;
import io.kqueueserver.benchmarks.load.ServerProcess;
import io.kqueueserver.benchmarks.load.Sources;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** How evenly few connections load few loops: by connections, by requests and by CPU time. */
public final class Balance {
  private static final double MOST_RATIO = 1.2;
  private static final long WARM_UP_MILLIS = 4_000;

  private Balance() {}

  public static void main(String[] args) {
    Arguments arguments = new Arguments(args);
    int loops = arguments.number("loops", 2);
    int connections = arguments.number("connections", 64);
    long millis = arguments.number("seconds", 10) * 1_000L;
    arguments.rejectUnknown();
    Verdicts verdicts = new Verdicts();
    try (ServerProcess server =
            ServerProcess.start("server.port=0", "kqueue.server.loops=" + loops);
        ClientProcess client = new ClientProcess(server.port())) {
      System.out.printf("%d connections on %d loops; %s%n", connections, loops, Machine.line());
      client.beginOpen(connections, connections, new Sources().block(connections));
      client.awaitOpen();
      run(client, WARM_UP_MILLIS);
      Map<String, Long> before = server.figures();
      Map<String, Long> cpuBefore = ProcFs.threadCpuNanos(server.pid(), "kqueue-loop-");
      run(client, millis);
      Map<String, Long> after = server.figures();
      Map<String, Long> cpuAfter = ProcFs.threadCpuNanos(server.pid(), "kqueue-loop-");
      List<Long> held = new ArrayList<>();
      List<Long> requests = new ArrayList<>();
      for (int i = 0; i < loops; i++) {
        held.add(after.getOrDefault("loop" + i + ".connections", 0L));
        requests.add(difference(before, after, "loop" + i + ".requests"));
      }
      List<Long> cpuMillis = new ArrayList<>();
      for (String thread : new TreeMap<>(cpuAfter).keySet()) {
        cpuMillis.add(difference(cpuBefore, cpuAfter, thread) / 1_000_000);
      }
      judge(verdicts, "connections per loop", held);
      judge(verdicts, "requests per loop", requests);
      judge(verdicts, "CPU milliseconds per loop", cpuMillis);
    }
    System.exit(verdicts.allMet() ? 0 : 1);
  }

  private static void run(ClientProcess client, long millis) {
    client.beginRun(millis);
    client.awaitRun();
  }

  private static long difference(Map<String, Long> before, Map<String, Long> after, String name) {
    return after.getOrDefault(name, 0L) - before.getOrDefault(name, 0L);
  }

  private static void judge(Verdicts verdicts, String what, List<Long> values) {
    long least = values.stream().min(Long::compare).orElse(0L);
    long most = values.stream().max(Long::compare).orElse(0L);
    verdicts.atMost(
        String.format(Locale.ROOT, "%s %s, most / least", what, values),
        least == 0 ? Double.POSITIVE_INFINITY : (double) most / least,
        MOST_RATIO);
  }
}
