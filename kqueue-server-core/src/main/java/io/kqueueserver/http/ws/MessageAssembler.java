package io.kqueueserver.http.ws;

import io.kqueueserver.stats.Limit;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Gathers the pieces of one message after the other. What it holds grows with what came, never with
 * what a frame announces.
 */
public final class MessageAssembler {
  private static final byte[] NOTHING = {};
  private static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

  private byte[] bytes = NOTHING;
  private int size;
  private long expected;

  /**
   * Begins a message.
   *
   * @param length as {@link WebSocketSink#onMessageStart} has it
   */
  public void start(long length) {
    bytes = NOTHING;
    size = 0;
    expected = length;
  }

  /** Takes the next piece and consumes it. */
  public void add(ByteBuffer piece) {
    int count = piece.remaining();
    if (count > bytes.length - size) {
      grow(count);
    }
    piece.get(bytes, size, count);
    size += count;
  }

  private void grow(int count) {
    long needed = (long) size + count;
    if (needed > MAX_ARRAY) {
      throw WebSocketException.limit(
          CloseCode.TOO_BIG,
          Limit.WEBSOCKET_MESSAGE_SIZE,
          "message of more than " + MAX_ARRAY + " bytes");
    }
    // Twice what came, but no more than will come where that is known.
    long capacity = size == 0 ? needed : Math.max(needed, 2L * size);
    long most = expected >= needed ? expected : MAX_ARRAY;
    bytes = Arrays.copyOf(bytes, (int) Math.min(capacity, Math.min(most, MAX_ARRAY)));
  }

  /** Ends the message; its bytes, in an array that is the caller's. */
  public byte[] take() {
    byte[] message = size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
    bytes = NOTHING;
    size = 0;
    return message;
  }

  /** Bytes held now. */
  public int heldBytes() {
    return bytes.length;
  }
}
