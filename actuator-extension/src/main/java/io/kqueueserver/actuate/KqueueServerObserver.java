package io.kqueueserver.actuate;

import io.kqueueserver.RunningServer;

/** Notified of every run of a kqueue server in this application and its management context. */
@FunctionalInterface
public interface KqueueServerObserver {
  /**
   * A server has started. A run of that name before it has ended.
   *
   * @param name {@code main}, or the namespace of its context, such as {@code management}
   */
  void onStarted(String name, RunningServer server);
}
