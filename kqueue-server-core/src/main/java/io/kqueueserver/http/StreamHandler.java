package io.kqueueserver.http;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The application's side of a {@link ByteStream}. All methods are called on the loop thread; {@link
 * #onEnd} is the last call. What a method throws resets this stream and nothing else.
 */
public interface StreamHandler {
  /** What is spoken on the stream, for observers: {@code websocket}; null if the request says. */
  default @Nullable String protocol() {
    return null;
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
   * Bytes from the peer, those that arrived with the request first. The buffer is valid during the
   * call. Bytes that the call leaves unread are offered again if it has paused input, and lost
   * otherwise.
   */
  void onBytes(ByteBuffer data);

  /**
   * The peer has ended its side, and all its bytes were delivered. This side goes on until {@link
   * ByteStream#finish}.
   */
  void onInputEnd();

  /** {@link ByteStream#isWritable()} is true again after it was false. */
  default void onWritable() {}

  /** The time set by {@link ByteStream#deadline} has come. */
  default void onDeadline() {}

  /**
   * The server is draining: the stream should come to its end. After the server's bound, {@code
   * kqueue.server.stream-drain-timeout}, it is reset.
   */
  default void onDrain() {}

  /**
   * The stream has ended.
   *
   * @param cause null if both sides have ended in good order and all written bytes have left
   */
  void onEnd(@Nullable ExchangeException cause);
}
