package io.kqueueserver.stats;

import org.jspecify.annotations.Nullable;

/**
 * The request that a connection works on, for observers. Any thread, at any time: an implementation
 * is published by a data race and so keeps its values in final fields.
 */
public interface CurrentRequest {
  /** Answer of {@link #streamId} for a protocol that has no streams. */
  long NO_STREAM = -1;

  /** Answer of {@link #lastPongNanos} if there was no Pong. */
  long NO_PONG = Long.MIN_VALUE;

  /** The number of the request's stream on its connection, or {@link #NO_STREAM}. */
  default long streamId() {
    return NO_STREAM;
  }

  /** The progress of that stream; null for a protocol that has no streams. */
  default @Nullable StreamFlow flow() {
    return null;
  }

  String method();

  /** Without query, which may hold secrets between client and application. */
  String path();

  /** When its head was complete, in the loop's nanoseconds. */
  long startedNanos();

  /** The application's name of the handler; null while it is not known. */
  @Nullable String handler();

  /** Name of the protocol that the request was switched to; null before a switch. */
  default @Nullable String protocol() {
    return null;
  }

  /**
   * When the peer sent the last Pong after a switch, in the loop's nanoseconds; {@link #NO_PONG}.
   */
  default long lastPongNanos() {
    return NO_PONG;
  }
}
