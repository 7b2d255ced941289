package io.kqueueserver.server.ws;

import io.kqueueserver.http.ByteStream;
import io.kqueueserver.http.ws.Opcode;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket session as its application sees it. All methods must be called on the loop thread
 * unless they say otherwise. Calls on a session that has ended do nothing, but lent buffers come
 * back.
 */
public interface WebSocket {
  /** The stream the session runs on, for its facts: request, id, addresses, threads. Any thread. */
  ByteStream stream();

  /** The sub-protocol that was agreed on; null for none. Any thread. */
  @Nullable String subProtocol();

  /** Whether no Close frame was sent or received, and the stream has not ended. Any thread. */
  boolean isOpen();

  /**
   * Allows so many more calls of {@link WebSocketListener#onMessage} and {@link
   * WebSocketListener#onPong} together. Without demand, one message at most is read ahead.
   */
  void demand(long messages);

  /** Reads on and throws all further messages away, so that the end is noticed. */
  void discard();

  /**
   * Sends a message, a Ping or a Pong, behind those that were sent before. It never blocks: what
   * the stream does not take is queued, so watch {@link #isWritable()}. A queue longer than {@code
   * max-queued-bytes} ends the session with 1008.
   *
   * @param payload lent until {@code release} is called; its position is not relied on afterwards
   * @param release called once when the bytes are no longer needed, perhaps before this returns
   * @throws IllegalArgumentException for a Ping or Pong of more than 125 bytes
   */
  void send(Opcode type, ByteBuffer payload, @Nullable Runnable release);

  /** Whether nothing is queued and the stream takes more. */
  boolean isWritable();

  /**
   * Calls back when all that was sent so far has been handed to the kernel; perhaps at once. The
   * callback of a session that ends before is not called.
   */
  void whenSent(Runnable callback);

  /**
   * Sends a Close frame behind what is queued; what is sent later is dropped, and so are further
   * messages of the peer.
   *
   * @param code valid on the wire, or {@code CloseCode.NO_STATUS_CODE} for a frame without one
   * @throws IllegalArgumentException for any other code
   */
  void close(int code, String reason);

  /** Breaks the session off without a Close frame. */
  void abort(String why);
}
