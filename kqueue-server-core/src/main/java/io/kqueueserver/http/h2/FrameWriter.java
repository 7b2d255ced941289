package io.kqueueserver.http.h2;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes frames one behind the other into an array of its own, which {@link #clear} begins anew:
 * the view of {@link #bytes()} up to {@link #length()} is valid until the next call. Of DATA only
 * the header is written; the payload follows from where it lies. One per loop; not thread-safe.
 */
public final class FrameWriter {
  private static final int INITIAL_BYTES = 1024;

  /** An array this large is rare, and is not kept. */
  private static final int MAX_KEPT_BYTES = 64 * 1024;

  /** Debug data of GOAWAY, which is for people; the rest of a longer text is left out. */
  private static final int MAX_DEBUG_BYTES = 256;

  private byte[] bytes = new byte[INITIAL_BYTES];
  private int length;

  /** Forgets what was written. */
  public void clear() {
    length = 0;
    if (bytes.length > MAX_KEPT_BYTES) {
      bytes = new byte[INITIAL_BYTES];
    }
  }

  /** The bytes written since {@link #clear}, from index 0. */
  public byte[] bytes() {
    return bytes;
  }

  /** How much of {@link #bytes()} was written. */
  public int length() {
    return length;
  }

  /** The header of a DATA frame with so many bytes and no padding. */
  public void dataHeader(int streamId, int size, boolean endStream) {
    header(size, FrameType.DATA, endStream ? FrameFlags.END_STREAM : 0, streamId);
  }

  /**
   * HEADERS with a field block, and CONTINUATION where it is longer than the peer's frames may be.
   *
   * @param maxFrameSize the peer's SETTINGS_MAX_FRAME_SIZE
   */
  public void headers(
      int streamId, byte[] block, int from, int to, boolean endStream, int maxFrameSize) {
    int flags = endStream ? FrameFlags.END_STREAM : 0;
    FrameType type = FrameType.HEADERS;
    int at = from;
    do {
      int size = Math.min(to - at, maxFrameSize);
      boolean last = at + size == to;
      header(size, type, last ? flags | FrameFlags.END_HEADERS : flags, streamId);
      raw(block, at, size);
      at += size;
      flags = 0;
      type = FrameType.CONTINUATION;
    } while (at < to);
  }

  public void rstStream(int streamId, ErrorCode code) {
    header(Integer.BYTES, FrameType.RST_STREAM, 0, streamId);
    int32(code.number());
  }

  /** SETTINGS with every value that is not the initial one. */
  public void settings(Settings settings) {
    int count = 0;
    for (Setting setting : Setting.values()) {
      count += settings.get(setting) == setting.initial() ? 0 : 1;
    }
    header(6 * count, FrameType.SETTINGS, 0, 0);
    for (Setting setting : Setting.values()) {
      long value = settings.get(setting);
      if (value != setting.initial()) {
        int16(setting.identifier());
        int32((int) value);
      }
    }
  }

  public void settingsAck() {
    header(0, FrameType.SETTINGS, FrameFlags.ACK, 0);
  }

  /** PING, or the answer to the peer's. */
  public void ping(long opaque, boolean ack) {
    header(Long.BYTES, FrameType.PING, ack ? FrameFlags.ACK : 0, 0);
    int32((int) (opaque >>> 32));
    int32((int) opaque);
  }

  /**
   * GOAWAY.
   *
   * @param debug a text for people at the other end; in octets of ISO-8859-1
   */
  public void goAway(int lastStreamId, ErrorCode code, String debug) {
    byte[] text = debug.getBytes(StandardCharsets.ISO_8859_1);
    int size = Math.min(text.length, MAX_DEBUG_BYTES);
    header(8 + size, FrameType.GOAWAY, 0, 0);
    int32(lastStreamId);
    int32(code.number());
    raw(text, 0, size);
  }

  /** WINDOW_UPDATE; stream 0 is the connection. */
  public void windowUpdate(int streamId, int increment) {
    header(Integer.BYTES, FrameType.WINDOW_UPDATE, 0, streamId);
    int32(increment);
  }

  private void header(int size, FrameType type, int flags, int streamId) {
    ensure(FrameParser.FRAME_HEADER_BYTES + size);
    bytes[length++] = (byte) (size >>> 16);
    int16(size);
    bytes[length++] = (byte) type.number();
    bytes[length++] = (byte) flags;
    int32(streamId);
  }

  private void int16(int value) {
    bytes[length++] = (byte) (value >>> 8);
    bytes[length++] = (byte) value;
  }

  private void int32(int value) {
    int16(value >>> 16);
    int16(value);
  }

  private void raw(byte[] source, int from, int size) {
    System.arraycopy(source, from, bytes, length, size);
    length += size;
  }

  private void ensure(int more) {
    if (more > bytes.length - length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, Math.addExact(length, more)));
    }
  }
}
