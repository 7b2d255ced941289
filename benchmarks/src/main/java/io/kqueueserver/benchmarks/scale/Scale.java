package io.kqueueserver.benchmarks.scale;

import io.kqueueserver.benchmarks.Arguments;
import io.kqueueserver.benchmarks.Machine;
import io.kqueueserver.benchmarks.Medians;
import io.kqueueserver.benchmarks.Verdicts;
import io.kqueueserver.benchmarks.load.ClientProcess;
import io.kqueueserver.benchmarks.load.KernelLimits;
import io.kqueueserver.benchmarks.load.KernelMemory;
import io.kqueueserver.benchmarks.load.ServerProcess;
import io.kqueueserver.benchmarks.load.Sources;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;

/**
 * As many connections as are asked for, over as many server processes, most of them idle: what a
 * request of the active ones costs, with the idle ones there and without; what a connection takes
 * in memory; and whether everything is given back.
 */
public final class Scale implements AutoCloseable {
  private static final double MOST_CPU_RATIO = 1.15;

  /** SO_REUSEPORT spreads by hash, so one process gets a little more than its share. */
  private static final double UNEVENNESS = 1.04;

  private static final int WARM_UP_CONNECTIONS = 64;
  private static final long WARM_UP_MILLIS = 8_000;
  private static final long CLOSE_SECONDS = 60;

  private final int connections;
  private final int active;
  private final int rounds;
  private final long runMillis;
  private final List<ServerProcess> servers = new ArrayList<>();
  private final List<ClientProcess> clients = new ArrayList<>();
  private final Sources sources = new Sources();
  private final Verdicts verdicts = new Verdicts();
  private final int clientCount;

  private Scale(int connections, int serverCount, int active, int rounds, int seconds) {
    this.connections = connections;
    this.active = active;
    this.rounds = rounds;
    this.runMillis = seconds * 1_000L;
    long perClientAtMost = Math.max(1, KernelLimits.descriptors() - 2_000);
    clientCount = (int) Math.max(3, (connections + perClientAtMost - 1) / perClientAtMost);
    int perServer = connections;
    if (serverCount > 1) {
      perServer = (int) Math.ceil((double) connections / serverCount * UNEVENNESS);
    }
    int perClient = connections / clientCount + 1;
    KernelLimits.check(connections, perServer, perClient, serverCount + clientCount);
    start(serverCount, perServer);
  }

  public static void main(String[] args) throws InterruptedException {
    Arguments arguments = new Arguments(args);
    int connections = arguments.number("connections", 19_000);
    int servers = arguments.number("servers", 1);
    int active = arguments.number("active", 1_000);
    int rounds = arguments.number("rounds", 5);
    int seconds = arguments.number("seconds", 5);
    arguments.rejectUnknown();
    boolean met;
    try (Scale scale = new Scale(connections, servers, active, rounds, seconds)) {
      met = scale.run();
    } catch (IllegalStateException e) {
      System.err.println("scale: " + e.getMessage());
      System.exit(2);
      return;
    }
    System.exit(met ? 0 : 1);
  }

  private void start(int serverCount, int perServer) {
    String[] properties = {
      // The defaults but for these: a cap below the count, and connections idle for longer than 60
      // s.
      "kqueue.server.max-connections=" + (perServer + 100),
      "kqueue.server.idle-timeout=20m",
      "kqueue.server.reuse-port=" + (serverCount > 1),
      "server.port=0"
    };
    for (int i = 0; i < serverCount; i++) {
      servers.add(ServerProcess.start(properties));
      properties[3] = "server.port=" + servers.get(0).port();
    }
    for (int i = 0; i < clientCount; i++) {
      clients.add(new ClientProcess(servers.get(0).port()));
    }
  }

  private boolean run() throws InterruptedException {
    System.out.printf(
        Locale.ROOT,
        "%,d connections, %,d active, over %d server process(es), from %d client processes%n%s%n",
        connections,
        active,
        servers.size(),
        clients.size(),
        Machine.line());
    open(WARM_UP_CONNECTIONS * servers.size(), WARM_UP_CONNECTIONS * servers.size());
    clients.forEach(client -> client.beginRun(WARM_UP_MILLIS));
    clients.forEach(ClientProcess::awaitRun);
    clients.forEach(ClientProcess::closeAll);
    // The heap first: the first jcmd leaves a process the socket that it listens on for more.
    long heapBefore = sum(ServerProcess::liveHeapBytes);
    long nativeBefore = sum(ServerProcess::nativeBytes);
    List<Integer> descriptorsBefore = settledDescriptors();

    long kernelBefore = KernelMemory.bytes();
    long begun = System.nanoTime();
    open(connections, active);
    double openSeconds = (System.nanoTime() - begun) / 1e9;
    long kernel = KernelMemory.bytes() - kernelBefore;
    long heap = sum(ServerProcess::liveHeapBytes);
    long nativeBytes = sum(ServerProcess::nativeBytes);
    System.out.printf(
        Locale.ROOT,
        "opened and answered once in %.1f s; descriptors per server: %s%n",
        openSeconds,
        servers.stream().map(ServerProcess::descriptors).toList());
    System.out.printf(
        Locale.ROOT,
        "memory per connection: %.0f bytes of live heap, %.0f bytes outside the heap; RSS %d MiB%n",
        (double) (heap - heapBefore) / connections,
        (double) (nativeBytes - nativeBefore) / connections,
        sum(ServerProcess::rssBytes) >> 20);
    System.out.printf(
        Locale.ROOT,
        "kernel: %.0f bytes per connection, for both of its ends, which are on this machine%n",
        (double) kernel / connections);

    compareCpu();
    closeEverything(descriptorsBefore);
    return verdicts.allMet();
  }

  private void compareCpu() {
    List<Double> crowded = new ArrayList<>();
    List<Double> alone = new ArrayList<>();
    // The first round is not counted: the server's code is still being compiled.
    for (int round = 0; round <= rounds; round++) {
      if (round > 0) {
        open(connections - active, 0);
      }
      double among = microsPerRequest(connections);
      clients.forEach(ClientProcess::closeIdle);
      double only = microsPerRequest(active);
      if (round > 0) {
        crowded.add(among);
        alone.add(only);
      }
    }
    open(connections - active, 0);
    System.out.printf(Locale.ROOT, "RSS under load: %d MiB%n", sum(ServerProcess::rssBytes) >> 20);
    double median = Medians.of(crowded);
    System.out.printf(
        Locale.ROOT,
        "CPU per request, medians: %.2f us among %,d connections, %.2f us among %,d%n",
        median,
        connections,
        Medians.of(alone),
        active);
    verdicts.atMost(
        "CPU per request, " + connections + " / " + active + " connections",
        median / Medians.of(alone),
        MOST_CPU_RATIO);
  }

  private double microsPerRequest(int among) {
    long before = sum(ServerProcess::cpuNanos);
    clients.forEach(client -> client.beginRun(runMillis));
    long requests = 0;
    long failures = 0;
    long p99 = 0;
    for (ClientProcess client : clients) {
      ClientProcess.Run run = client.awaitRun();
      requests += run.requests();
      failures += run.failures();
      p99 = Math.max(p99, run.p99Nanos());
    }
    double micros = (sum(ServerProcess::cpuNanos) - before) / 1e3 / requests;
    System.out.printf(
        Locale.ROOT,
        "  among %,7d: %,d requests, %d failed, %.2f us CPU each, p99 %.1f ms%n",
        among,
        requests,
        failures,
        micros,
        p99 / 1e6);
    if (failures > 0) {
      throw new IllegalStateException(failures + " active connections failed during the run");
    }
    return micros;
  }

  private void open(int connections, int active) {
    int count = clients.size();
    for (int i = 0; i < count; i++) {
      int share = share(connections, i, count);
      clients.get(i).beginOpen(share, share(active, i, count), sources.block(share));
    }
    clients.forEach(ClientProcess::awaitOpen);
  }

  private static int share(int whole, int index, int count) {
    return whole / count + (index < whole % count ? 1 : 0);
  }

  private void closeEverything(List<Integer> descriptorsBefore) throws InterruptedException {
    long begun = System.nanoTime();
    clients.forEach(ClientProcess::closeAll);
    long deadline = begun + CLOSE_SECONDS * 1_000_000_000;
    List<Integer> descriptors = descriptors();
    while (!descriptors.equals(descriptorsBefore) && System.nanoTime() < deadline) {
      Thread.sleep(100);
      descriptors = descriptors();
    }
    verdicts.that(
        descriptors.equals(descriptorsBefore),
        "all closed",
        String.format(
            Locale.ROOT,
            "descriptors %s before, %s %.1f s after the clients closed",
            descriptorsBefore,
            descriptors,
            (System.nanoTime() - begun) / 1e9));
  }

  /** The servers' descriptors when nothing changes any more. */
  private List<Integer> settledDescriptors() throws InterruptedException {
    List<Integer> last = descriptors();
    for (int unchanged = 0; unchanged < 5; ) {
      Thread.sleep(200);
      List<Integer> now = descriptors();
      unchanged = now.equals(last) ? unchanged + 1 : 0;
      last = now;
    }
    return last;
  }

  private List<Integer> descriptors() {
    return servers.stream().map(ServerProcess::descriptors).toList();
  }

  private long sum(ToLongFunction<ServerProcess> figure) {
    return servers.stream().mapToLong(figure).sum();
  }

  @Override
  public void close() {
    clients.forEach(ClientProcess::close);
    servers.forEach(ServerProcess::close);
  }
}
