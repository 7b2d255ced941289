package io.kqueueserver.spring.http;

import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;

/** A response as the writer of its one buffer sees it. */
interface SingleBodyTarget {
  /**
   * Commits the response for a body that has come, and starts the writer when the actions before
   * the commit are done; what fails then is the writer's failure. False if the response was
   * committed before: a second body goes nowhere. Any thread.
   */
  boolean commitFor(SingleBodyWriter writer);

  /**
   * Sends head with length, the buffer and the end.
   *
   * @param body null for a body without a byte; not released
   */
  void sendWhole(@Nullable DataBuffer body);

  /** The body failed before the commit: the fields that described it are dropped. */
  void bodyFailed();
}
