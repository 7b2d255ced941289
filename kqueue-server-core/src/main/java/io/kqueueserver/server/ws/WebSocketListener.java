package io.kqueueserver.server.ws;

import io.kqueueserver.http.ws.Opcode;

/**
 * The application's listener of a {@link WebSocket}. All methods are called on the loop's thread.
 * An exception of a method ends this session with 1011, and no other session.
 */
public interface WebSocketListener {
  /**
   * The handshake was answered, and messages may be sent. Called before any other method, or never
   * if the connection ended during the handshake.
   */
  void onOpen();

  /**
   * Receives a whole message, which was demanded.
   *
   * @param type {@link Opcode#TEXT}, checked to be UTF-8, or {@link Opcode#BINARY}
   * @param payload the payload, which the listener owns
   */
  void onMessage(Opcode type, byte[] payload);

  /**
   * Receives the next piece of a message, which was demanded. Called in place of {@link #onMessage}
   * for a session of {@link Delivery#PIECES}.
   *
   * @param type {@link Opcode#TEXT}, of which a piece may end inside a character, or {@link
   *     Opcode#BINARY}
   * @param payload belongs to the listener; it is as large as one read at most
   * @param last whether the piece, which may be empty then, ends its message
   */
  default void onPiece(Opcode type, byte[] payload, boolean last) {}

  /** Receives a Pong that answers no Ping of the server's own. A Pong without demand is dropped. */
  default void onPong(byte[] payload) {}

  /**
   * {@link WebSocket#isWritable()} is true again after it was false, whether the listener has asked
   * or not. A listener that does not wait must ignore the call.
   */
  default void onWritable() {}

  /**
   * No message follows: the peer has closed, this side has closed, or the stream has ended. Called
   * once.
   *
   * @param code the code of the first Close frame; {@code NO_STATUS_CODE} for a frame without code,
   *     {@code ABNORMAL} for an end without a Close frame of the peer
   */
  void onClose(int code, String reason);

  /** The session has ended, and all lent buffers were released. The last call. */
  void onEnd();
}
