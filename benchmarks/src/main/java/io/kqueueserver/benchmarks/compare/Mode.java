package io.kqueueserver.benchmarks.compare;

import java.util.List;

/** How the application is started. A new protocol is a new constant here and rows in Workload. */
enum Mode {
  ANNOTATED(List.of()),
  BARE(List.of("--compare.bare=true")),
  /** The JDK's TLS for all: Reactor Netty takes it where there is no netty-tcnative. */
  TLS(
      List.of(
          "--compare.bare=true",
          "--server.ssl.key-store=file:build-support/resources/tls/server.p12",
          "--server.ssl.key-store-password=changeit"));

  private final List<String> arguments;

  Mode(List<String> arguments) {
    this.arguments = arguments;
  }

  boolean isSecure() {
    return this == TLS;
  }

  List<String> arguments() {
    return arguments;
  }
}
