package io.kqueueserver.server.h2;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of one stream that wait for a demand, in order. Small frames share a buffer, so that kept
 * memory is proportional to received bytes, and not to frames. The loop's thread only.
 */
final class KeptInput {
  private final int maxSharedBytes;
  private final ArrayDeque<ByteBuffer> pieces = new ArrayDeque<>(4);
  private int bytes;

  /**
   * Keeps nothing yet.
   *
   * @param maxSharedBytes the largest buffer that several frames share
   */
  KeptInput(int maxSharedBytes) {
    this.maxSharedBytes = maxSharedBytes;
  }

  /** Number of kept bytes. */
  int bytes() {
    return bytes;
  }

  /** Appends a copy of the buffer's bytes; the buffer is consumed. */
  void add(ByteBuffer in) {
    int count = in.remaining();
    ByteBuffer last = pieces.peekLast();
    if (last != null && last.capacity() - last.limit() >= count) {
      int end = last.limit();
      last.limit(end + count).put(end, in, in.position(), count);
      in.position(in.limit());
    } else {
      int size = Math.max(count, Math.min(maxSharedBytes, 2 * bytes));
      pieces.add(ByteBuffer.allocate(size).put(in).flip());
    }
    bytes += count;
  }

  /** Takes the first bytes, {@code most} at most, which are not kept any more; null if none are. */
  @Nullable ByteBuffer take(int most) {
    ByteBuffer first = pieces.peek();
    if (first == null) {
      return null;
    }
    int count = Math.min(most, first.remaining());
    ByteBuffer piece = first.slice(first.position(), count);
    first.position(first.position() + count);
    if (!first.hasRemaining()) {
      pieces.remove();
    }
    bytes -= count;
    return piece;
  }

  /** Keeps the rest of what was taken last. */
  void putBack(ByteBuffer rest) {
    pieces.addFirst(rest);
    bytes += rest.remaining();
  }

  /** Drops all bytes; returns their number. */
  int clear() {
    int count = bytes;
    pieces.clear();
    bytes = 0;
    return count;
  }
}
