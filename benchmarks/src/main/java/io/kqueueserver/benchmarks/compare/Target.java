package io.kqueueserver.benchmarks.compare;

import io.kqueueserver.benchmarks.compare.Workload.Background;
import java.util.List;

/** What we promise, as a ratio of one contender, mostly kqueue-server, to another. */
record Target(Metric metric, String row, Contender of, Contender against, double bound) {
  static final List<Target> ALL =
      List.of(
          workload(Metric.CPU, "bare", 0.45),
          limit("bare", 1.1),
          workload(Metric.CPU, "plaintext", 0.5),
          workload(Metric.CPU, "json", 0.5),
          workload(Metric.CPU, "post-1k", 0.45),
          workload(Metric.CPU, "post-1m", 0.6),
          workload(Metric.CPU, "upload", 0.7),
          limit("download", 1.15),
          limit("file", 1.05),
          limit("sse", 1.2),
          limit("connect", 1.1),
          workload(Metric.THROUGHPUT, "pipelined", 10),
          workload(Metric.P99, "plaintext-rate", 1.05),
          workload(Metric.P99, "bare-rate", 1.05),
          workload(Metric.THROUGHPUT, "connect", 1.3),
          workload(Metric.CPU, "tls", 0.45),
          workload(Metric.CPU, "tls-download", 0.9),
          workload(Metric.CPU, "handshake", 1),
          conscrypt("handshake", 0.35),
          conscrypt("tls", 1),
          conscrypt("tls-download", 1),
          workload(Metric.CPU, "gzip", 1),
          workload(Metric.CPU, "access-log", 1),
          workload(Metric.ALLOCATION, "bare", 0.5),
          workload(Metric.ALLOCATION, "plaintext", 0.6),
          process(Background.IDLE_CONNECTIONS.heapRow(), 0.5),
          process(Background.IDLE_CONNECTIONS.nativeRow(), 0.5),
          process(Metric.RSS_LOAD, 0.9),
          process(Metric.STARTUP, 0.9),
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

  private static Target of(Metric metric, String row, Contender against, double bound) {
    return new Target(metric, row, Contender.KQUEUE, against, bound);
  }

  private static Target conscrypt(String id, double bound) {
    String row = Workload.of(id).title();
    return new Target(Metric.CPU, row, Contender.KQUEUE_CONSCRYPT, Contender.KQUEUE, bound);
  }

  private static Target workload(Metric metric, String id, double bound) {
    return of(metric, Workload.of(id).title(), Contender.REACTOR_NETTY, bound);
  }

  private static Target limit(String id, double bound) {
    return of(Metric.CPU, Workload.of(id).title(), Contender.LIMIT, bound);
  }

  private static Target process(String row, double bound) {
    return of(Metric.PROCESS, row, Contender.REACTOR_NETTY, bound);
  }

  boolean isMetBy(double ratio) {
    return metric.better() == Metric.Better.LOWER ? ratio <= bound : ratio >= bound;
  }

  String condition() {
    return (metric.better() == Metric.Better.LOWER ? "≤ " : "≥ ") + bound;
  }
}
