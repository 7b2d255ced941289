package io.kqueueserver.benchmarks.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One row of the comparison.
 *
 * @param connections zero for the option's number
 * @param depth requests per write, of wrk, or streams of a connection
 * @param bodyBytes of each request or message
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
  /**
   * The client that makes the load: {@code wrk} as fast as it goes, or a mode of {@code load.c}.
   */
  enum Client {
    WRK,
    RATE,
    CONNECT,
    /** {@code wrk} that has each connection closed: a handshake per request, none resumed. */
    WRK_CLOSING,
    /** {@code wrk} whose body is one part of multipart/form-data. */
    WRK_MULTIPART,
    SSE,
    /** {@code h2load} as fast as it goes; the depth is the streams of a connection. */
    H2LOAD,
    /** A mode of {@code framed.c}: each session has one message under way. */
    WS_ECHO,
    /** The same client, which counts messages that all sessions get. */
    WS_BROADCAST;

    boolean isWrk() {
      return this == WRK || this == WRK_CLOSING || this == WRK_MULTIPART;
    }

    /** Whether it prints a line when it begins to measure. */
    boolean reportsReady() {
      return !isWrk() && this != H2LOAD;
    }

    /** Whether its load is the same however long it lasts, so that leaving would tidy up. */
    boolean warmsInPlace() {
      return this == SSE || this == WS_BROADCAST;
    }
  }

  /** What is connected and idle beside a workload: the holder that keeps it, and its name. */
  enum Background {
    NONE("", "", "", ""),
    IDLE_CONNECTIONS("load", "idle", "/bare", "connection"),
    IDLE_HTTP2("framed", "h2-idle", "/bare", "HTTP/2 connection"),
    IDLE_SESSIONS("framed", "ws-idle", "/ws/echo", "WebSocket session"),
    IDLE_DEFLATED("framed", "ws-deflated", "/ws/echo", "deflating WebSocket session");

    private final String program;
    private final String mode;
    private final String path;
    private final String what;

    Background(String program, String mode, String path, String what) {
      this.program = program;
      this.mode = mode;
      this.path = path;
      this.what = what;
    }

    String heapRow() {
      return "live heap per idle " + what + ", KiB";
    }

    String memoryRow() {
      return "live heap and native memory per idle " + what + ", KiB";
    }

    String nativeRow() {
      return "native memory per idle " + what + ", KiB";
    }
  }

  /** Sixteen bodies of a megabyte under way fill a loopback; more only queue. */
  private static final int LARGE_BODY_CONNECTIONS = 16;

  /** Each holds 16 MiB in the client, and keeps the server busy for long. */
  private static final int UPLOAD_CONNECTIONS = 4;

  /** Enough to keep one processor at it. */
  private static final int HANDSHAKE_CONNECTIONS = 8;

  private static final int MIB = 1024 * 1024;

  private static final int SMALL_MESSAGE_BYTES = 64;

  /** A message that compression is worth while for. */
  private static final int TEXT_BYTES = 1024;

  private static final int BROADCAST_SESSIONS = 5000;

  static final List<Workload> ALL =
      List.of(
          wrk("plaintext", "plaintext", Mode.ANNOTATED, "/plaintext"),
          wrk("json", "JSON", Mode.ANNOTATED, "/json"),
          rate("plaintext-rate", "plaintext, equal rate", Mode.ANNOTATED, "/plaintext"),
          post("post-1k", "POST echo 1 KiB", 0, 1024),
          post("post-1m", "POST echo 1 MiB", LARGE_BODY_CONNECTIONS, MIB),
          new Workload(
              "upload",
              "multipart upload 16 MiB",
              Mode.ANNOTATED,
              Client.WRK_MULTIPART,
              "/upload",
              UPLOAD_CONNECTIONS,
              1,
              16 * MIB,
              Background.NONE),
          download("download", "download 1 MiB", Mode.ANNOTATED, "/blob"),
          download("file", "download 1 MiB from a file", Mode.ANNOTATED, "/file"),
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
          handshake("handshake", "bare, TLS handshake per request", Mode.TLS),
          handshake("handshake-rsa", "the same, RSA-2048", Mode.TLS_RSA),
          download("tls-download", "download 1 MiB, TLS", Mode.TLS_ANNOTATED, "/blob"),
          wrk("gzip", "JSON of 6 KiB, gzip", Mode.COMPRESSED, "/catalogue"),
          wrk("access-log", "bare, access log", Mode.LOGGED, "/bare"),
          h2load("h2", "HTTP/2, bare, 32 x 32 streams", Mode.HTTP2, "/bare", 32, 32),
          h2load("h2-one", "HTTP/2, bare, 1 x 100 streams", Mode.HTTP2, "/bare", 1, 100),
          new Workload(
              "h2-pipelined",
              "HTTP/1.1 beside HTTP/2, bare, pipelined x32",
              Mode.HTTP2,
              Client.WRK,
              "/bare",
              32,
              32,
              0,
              Background.NONE),
          new Workload(
              "h2-idle",
              "HTTP/2, bare, beside idle connections",
              Mode.HTTP2,
              Client.H2LOAD,
              "/bare",
              32,
              32,
              0,
              Background.IDLE_HTTP2),
          h2load(
              "h2-plaintext",
              "HTTP/2, plaintext, 32 x 32 streams",
              Mode.HTTP2_ANNOTATED,
              "/plaintext",
              32,
              32),
          h2load("h2-download", "HTTP/2, download 1 MiB", Mode.HTTP2_ANNOTATED, "/blob", 4, 4),
          h2load("h2-tls", "HTTP/2, bare, TLS, 32 x 32 streams", Mode.HTTP2_TLS, "/bare", 32, 32),
          sessions(
              "ws-echo", "WebSocket echo 64 B", Client.WS_ECHO, "/ws/echo", 0, SMALL_MESSAGE_BYTES),
          sessions("ws-echo-1m", "WebSocket echo 1 MiB", Client.WS_ECHO, "/ws/echo", 4, MIB),
          sessions(
              "ws-broadcast",
              "WebSocket broadcast 64 B",
              Client.WS_BROADCAST,
              "/ws/ticks",
              BROADCAST_SESSIONS,
              SMALL_MESSAGE_BYTES),
          rate("ws-alone", "plaintext, equal rate, WebSocket on", Mode.WEBSOCKET, "/plaintext"),
          new Workload(
              "ws-idle",
              "plaintext, equal rate, beside idle sessions",
              Mode.WEBSOCKET,
              Client.RATE,
              "/plaintext",
              0,
              1,
              0,
              Background.IDLE_SESSIONS),
          new Workload(
              "ws-deflated",
              "plaintext, equal rate, beside idle deflating sessions",
              Mode.WEBSOCKET_DEFLATED,
              Client.RATE,
              "/plaintext",
              0,
              1,
              0,
              Background.IDLE_DEFLATED));

  private static Workload handshake(String id, String title, Mode mode) {
    return new Workload(
        id, title, mode, Client.WRK_CLOSING, "/bare", HANDSHAKE_CONNECTIONS, 1, 0, Background.NONE);
  }

  private static Workload download(String id, String title, Mode mode, String path) {
    return new Workload(
        id, title, mode, Client.WRK, path, LARGE_BODY_CONNECTIONS, 1, 0, Background.NONE);
  }

  private static Workload h2load(
      String id, String title, Mode mode, String path, int connections, int streams) {
    return new Workload(
        id, title, mode, Client.H2LOAD, path, connections, streams, 0, Background.NONE);
  }

  private static Workload sessions(
      String id, String title, Client client, String path, int sessions, int bytes) {
    return new Workload(
        id, title, Mode.WEBSOCKET, client, path, sessions, 1, bytes, Background.NONE);
  }

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
      if (client == Client.WRK_MULTIPART) {
        command.add("multipart");
      }
      return command;
    }
    if (client == Client.H2LOAD) {
      String scheme = mode.isSecure() ? "https" : "http";
      command.add(options.sources().resolve("h2load").toString());
      command.addAll(List.of(Integer.toString(open), Integer.toString(depth)));
      command.addAll(List.of(Integer.toString(seconds), scheme + "://127.0.0.1:" + port + path));
      return command;
    }
    boolean framed = client == Client.WS_ECHO || client == Client.WS_BROADCAST;
    if (client == Client.SSE) {
      open = options.sseClients();
    }
    command.add(options.natives().resolve(framed ? "framed" : "load").toString());
    command.add(client.name().toLowerCase(Locale.ROOT).replace('_', '-'));
    command.addAll(List.of(Integer.toString(port), path, Integer.toString(open)));
    command.add(Integer.toString(seconds));
    command.add(Integer.toString(framed ? bodyBytes : options.rate()));
    return command;
  }

  /** What a server is asked first, to see whether it is up. */
  String firstPath() {
    return path.startsWith("/ws/") || bodyBytes > 0 ? "/plaintext" : path;
  }

  /** The command that holds idle connections to {@code port} until its standard input ends. */
  List<String> holder(Options options, int port) {
    return List.of(
        "taskset",
        "-c",
        options.clientCpus(),
        options.natives().resolve(background.program).toString(),
        background.mode,
        Integer.toString(port),
        background.path,
        Integer.toString(options.idleConnections()),
        "0",
        Integer.toString(TEXT_BYTES));
  }
}
