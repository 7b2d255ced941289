package io.kqueueserver.benchmarks.compare;

import io.kqueueserver.benchmarks.compare.Workload.Background;
import java.util.List;

/** What we promise, as a ratio of kqueue-server to another contender. */
record Target(Metric metric, String row, Contender against, double bound) {
  static final List<Target> ALL =
      List.of(
          workload(Metric.CPU, "bare", 0.60),
          new Target(Metric.CPU, Workload.of("bare").title(), Contender.LIMIT, 1.5),
          workload(Metric.CPU, "plaintext", 0.80),
          workload(Metric.CPU, "json", 0.80),
          workload(Metric.THROUGHPUT, "pipelined", 4),
          workload(Metric.P99, "plaintext-rate", 1),
          workload(Metric.P99, "bare-rate", 1),
          workload(Metric.THROUGHPUT, "connect", 1.3),
          workload(Metric.CPU, "tls", 0.8),
          workload(Metric.CPU, "handshake", 1),
          workload(Metric.CPU, "gzip", 1),
          workload(Metric.CPU, "access-log", 1),
          workload(Metric.ALLOCATION, "bare", 0.5),
          process(Background.IDLE_CONNECTIONS.heapRow(), 0.5),
          process(Background.IDLE_CONNECTIONS.nativeRow(), 0.5),
          process(Metric.RSS_START, 0.8),
          process(Metric.RSS_LOAD, 0.8),
          process(Metric.STARTUP, 1),
          workload(Metric.CPU, "h2", 0.4),
          workload(Metric.CPU, "h2-one", 0.5),
          workload(Metric.CPU, "h2-plaintext", 0.67),
          workload(Metric.CPU, "h2-tls", 0.55),
          workload(Metric.CPU, "h2-download", 1),
          workload(Metric.ALLOCATION, "h2", 0.5),
          process(Background.IDLE_HTTP2.heapRow(), 0.5),
          workload(Metric.CPU, "ws-echo", 0.6),
          workload(Metric.CPU, "ws-echo-1m", 0.9),
          workload(Metric.CPU, "ws-broadcast", 0.5),
          process(Background.IDLE_SESSIONS.heapRow(), 0.5),
          process(Background.IDLE_DEFLATED.memoryRow(), 0.25));

  private static Target workload(Metric metric, String id, double bound) {
    return new Target(metric, Workload.of(id).title(), Contender.REACTOR_NETTY, bound);
  }

  private static Target process(String row, double bound) {
    return new Target(Metric.PROCESS, row, Contender.REACTOR_NETTY, bound);
  }

  boolean isMetBy(double ratio) {
    return metric.better() == Metric.Better.LOWER ? ratio <= bound : ratio >= bound;
  }

  String condition() {
    return (metric.better() == Metric.Better.LOWER ? "≤ " : "≥ ") + bound;
  }
}
