package io.kqueueserver.spring.ws;

import java.nio.ByteBuffer;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBuffer;

/** The bytes of an outgoing message. Its read position stays where it is. */
final class MessageBytes {
  private MessageBytes() {}

  /** The readable bytes; those of the buffer itself if it is unpooled, else a copy. */
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

  /** What gives unpooled memory back: nothing, but the bytes must not be changed before. */
  static Runnable release() {
    return MessageBytes::nothing;
  }

  private static void nothing() {}
}
