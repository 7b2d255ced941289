package io.kqueueserver.spring.http;

import java.nio.ByteBuffer;
import org.springframework.core.io.buffer.DataBuffer;

/**
 * The writing half of a buffer that becomes Spring's own, which can grow, when it is written to.
 */
@SuppressWarnings("deprecation") // Spring's own, which it still calls
abstract class WrittenDataBuffer implements DataBuffer {
  /** What takes this buffer's place from now on, with the same bytes and positions. */
  abstract DataBuffer written();

  /** Throws an exception that names the value, unless the condition holds. */
  static void check(boolean holds, String what, int value, int bound) {
    if (!holds) {
      throw new IndexOutOfBoundsException(what + " " + value + " is out of bounds at " + bound);
    }
  }

  /** The buffer's bytes as all of a buffer. */
  static ByteBuffer whole(ByteBuffer bytes) {
    return bytes.remaining() == bytes.capacity() ? bytes : bytes.slice();
  }

  final void checkPart(int index, int length) {
    check(index >= 0 && index <= capacity(), "index", index, capacity());
    check(length >= 0 && length <= capacity() - index, "length", length, capacity() - index);
  }

  @Deprecated
  @Override
  public DataBuffer capacity(int capacity) {
    written().capacity(capacity);
    return this;
  }

  @Override
  public DataBuffer ensureWritable(int capacity) {
    written().ensureWritable(capacity);
    return this;
  }

  @Override
  public DataBuffer write(byte b) {
    written().write(b);
    return this;
  }

  @Override
  public DataBuffer write(byte[] source) {
    written().write(source);
    return this;
  }

  @Override
  public DataBuffer write(byte[] source, int offset, int length) {
    written().write(source, offset, length);
    return this;
  }

  @Override
  public DataBuffer write(DataBuffer... buffers) {
    written().write(buffers);
    return this;
  }

  @Override
  public DataBuffer write(ByteBuffer... buffers) {
    written().write(buffers);
    return this;
  }
}
