package io.kqueueserver.net;

import io.kqueueserver.ffi.Memory;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** One piece of a connection's unsent bytes. The loop's thread only. */
sealed interface Segment permits Segment.Bytes, FileSegment {
  /** 128: what a segment takes in memory besides its bytes, the release of a lender included. */
  int OBJECT_BYTES = 128;

  /** Number of bytes still to be sent. */
  long remaining();

  /** Number of bytes in memory that are never sent. */
  default int overhead() {
    return OBJECT_BYTES;
  }

  /** Number of buffers that the application has lent to this segment. */
  default int lent() {
    return 0;
  }

  /** Whether the memory was allocated for this segment. */
  default boolean isOwn() {
    return false;
  }

  /** Whether the bytes are in native memory, and are sent where they lie. */
  default boolean isDirect() {
    return false;
  }

  /** Called once, when the piece was sent or dropped. */
  void release();

  /** Bytes in memory, owned by this segment or lent until {@code onRelease} runs. */
  final class Bytes implements Segment {
    /** 4 KiB: many small writes to a blocked connection share one piece. */
    private static final int MIN_OWN_BYTES = 4 * 1024;

    /** 64: the size behind a lent piece, where the own bytes are the frame of the next one. */
    private static final int MIN_FRAME_BYTES = 64;

    /** 8 KiB: lent native memory from this size on is sent where it lies. */
    private static final int MIN_DIRECT = 8 * 1024;

    final ByteBuffer data;

    /** Where byte 0 of native memory lies; 0 if the bytes are copied to be sent. */
    final long address;

    private final boolean isOwn;
    private @Nullable Runnable onRelease;

    private Bytes(ByteBuffer data, boolean isOwn, @Nullable Runnable onRelease) {
      this.data = data;
      this.isOwn = isOwn;
      this.onRelease = onRelease;
      this.address = isSentInPlace(data) ? Memory.address(data) : 0;
    }

    /** Whether a gathering write takes the bytes from where they lie. */
    static boolean isSentInPlace(ByteBuffer data) {
      return data.isDirect() && data.remaining() >= MIN_DIRECT;
    }

    static Bytes lent(ByteBuffer data, Runnable onRelease) {
      return new Bytes(data, false, onRelease);
    }

    /**
     * Makes a segment with a copy of the buffer's bytes, which are consumed.
     *
     * @param behindLent whether the segment before is lent, and so likely is the next one
     */
    static Bytes copyOf(ByteBuffer data, boolean behindLent) {
      int least = behindLent ? MIN_FRAME_BYTES : MIN_OWN_BYTES;
      ByteBuffer copy = ByteBuffer.allocate(Math.max(data.remaining(), least));
      return new Bytes(copy.put(data).flip(), true, null);
    }

    /** Makes a segment of an array, which is the segment's from now on. */
    static Bytes own(byte[] bytes) {
      return new Bytes(ByteBuffer.wrap(bytes), true, null);
    }

    /** Appends a copy of the buffer's bytes, if this segment owns its memory and has room. */
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
    public int overhead() {
      return isOwn ? OBJECT_BYTES + data.capacity() - data.limit() : OBJECT_BYTES;
    }

    @Override
    public boolean isOwn() {
      return isOwn;
    }

    @Override
    public boolean isDirect() {
      return address != 0;
    }

    @Override
    public int lent() {
      return isOwn || onRelease == Connection.NOT_LENT ? 0 : 1;
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
