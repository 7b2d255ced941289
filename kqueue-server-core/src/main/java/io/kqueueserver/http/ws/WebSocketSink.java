package io.kqueueserver.http.ws;

import io.kqueueserver.http.Exchange;
import java.nio.ByteBuffer;

/**
 * Receives what a {@link WebSocketDecoder} finds. One method per event; the payload is unmasked,
 * inflated, and of a text message checked to be UTF-8.
 */
public interface WebSocketSink {
  /**
   * A message begins.
   *
   * @param type {@link Opcode#TEXT} or {@link Opcode#BINARY}
   * @param length of the whole message in bytes, or {@link Exchange#UNKNOWN_LENGTH}
   */
  void onMessageStart(Opcode type, long length);

  /**
   * The next bytes of the message, one or more. A piece of text may end inside a character. Of a
   * message that is refused later, some pieces may have been handed on and others not.
   *
   * @param piece valid during the call; its position and limit may be moved, its bytes changed
   */
  void onMessageData(ByteBuffer piece);

  /** The message is complete. */
  void onMessageEnd();

  /**
   * A Ping, which may come inside a message.
   *
   * @param payload at most 125 bytes, owned by the receiver of the call
   */
  void onPing(byte[] payload);

  /**
   * A Pong, solicited or not, which may come inside a message.
   *
   * @param payload at most 125 bytes, owned by the receiver of the call
   */
  void onPong(byte[] payload);

  /**
   * A Close frame; no event follows it.
   *
   * @param code valid on the wire, or {@link CloseCode#NO_STATUS_CODE} if the frame has none
   */
  void onClose(int code, String reason);
}
