package io.kqueueserver.server.ws;

import io.kqueueserver.http.ByteStream;
import io.kqueueserver.http.ws.Opcode;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The application's interface to a WebSocket session. Methods must be called on the loop's thread
 * unless they are marked otherwise. Calls on a session that has ended only release lent buffers.
 */
public interface WebSocket {
  /** The stream of the session, for its facts: request, id, addresses, threads. Any thread. */
  ByteStream stream();

  /** The agreed sub-protocol; null for none. Any thread. */
  @Nullable String subProtocol();

  /** Whether no Close frame was sent or received, and the stream has not ended. Any thread. */
  boolean isOpen();

  /**
   * Allows {@code messages} more calls of {@link WebSocketListener#onMessage} or {@link
   * WebSocketListener#onPiece}, and of {@link WebSocketListener#onPong}, together. Without demand,
   * at most one message or piece is read ahead.
   */
  void demand(long messages);

  /** Reads on and drops all further messages, so that the end is noticed. */
  void discard();

  /**
   * Sends a message, a Ping or a Pong, after those sent before. Never blocks. Bytes that the stream
   * does not take are queued, so callers should check {@link #isWritable()}. A queue longer than
   * {@code max-queued-bytes} ends the session with 1008.
   *
   * @param payload lent until {@code release} is called; its position is undefined afterwards
   * @param release called once when the bytes are no longer needed, perhaps before this method
   *     returns
   * @throws IllegalArgumentException for a Ping or Pong of more than 125 bytes
   */
  void send(Opcode type, ByteBuffer payload, @Nullable Runnable release);

  /** Whether no message is queued and the stream takes more. */
  boolean isWritable();

  /**
   * Calls back when all messages sent so far were handed to the kernel, perhaps at once. If the
   * session ends before, the callback is not called.
   */
  void whenSent(Runnable callback);

  /**
   * Sends a Close frame after the queued messages. Messages sent later are dropped, and so are
   * further messages of the peer.
   *
   * @param code a code that is valid on the wire, or {@code CloseCode.NO_STATUS_CODE} for a frame
   *     without a code
   * @throws IllegalArgumentException for any other code
   */
  void close(int code, String reason);

  /** Resets the stream of the session without a Close frame. */
  void abort(String why);
}
