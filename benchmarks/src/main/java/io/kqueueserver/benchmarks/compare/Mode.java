package io.kqueueserver.benchmarks.compare;

import java.util.List;

/** How the application is started. A new protocol is a new constant here and rows in Workload. */
enum Mode {
  ANNOTATED(List.of()),
  BARE(List.of("--compare.bare=true"));

  private final List<String> arguments;

  Mode(List<String> arguments) {
    this.arguments = arguments;
  }

  List<String> arguments() {
    return arguments;
  }
}
