package io.kqueueserver.benchmarks.compare;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How the application is started. A new protocol is a new constant here and rows in Workload. */
enum Mode {
  ANNOTATED,
  BARE,
  /** The JDK's TLS for all: Reactor Netty takes it where there is no netty-tcnative. */
  TLS,
  /** With a key of RSA-2048, whose signature costs many times that of EC P-256. */
  TLS_RSA,
  TLS_ANNOTATED,
  /** Annotated, and each asks for gzip. */
  COMPRESSED,
  /** Bare, and a line in the common format for each request, in a file. */
  LOGGED,
  /** Bare, and HTTP/2 in the clear by prior knowledge, beside HTTP/1.1 on the same port. */
  HTTP2,
  HTTP2_ANNOTATED,
  /** Bare, and HTTP/2 by ALPN, on the JDK's TLS for all. */
  HTTP2_TLS,
  /** Annotated, with WebSocket handlers that take messages of more than a megabyte. */
  WEBSOCKET,
  WEBSOCKET_DEFLATED;

  boolean isSecure() {
    return this == TLS || this == TLS_RSA || this == TLS_ANNOTATED || this == HTTP2_TLS;
  }

  private boolean isBare() {
    return switch (this) {
      case BARE, TLS, TLS_RSA, LOGGED, HTTP2, HTTP2_TLS -> true;
      case ANNOTATED, TLS_ANNOTATED, COMPRESSED, HTTP2_ANNOTATED, WEBSOCKET, WEBSOCKET_DEFLATED ->
          false;
    };
  }

  /** What a client of this mode says beside Host, as {@code wrk -H} takes it. */
  List<String> requestHeaders() {
    return this == COMPRESSED ? List.of("Accept-Encoding: gzip") : List.of();
  }

  /** What stands before the class in the command of a JVM. */
  List<String> jvmFlags(Contender contender) {
    List<String> flags = new ArrayList<>();
    if (contender == Contender.REACTOR_NETTY_NIO) {
      flags.add("-Dreactor.netty.native=false");
    }
    if (this == LOGGED && contender.isReactorNetty()) {
      flags.add("-Dreactor.netty.http.server.accessLogEnabled=true");
    }
    return flags;
  }

  /** What stands behind the class. */
  List<String> arguments(Contender contender, Options options) {
    List<String> arguments = new ArrayList<>();
    if (isBare()) {
      arguments.add("--compare.bare=true");
    }
    switch (this) {
      case TLS, TLS_RSA, TLS_ANNOTATED, HTTP2_TLS -> {
        arguments.add(
            "--server.ssl.key-store=file:"
                + (this == TLS_RSA
                    ? options.natives().resolve("rsa.p12")
                    : "build-support/resources/tls/server.p12"));
        arguments.add("--server.ssl.key-store-password=changeit");
        arguments.add("--server.http2.enabled=" + (this == HTTP2_TLS));
        if (contender == Contender.KQUEUE_CONSCRYPT) {
          arguments.add("--kqueue.server.tls.provider=conscrypt");
        }
      }
      case HTTP2, HTTP2_ANNOTATED -> arguments.add("--server.http2.enabled=true");
      case WEBSOCKET, WEBSOCKET_DEFLATED -> {
        boolean deflate = this == WEBSOCKET_DEFLATED;
        arguments.add("--compare.websocket=true");
        arguments.add("--compare.websocket.deflate=" + deflate);
        if (contender.isOurs()) {
          arguments.add("--kqueue.server.websocket.compression=" + deflate);
          arguments.add("--kqueue.server.websocket.max-frame-size=2MB");
          arguments.add("--kqueue.server.websocket.max-message-size=2MB");
        }
      }
      case COMPRESSED -> arguments.add("--server.compression.enabled=true");
      case LOGGED -> arguments.addAll(accessLog(contender, options));
      default -> {}
    }
    return arguments;
  }

  /** Where {@code contender} writes its lines: {@code access-<id>.log} beside the results. */
  static Path accessLogFile(Contender contender, Options options) {
    return options.out().resolve("access-" + contender.id() + ".log");
  }

  /** Each server's own access log, set to do the same. */
  private static List<String> accessLog(Contender contender, Options options) {
    Path file = accessLogFile(contender, options);
    return switch (contender) {
      case KQUEUE, KQUEUE_AGAIN, KQUEUE_CONSCRYPT ->
          List.of(
              "--kqueue.server.access-log.enabled=true", "--kqueue.server.access-log.file=" + file);
      case REACTOR_NETTY, REACTOR_NETTY_NIO -> {
        Path config = options.classPaths().resolve("reactor-netty/access-log.xml");
        yield List.of("--logging.config=" + config, "--compare.access-log=" + file);
      }
      case TOMCAT ->
          List.of(
              "--server.tomcat.accesslog.enabled=true",
              "--server.tomcat.accesslog.directory=" + options.out(),
              "--server.tomcat.accesslog.prefix=access-tomcat",
              "--server.tomcat.accesslog.rotate=false");
      case JETTY ->
          List.of(
              "--server.jetty.accesslog.enabled=true",
              "--server.jetty.accesslog.filename=" + file,
              "--server.jetty.accesslog.format=ncsa");
      case VERTX, NGINX, LIMIT -> List.of();
    };
  }
}
