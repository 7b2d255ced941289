package io.kqueueserver.spring.http;

import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;

/** The methods of a response that a {@link SingleBodyWriter} calls. */
interface SingleBodyTarget {
  /**
   * Commits the response for a buffer that has arrived, and starts the writer when the actions
   * before the commit are done. An action that fails, fails the writer. Returns false if the
   * response was committed before; the buffer is then not sent. Any thread.
   */
  boolean commitFor(SingleBodyWriter writer);

  /**
   * Sends head with length, the buffer and the end.
   *
   * @param body null for a body without a byte; not released
   */
  void sendWhole(@Nullable DataBuffer body);

  /** The body failed before the commit: removes the fields that describe the body. */
  void bodyFailed();
}
