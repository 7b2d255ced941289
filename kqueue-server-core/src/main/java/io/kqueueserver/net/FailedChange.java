package io.kqueueserver.net;

import io.kqueueserver.queue.EventList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts and logs that the event queue has refused a connection's registration. */
final class FailedChange {
  private static final Logger log = LoggerFactory.getLogger(Connection.class);

  private FailedChange() {}

  /** Reports the event of a failed change. The caller resets the connection. */
  static void report(LoopResources resources, EventList events, int index) {
    resources.loop().stats().failedChanges++;
    log.warn(
        "kevent({}, fd {}): {}; the connection is reset",
        events.filter(index),
        events.ident(index),
        resources.sockets().errnoName((int) events.data(index)));
  }
}
