package io.kqueueserver.http.ws;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.Deflater;

/** Frames as a client sends them, good and bad. */
public final class ClientFrames {
  public static final int CONTINUATION = 0x00;
  public static final int TEXT = 0x01;
  public static final int BINARY = 0x02;
  public static final int CLOSE = 0x88;
  public static final int PING = 0x89;
  public static final int PONG = 0x8a;
  public static final int FIN = 0x80;
  public static final int RSV1 = 0x40;

  private static final byte[] KEY = {0x37, (byte) 0xfa, 0x21, 0x3d};

  private ClientFrames() {}

  public static byte[] frame(int firstByte, String payload) {
    return frame(firstByte, utf8(payload));
  }

  public static byte[] frame(int firstByte, byte[] payload) {
    return join(head(firstByte, payload.length), masked(payload));
  }

  /** The head of a frame with that length in its shortest form, mask bit and key included. */
  public static byte[] head(int firstByte, long length) {
    int code = length < 126 ? (int) length : length < 65536 ? 126 : 127;
    return head(firstByte, 0x80 | code, length, code == 126 ? 2 : code == 127 ? 8 : 0);
  }

  /** A head with the length in so many bytes behind the second. */
  public static byte[] head(int firstByte, int secondByte, long length, int lengthBytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(firstByte);
    out.write(secondByte);
    for (int i = lengthBytes - 1; i >= 0; i--) {
      out.write((int) (length >>> (8 * i)));
    }
    if ((secondByte & 0x80) != 0) {
      out.writeBytes(KEY);
    }
    return out.toByteArray();
  }

  public static byte[] masked(byte[] payload) {
    byte[] masked = payload.clone();
    for (int i = 0; i < masked.length; i++) {
      masked[i] ^= KEY[i % 4];
    }
    return masked;
  }

  public static byte[] text(String text) {
    return frame(FIN | TEXT, text);
  }

  public static byte[] binary(byte[] payload) {
    return frame(FIN | BINARY, payload);
  }

  public static byte[] close(int code, String reason) {
    return frame(CLOSE, join(new byte[] {(byte) (code >>> 8), (byte) code}, utf8(reason)));
  }

  public static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.replace(" ", ""));
  }

  public static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  public static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  public static byte[] times(int count, byte[] part) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < count; i++) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  /** The payload of a compressed message: deflated, flushed, without the tail. */
  public static byte[] deflated(byte[] message) {
    Deflater deflater = new Deflater(9, true);
    try {
      return deflated(deflater, message);
    } finally {
      deflater.end();
    }
  }

  public static byte[] deflated(Deflater deflater, byte[] message) {
    deflater.setInput(message);
    byte[] out = new byte[message.length + message.length / 8 + 64];
    int length = deflater.deflate(out, 0, out.length, Deflater.SYNC_FLUSH);
    byte[] payload = new byte[length - 4];
    System.arraycopy(out, 0, payload, 0, payload.length);
    return payload;
  }
}
