package io.kqueueserver.net;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** One piece of a connection's unsent bytes. The loop's thread only. */
sealed interface Segment permits Segment.Bytes, FileSegment {
  /** Bytes still to be sent. */
  long remaining();

  /** Called once, when the piece was sent or given up. */
  void release();

  /** Bytes in memory, of our own or lent by the application until {@code onRelease} runs. */
  final class Bytes implements Segment {
    /**
     * 4 KiB: many small writes to a blocked connection share a piece instead of having one each.
     */
    private static final int MIN_OWN_BYTES = 4 * 1024;

    final ByteBuffer data;
    private final boolean isOwn;
    private @Nullable Runnable onRelease;

    private Bytes(ByteBuffer data, boolean isOwn, @Nullable Runnable onRelease) {
      this.data = data;
      this.isOwn = isOwn;
      this.onRelease = onRelease;
    }

    static Bytes lent(ByteBuffer data, Runnable onRelease) {
      return new Bytes(data, false, onRelease);
    }

    /** A copy of the buffer's bytes, which are consumed. */
    static Bytes copyOf(ByteBuffer data) {
      ByteBuffer copy = ByteBuffer.allocate(Math.max(data.remaining(), MIN_OWN_BYTES));
      return new Bytes(copy.put(data).flip(), true, null);
    }

    /** Copies the buffer's bytes behind its own, if it is a copy with room left. */
    boolean takes(ByteBuffer more) {
      int end = data.limit();
      int length = more.remaining();
      if (!isOwn || data.capacity() - end < length) {
        return false;
      }
      data.limit(end + length).put(end, more, more.position(), length);
      more.position(more.limit());
      return true;
    }

    @Override
    public long remaining() {
      return data.remaining();
    }

    @Override
    public void release() {
      Runnable action = onRelease;
      onRelease = null;
      if (action != null) {
        action.run();
      }
    }
  }
}
