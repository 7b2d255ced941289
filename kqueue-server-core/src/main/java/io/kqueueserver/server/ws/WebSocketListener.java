package io.kqueueserver.server.ws;

import io.kqueueserver.http.ws.Opcode;

/**
 * The application's side of a {@link WebSocket}. All methods are called on the loop thread. What a
 * method throws ends this session with 1011 and nothing else.
 */
public interface WebSocketListener {
  /**
   * The handshake was answered; messages may be sent. Called before any other method, or never if
   * the connection ended under the handshake.
   */
  void onOpen();

  /**
   * A whole message, which was demanded.
   *
   * @param type {@link Opcode#TEXT}, checked to be UTF-8, or {@link Opcode#BINARY}
   * @param payload belongs to the listener
   */
  void onMessage(Opcode type, byte[] payload);

  /**
   * A Pong that answers no Ping of the server's own. One that comes while nothing is demanded is
   * dropped.
   */
  default void onPong(byte[] payload) {}

  /** {@link WebSocket#isWritable()} is true again after it was false. */
  default void onWritable() {}

  /**
   * No message follows: the peer has closed, this side has, or the stream has ended. Called once.
   *
   * @param code of the Close frame that came first, {@code NO_STATUS_CODE} for one without, {@code
   *     ABNORMAL} for an end without a Close frame of the peer's
   */
  void onClose(int code, String reason);

  /** The session has ended, and everything lent was given back. The last call. */
  void onEnd();
}
