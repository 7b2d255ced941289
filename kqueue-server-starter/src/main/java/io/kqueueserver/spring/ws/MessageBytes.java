package io.kqueueserver.spring.ws;

import java.nio.ByteBuffer;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBuffer;

/** Reads the bytes of an outgoing message without moving the read position of its buffer. */
final class MessageBytes {
  private MessageBytes() {}

  /** The readable bytes: the buffer's own memory if the buffer is unpooled, else a copy. */
  static ByteBuffer of(DataBuffer buffer) {
    if (buffer instanceof DefaultDataBuffer unpooled) {
      return unpooled.getNativeBuffer();
    }
    byte[] copy = new byte[buffer.readableByteCount()];
    int at = 0;
    try (DataBuffer.ByteBufferIterator parts = buffer.readableByteBuffers()) {
      while (parts.hasNext()) {
        ByteBuffer part = parts.next();
        int count = part.remaining();
        part.get(copy, at, count);
        at += count;
      }
    }
    return ByteBuffer.wrap(copy);
  }

  /**
   * The action after the bytes were sent. The action does nothing, but a caller that passes it
   * states that the bytes must not be changed before it runs.
   */
  static Runnable release() {
    return MessageBytes::nothing;
  }

  private static void nothing() {}
}
