package io.kqueueserver.http.coding;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Codes one body at a time: bytes in by {@link #encode}, bytes out in {@link #bytes}, which the
 * caller empties with {@link #clear}. It may hold native memory, so every encoder goes back to the
 * {@link EncoderPool} it came from. Not thread-safe.
 */
public abstract class ContentEncoder {
  private static final int FIRST_BYTES = 2 * 1024;

  /** More is given back to the heap after each body. */
  private static final int KEPT_BYTES = 64 * 1024;

  private final ContentCoding coding;
  private byte[] out = new byte[FIRST_BYTES];
  private int length;

  ContentEncoder(ContentCoding coding) {
    this.coding = coding;
  }

  public final ContentCoding coding() {
    return coding;
  }

  /** Consumes all of the buffer. What it becomes may stay inside until a flush or the end. */
  public abstract void encode(ByteBuffer in);

  /** Brings out everything encoded so far, so that the client can decode it at once. */
  public abstract void flush();

  /** Brings out the rest and the end of the body. */
  public abstract void finish();

  /** Ready for another body; false if it cannot be used again. */
  abstract boolean reset();

  /** Gives native memory back; it cannot be used any more. */
  abstract void end();

  /** What was brought out and not cleared, from index 0. */
  public final byte[] bytes() {
    return out;
  }

  /** How much of {@link #bytes} counts. */
  public final int length() {
    return length;
  }

  /** The caller has taken what was brought out. */
  public final void clear() {
    length = 0;
  }

  final void forget() {
    length = 0;
    if (out.length > KEPT_BYTES) {
      out = new byte[FIRST_BYTES];
    }
  }

  final void append(byte[] from, int offset, int count) {
    room(count);
    System.arraycopy(from, offset, out, length, count);
    length += count;
  }

  /** Makes room for so many more bytes, from {@link #length} on. */
  final void room(int count) {
    if (out.length - length < count) {
      out = Arrays.copyOf(out, Math.max(2 * out.length, Math.addExact(length, count)));
    }
  }

  final void produced(int count) {
    length += count;
  }
}
