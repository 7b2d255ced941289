package io.kqueueserver.benchmarks.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Who is compared. The limit answers with fixed bytes and has no heap. */
enum Contender {
  KQUEUE("kqueue-server", "kqueue"),
  REACTOR_NETTY("Reactor Netty", "reactor-netty"),
  TOMCAT("Tomcat", "tomcat"),
  JETTY("Jetty", "jetty"),
  LIMIT("C epoll loop", "limit");

  private static final String MAIN_CLASS =
      "io.kqueueserver.benchmarks.compare.app.CompareApplication";

  private final String title;
  private final String id;

  Contender(String title, String id) {
    this.title = title;
    this.id = id;
  }

  String title() {
    return title;
  }

  String id() {
    return id;
  }

  boolean isJava() {
    return this != LIMIT;
  }

  /**
   * The limit answers fixed bytes of HTTP/1.1, in the clear, and logs nothing. The WebSocket limits
   * of Tomcat and Jetty are set in code of theirs, which the application does not have.
   */
  boolean supports(Mode mode) {
    return switch (mode) {
      case ANNOTATED, BARE -> true;
      case TLS, COMPRESSED, LOGGED, HTTP2, HTTP2_ANNOTATED, HTTP2_TLS -> isJava();
      case WEBSOCKET, WEBSOCKET_DEFLATED -> this == KQUEUE || this == REACTOR_NETTY;
    };
  }

  static Contender of(String id) {
    for (Contender each : values()) {
      if (each.id.equals(id)) {
        return each;
      }
    }
    throw new IllegalArgumentException("--servers: no server is called " + id);
  }

  /** The command that serves {@code port} and ends with its standard input. */
  List<String> command(Options options, Mode mode, int port) throws IOException {
    List<String> command = new ArrayList<>(List.of("taskset", "-c", options.serverCpus()));
    if (!isJava()) {
      command.add(options.natives().resolve("limit").toString());
      command.add(Integer.toString(port));
      return command;
    }
    Path dependencies = options.classPaths().resolve(id).resolve("target/classpath");
    command.add(options.java().toString());
    command.addAll(options.jvmFlags());
    command.addAll(mode.jvmFlags(this));
    // Tells ServerProcess which addresses are heap.
    command.add("-Xlog:gc+heap+coops=debug");
    command.add("-cp");
    command.add(options.application() + ":" + Files.readString(dependencies).strip());
    command.add(MAIN_CLASS);
    command.add("--server.address=127.0.0.1");
    command.add("--server.port=" + port);
    command.addAll(mode.arguments(this, options));
    return command;
  }
}
