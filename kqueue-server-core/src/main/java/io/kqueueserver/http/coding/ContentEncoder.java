package io.kqueueserver.http.coding;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Codes one body at a time. {@link #encode} takes bytes, and {@link #bytes} holds the coded bytes,
 * which the caller empties with {@link #clear}. An encoder may hold native memory, so it must go
 * back to its {@link EncoderPool}. Not thread-safe.
 */
public abstract class ContentEncoder {
  private static final int FIRST_BYTES = 2 * 1024;

  /** 64 KiB: a larger output array is dropped after each body. */
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

  /** Consumes the buffer. Coded bytes may stay inside of the encoder until a flush or the end. */
  public abstract void encode(ByteBuffer in);

  /** Outputs all bytes encoded so far, so that the client can decode them at once. */
  public abstract void flush();

  /** Outputs the rest and the end of the body. */
  public abstract void finish();

  /** Prepares the encoder for another body. Returns false if it cannot be reused. */
  abstract boolean reset();

  /** Frees native memory. The encoder must not be used afterwards. */
  abstract void end();

  /** The coded bytes that were not cleared, from index 0. */
  public final byte[] bytes() {
    return out;
  }

  /** The number of valid bytes in {@link #bytes}. */
  public final int length() {
    return length;
  }

  /** The caller has taken the coded bytes. */
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

  /** Makes room for {@code count} more bytes, from {@link #length} on. */
  final void room(int count) {
    if (out.length - length < count) {
      out = Arrays.copyOf(out, Math.max(2 * out.length, Math.addExact(length, count)));
    }
  }

  final void produced(int count) {
    length += count;
  }
}
