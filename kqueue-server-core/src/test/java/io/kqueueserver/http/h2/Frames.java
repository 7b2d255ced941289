package io.kqueueserver.http.h2;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Frames as octets, written by hand and not by the code under test. */
public final class Frames {
  static final byte[] NOTHING = {};

  private Frames() {}

  /** One frame, whose length says what its payload has. */
  public static byte[] frame(int type, int flags, int streamId, byte[]... payload) {
    byte[] body = join(payload);
    return join(header(body.length, type, flags, streamId), body);
  }

  public static byte[] header(int length, int type, int flags, int streamId) {
    return ByteBuffer.allocate(9)
        .put((byte) (length >> 16))
        .putShort((short) length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(streamId)
        .array();
  }

  public static byte[] data(int streamId, int flags, String text) {
    return frame(0x0, flags, streamId, ascii(text));
  }

  public static byte[] headers(int streamId, int flags, String block) {
    return frame(0x1, flags, streamId, ascii(block));
  }

  public static byte[] continuation(int streamId, int flags, String block) {
    return frame(0x9, flags, streamId, ascii(block));
  }

  public static byte[] setting(int identifier, int value) {
    return join(int16(identifier), int32(value));
  }

  public static byte[] int16(int value) {
    return new byte[] {(byte) (value >> 8), (byte) value};
  }

  public static byte[] int32(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  public static byte[] octets(int... values) {
    byte[] octets = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      octets[i] = (byte) values[i];
    }
    return octets;
  }

  public static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  public static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
