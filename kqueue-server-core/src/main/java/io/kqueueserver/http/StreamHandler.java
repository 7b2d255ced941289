package io.kqueueserver.http;

import io.kqueueserver.stats.CurrentRequest;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The application's handler of a {@link ByteStream}. All methods are called on the loop's thread.
 * {@link #onEnd} is the last call. An exception of a method resets this stream and no other.
 */
public interface StreamHandler {
  /**
   * The protocol of the stream for observers, as in {@code websocket}; null if the request names
   * it.
   */
  default @Nullable String protocol() {
    return null;
  }

  /**
   * When the peer sent the last Pong, in the loop's nanoseconds, for observers; {@link
   * CurrentRequest#NO_PONG} without one. Any thread.
   */
  default long lastPongNanos() {
    return CurrentRequest.NO_PONG;
  }

  /**
   * Whether the handler bounds the peer's silence itself, by {@link ByteStream#deadline}; the
   * server's {@code kqueue.server.stream-idle-timeout} does not hold for the stream then.
   */
  default boolean boundsSilence() {
    return false;
  }

  /** The stream is open; bytes may be written. Called before any other method. */
  void onOpen(ByteStream stream);

  /**
   * Receives bytes of the peer. Bytes that arrived with the request come first. The buffer is valid
   * during the call. Unread bytes are passed again if the call has paused input, and lost
   * otherwise.
   */
  void onBytes(ByteBuffer data);

  /**
   * The peer has ended its side, and all of its bytes were delivered. This side goes on until
   * {@link ByteStream#finish}.
   */
  void onInputEnd();

  /**
   * {@link ByteStream#isWritable()} is true again after it was false, whether the handler has asked
   * or not. A handler that does not wait must ignore the call.
   */
  default void onWritable() {}

  /** The time set by {@link ByteStream#deadline} has come. */
  default void onDeadline() {}

  /**
   * The stream should end, because the server is draining, or the connection is older than {@code
   * kqueue.server.max-connection-age}. After {@code kqueue.server.stream-drain-timeout} the stream
   * is reset.
   */
  default void onDrain() {}

  /**
   * The stream has ended.
   *
   * @param cause the failure; null if both sides have ended and all written bytes have left
   */
  void onEnd(@Nullable ExchangeException cause);
}
