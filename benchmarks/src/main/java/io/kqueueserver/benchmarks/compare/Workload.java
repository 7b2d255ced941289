package io.kqueueserver.benchmarks.compare;

import java.util.ArrayList;
import java.util.List;

/**
 * One row of the comparison.
 *
 * @param connections zero for the option's number
 * @param depth requests per write; above one only wrk
 * @param bodyBytes of each request
 */
record Workload(
    String id,
    String title,
    Mode mode,
    Client client,
    String path,
    int connections,
    int depth,
    int bodyBytes,
    Background background) {
  /** Who makes the load: {@code wrk} as fast as it goes, or a mode of {@code load.c}. */
  enum Client {
    WRK,
    RATE,
    CONNECT,
    /** {@code wrk} that has each connection closed: a handshake per request, none resumed. */
    WRK_CLOSING,
    SSE;

    boolean isWrk() {
      return this == WRK || this == WRK_CLOSING;
    }
  }

  enum Background {
    NONE,
    IDLE_CONNECTIONS
  }

  /** Sixteen bodies of a megabyte under way fill a loopback; more only queue. */
  private static final int LARGE_BODY_CONNECTIONS = 16;

  /** Enough to keep one processor at it. */
  private static final int HANDSHAKE_CONNECTIONS = 8;

  private static final int MIB = 1024 * 1024;

  static final List<Workload> ALL =
      List.of(
          wrk("plaintext", "plaintext", Mode.ANNOTATED, "/plaintext"),
          wrk("json", "JSON", Mode.ANNOTATED, "/json"),
          rate("plaintext-rate", "plaintext, equal rate", Mode.ANNOTATED, "/plaintext"),
          post("post-1k", "POST echo 1 KiB", 0, 1024),
          post("post-1m", "POST echo 1 MiB", LARGE_BODY_CONNECTIONS, MIB),
          new Workload(
              "download",
              "download 1 MiB",
              Mode.ANNOTATED,
              Client.WRK,
              "/blob",
              LARGE_BODY_CONNECTIONS,
              1,
              0,
              Background.NONE),
          new Workload(
              "sse", "SSE fan-out", Mode.ANNOTATED, Client.SSE, "/sse", 0, 1, 0, Background.NONE),
          wrk("bare", "bare handler", Mode.BARE, "/bare"),
          rate("bare-rate", "bare handler, equal rate", Mode.BARE, "/bare"),
          new Workload(
              "pipelined",
              "bare, pipelined x16",
              Mode.BARE,
              Client.WRK,
              "/bare",
              0,
              16,
              0,
              Background.NONE),
          new Workload(
              "idle",
              "bare, beside idle connections",
              Mode.BARE,
              Client.WRK,
              "/bare",
              0,
              1,
              0,
              Background.IDLE_CONNECTIONS),
          new Workload(
              "connect",
              "bare, connection per request",
              Mode.BARE,
              Client.CONNECT,
              "/bare",
              0,
              1,
              0,
              Background.NONE),
          wrk("tls", "bare, TLS", Mode.TLS, "/bare"),
          new Workload(
              "handshake",
              "bare, TLS handshake per request",
              Mode.TLS,
              Client.WRK_CLOSING,
              "/bare",
              HANDSHAKE_CONNECTIONS,
              1,
              0,
              Background.NONE),
          wrk("gzip", "JSON of 6 KiB, gzip", Mode.COMPRESSED, "/catalogue"),
          wrk("access-log", "bare, access log", Mode.LOGGED, "/bare"));

  private static Workload wrk(String id, String title, Mode mode, String path) {
    return new Workload(id, title, mode, Client.WRK, path, 0, 1, 0, Background.NONE);
  }

  private static Workload rate(String id, String title, Mode mode, String path) {
    return new Workload(id, title, mode, Client.RATE, path, 0, 1, 0, Background.NONE);
  }

  private static Workload post(String id, String title, int connections, int bodyBytes) {
    return new Workload(
        id, title, Mode.ANNOTATED, Client.WRK, "/echo", connections, 1, bodyBytes, Background.NONE);
  }

  static Workload of(String id) {
    return ALL.stream()
        .filter(each -> each.id.equals(id))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("--only: no workload is called " + id));
  }

  /** The command that loads {@code port} for {@code seconds}. */
  List<String> command(Options options, int port, int seconds) {
    int open = connections > 0 ? connections : options.connections();
    List<String> command = new ArrayList<>(List.of("taskset", "-c", options.clientCpus()));
    if (client.isWrk()) {
      command.addAll(List.of("wrk", "-t1", "-c" + open, "-d" + seconds + "s", "--timeout", "10s"));
      command.addAll(List.of("-s", options.sources().resolve("wrk.lua").toString()));
      mode.requestHeaders().forEach(header -> command.addAll(List.of("-H", header)));
      if (client == Client.WRK_CLOSING) {
        command.addAll(List.of("-H", "Connection: close"));
      }
      command.add((mode.isSecure() ? "https" : "http") + "://127.0.0.1:" + port + path);
      command.addAll(List.of("--", Integer.toString(depth), Integer.toString(bodyBytes)));
      return command;
    }
    if (client == Client.SSE) {
      open = options.sseClients();
    }
    command.add(options.natives().resolve("load").toString());
    command.addAll(List.of(client.name().toLowerCase(java.util.Locale.ROOT)));
    command.addAll(List.of(Integer.toString(port), path, Integer.toString(open)));
    command.add(Integer.toString(seconds));
    command.add(Integer.toString(options.rate()));
    return command;
  }

  /** The command that holds idle connections to {@code port} until its standard input ends. */
  static List<String> holder(Options options, int port) {
    return List.of(
        "taskset",
        "-c",
        options.clientCpus(),
        options.natives().resolve("load").toString(),
        "idle",
        Integer.toString(port),
        "/bare",
        Integer.toString(options.idleConnections()));
  }
}
