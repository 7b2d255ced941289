package io.kqueueserver.benchmarks.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Who is compared: servers under the same WebFlux application, and for the picture beside them
 * servers without Spring, which give the same answers.
 */
enum Contender {
  KQUEUE("kqueue-server", "kqueue", Kind.SPRING),
  /** Another process of the same, which shows what two processes differ by on this machine. */
  KQUEUE_AGAIN("kqueue-server again", "kqueue-again", Kind.SPRING),
  /** The same build with BoringSSL for TLS; in the clear there is nothing to compare. */
  KQUEUE_CONSCRYPT("kqueue-server, Conscrypt", "kqueue-conscrypt", Kind.SPRING),
  /** With its defaults, among which is Netty's native transport where there is one: epoll. */
  REACTOR_NETTY("Reactor Netty", "reactor-netty", Kind.SPRING),
  /** The same with the JDK's selectors. */
  REACTOR_NETTY_NIO("Reactor Netty, NIO", "reactor-netty-nio", Kind.SPRING),
  TOMCAT("Tomcat", "tomcat", Kind.SPRING),
  JETTY("Jetty", "jetty", Kind.SPRING),
  VERTX("Vert.x", "vertx", Kind.JAVA),
  /** Fixed answers and files: it has no application. */
  NGINX("nginx", "nginx", Kind.NGINX),
  /** Fixed bytes, from one loop in C. */
  LIMIT("C epoll loop", "limit", Kind.NATIVE);

  /** All but the one that only shows noise. */
  static final List<Contender> USUAL =
      Stream.of(values()).filter(each -> each != KQUEUE_AGAIN).toList();

  private enum Kind {
    SPRING,
    JAVA,
    NGINX,
    NATIVE
  }

  private static final String PACKAGE = "io.kqueueserver.benchmarks.compare.app.";

  private final String title;
  private final String id;
  private final Kind kind;

  Contender(String title, String id, Kind kind) {
    this.title = title;
    this.id = id;
    this.kind = kind;
  }

  String title() {
    return title;
  }

  String id() {
    return id;
  }

  boolean isOurs() {
    return this == KQUEUE || this == KQUEUE_AGAIN || this == KQUEUE_CONSCRYPT;
  }

  boolean isReactorNetty() {
    return this == REACTOR_NETTY || this == REACTOR_NETTY_NIO;
  }

  boolean isJava() {
    return kind == Kind.SPRING || kind == Kind.JAVA;
  }

  /** Whether it ends with its standard input; else it ends at SIGTERM. */
  boolean endsWithInput() {
    return kind != Kind.NGINX;
  }

  /**
   * Servers without Spring serve HTTP/1.1 in the clear, and log nothing. The WebSocket limits of
   * Tomcat and Jetty are set in code of theirs, which the application does not have.
   */
  boolean supports(Mode mode) {
    if (this == KQUEUE_CONSCRYPT && !mode.isSecure()) {
      return false;
    }
    return switch (mode) {
      case ANNOTATED, BARE -> true;
      case TLS, TLS_RSA, TLS_ANNOTATED, COMPRESSED, LOGGED, HTTP2, HTTP2_ANNOTATED, HTTP2_TLS ->
          kind == Kind.SPRING;
      case WEBSOCKET, WEBSOCKET_DEFLATED -> isOurs() || this == REACTOR_NETTY;
    };
  }

  /** Whether it has an answer: without Spring there is none to forms, and to few others. */
  boolean supports(Workload workload) {
    if (workload.client() == Workload.Client.WRK_MULTIPART) {
      return kind == Kind.SPRING;
    }
    boolean subscribes = workload.client() == Workload.Client.SSE;
    return switch (kind) {
      case SPRING, NATIVE -> true;
      case JAVA -> !subscribes;
      case NGINX -> !subscribes && workload.bodyBytes() == 0;
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

  /** The command that serves {@code port} until {@link #endsWithInput its end}. */
  List<String> command(Options options, Mode mode, int port) throws IOException {
    List<String> command = new ArrayList<>(List.of("taskset", "-c", options.serverCpus()));
    switch (kind) {
      case NATIVE -> {
        command.add(options.natives().resolve("limit").toString());
        command.add(Integer.toString(port));
      }
      case NGINX -> command.addAll(NginxFiles.write(options.out().resolve(id), port));
      case SPRING, JAVA -> addJava(command, options, mode, port);
    }
    return command;
  }

  private void addJava(List<String> command, Options options, Mode mode, int port)
      throws IOException {
    String built = isReactorNetty() ? REACTOR_NETTY.id : this == KQUEUE_AGAIN ? KQUEUE.id : id;
    Path dependencies = options.classPaths().resolve(built).resolve("target/classpath");
    command.add(options.java().toString());
    command.addAll(options.jvmFlags());
    command.addAll(mode.jvmFlags(this));
    // Tells ServerProcess which addresses are heap.
    command.add("-Xlog:gc+heap+coops=debug");
    command.add("-cp");
    String own = kind == Kind.JAVA ? dependencies.resolveSibling("classes") + ":" : "";
    command.add(own + options.application() + ":" + Files.readString(dependencies).strip());
    if (kind == Kind.JAVA) {
      command.add(PACKAGE + "VertxApplication");
      command.add(Integer.toString(port));
      return;
    }
    command.add(PACKAGE + "CompareApplication");
    command.add("--server.address=127.0.0.1");
    command.add("--server.port=" + port);
    command.addAll(mode.arguments(this, options));
  }
}
