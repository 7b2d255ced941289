package io.kqueueserver.benchmarks.compare;

/** What is measured of a workload, and of a process. */
enum Metric {
  CPU("CPU of the server, µs per request (SSE, WebSocket: per event, message)", Better.LOWER),
  THROUGHPUT("Requests per second (SSE, WebSocket: events, messages)", Better.HIGHER),
  P50("Latency, median, µs", Better.LOWER),
  P99("Latency, 99th percentile, µs", Better.LOWER),
  ALLOCATION("Allocation, bytes per request", Better.LOWER),
  BUSY(
      "Share of one CPU the server used, % (well below 100: the client or the rate was the limit)",
      Better.LOWER),
  PROCESS("Process", Better.LOWER);

  enum Better {
    LOWER,
    HIGHER
  }

  static final String STARTUP = "startup to first 200, ms";
  static final String RSS_START = "RSS after start, MiB";
  static final String RSS_LOAD = "RSS after load, MiB";

  private final String title;
  private final Better better;

  Metric(String title, Better better) {
    this.title = title;
    this.better = better;
  }

  String title() {
    return title;
  }

  Better better() {
    return better;
  }
}
