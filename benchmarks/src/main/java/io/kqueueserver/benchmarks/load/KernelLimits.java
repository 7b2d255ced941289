package io.kqueueserver.benchmarks.load;

import java.nio.file.Files;
import java.nio.file.Path;

/** What Linux allows, asked before thousands of connections find out. */
public final class KernelLimits {
  /** Beside connections: the JVM's own files, listeners, queues. */
  private static final int OWN_DESCRIPTORS = 250;

  /** Two kernel sockets and what both processes hold of it, with room to spare. */
  private static final long KIB_PER_CONNECTION = 24;

  private static final long KIB_PER_PROCESS = 350 * 1024;

  private KernelLimits() {}

  /** Descriptors a process may have, soft limits raised, as the JVM does by itself. */
  public static long descriptors() {
    return ProcFs.read(Path.of("/proc/self/limits"))
        .lines()
        .filter(line -> line.startsWith("Max open files"))
        .map(line -> line.split("\\s+")[4])
        .mapToLong(hard -> hard.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(hard))
        .findFirst()
        .orElseThrow();
  }

  /**
   * @throws IllegalStateException naming the limit, its value, what is needed and the remedy
   */
  public static void check(int connections, int perServer, int perClient, int processes) {
    atLeast(
        descriptors(),
        Math.max(perServer, perClient) + OWN_DESCRIPTORS,
        "descriptors per process (ulimit -Hn)",
        "raise it, or take fewer --connections or more --servers");
    String[] ports =
        ProcFs.read(Path.of("/proc/sys/net/ipv4/ip_local_port_range")).strip().split("\\s+");
    atLeast(
        Long.parseLong(ports[1]) - Long.parseLong(ports[0]),
        LoadClient.PER_SOURCE * 2L,
        "ephemeral ports per source address (net.ipv4.ip_local_port_range)",
        "widen it");
    atLeast(
        number("/proc/sys/net/core/somaxconn"),
        1024,
        "connections waiting to be accepted (net.core.somaxconn)",
        "raise it to the server's backlog");
    atLeast(
        number("/proc/sys/fs/file-max"),
        2L * connections + 10_000,
        "open files of the system (fs.file-max)",
        "raise it");
    Path tracked = Path.of("/proc/sys/net/netfilter/nf_conntrack_max");
    if (Files.exists(tracked)) {
      // Closed connections stay in the table for two minutes.
      atLeast(
          number(tracked.toString()) - number("/proc/sys/net/netfilter/nf_conntrack_count"),
          2L * connections,
          "free entries of connection tracking (net.netfilter.nf_conntrack_max)",
          "raise it");
    }
    atLeast(
        ProcFs.kibibytes(Path.of("/proc/meminfo"), "MemAvailable:"),
        connections * KIB_PER_CONNECTION + processes * KIB_PER_PROCESS,
        "KiB of memory",
        "take fewer --connections");
  }

  private static long number(String file) {
    return Long.parseLong(ProcFs.read(Path.of(file)).strip());
  }

  private static void atLeast(long have, long need, String what, String remedy) {
    if (have < need) {
      throw new IllegalStateException(
          "%s: %d are needed, there are %d; %s".formatted(what, need, have, remedy));
    }
  }
}
