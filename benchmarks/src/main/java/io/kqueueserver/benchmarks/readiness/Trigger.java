package io.kqueueserver.benchmarks.readiness;

/** How epoll and kqueue are asked to report; poll and select know only levels. */
enum Trigger {
  LEVEL,
  /** As the server registers its connections. */
  EDGE
}
