package io.kqueueserver.stats;

import org.jspecify.annotations.Nullable;

/**
 * What a connection is at work on, for observers. Any thread, at any time: an implementation is
 * published by a data race and so keeps its values in final fields.
 */
public interface CurrentRequest {
  /** Answer of {@link #streamId} for a protocol that has no streams. */
  long NO_STREAM = -1;

  /** The number of the request's stream on its connection, or {@link #NO_STREAM}. */
  default long streamId() {
    return NO_STREAM;
  }

  String method();

  /** Without query, which may hold secrets between client and application. */
  String path();

  /** When its head was complete, in the loop's nanoseconds. */
  long startedNanos();

  /** What serves it, as the application calls it; null while that is not known. */
  @Nullable String handler();

  /** Name of the protocol that the request was switched to; null before a switch. */
  default @Nullable String protocol() {
    return null;
  }
}
