package io.kqueueserver.http.ws;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Frames of a server, which are not masked (RFC 6455 5.1). */
public final class WebSocketEncoder {
  /** The longest head of a frame. */
  public static final int MAX_HEAD_BYTES = 10;

  private static final int MAX_CONTROL_BYTES = 125;
  private static final int FIN = 0x80;
  private static final int RSV1 = 0x40;

  /** Which part of its message a frame is. */
  public enum Part {
    WHOLE,
    FIRST,
    MIDDLE,
    LAST
  }

  /** Whether the bytes of a message went through a {@link MessageDeflater}. */
  public enum Form {
    PLAIN,
    DEFLATED
  }

  private WebSocketEncoder() {}

  /** Length of the head of a frame with this much payload. */
  public static int headBytes(long length) {
    return length <= MAX_CONTROL_BYTES ? 2 : length < 1 << Short.SIZE ? 4 : MAX_HEAD_BYTES;
  }

  /**
   * Writes the head of a frame; its payload follows, unchanged.
   *
   * @param type of the message, whichever part of it the frame is
   * @return the index behind the head
   */
  public static int putHead(byte[] into, int at, Opcode type, Part part, Form form, long length) {
    boolean begins = part == Part.WHOLE || part == Part.FIRST;
    boolean ends = part == Part.WHOLE || part == Part.LAST;
    int first = begins ? type.number() : Opcode.CONTINUATION.number();
    if (begins && form == Form.DEFLATED) {
      first |= RSV1;
    }
    into[at] = (byte) (ends ? first | FIN : first);
    int end = at + headBytes(length);
    if (end == at + 2) {
      into[at + 1] = (byte) length;
      return end;
    }
    into[at + 1] = (byte) (end == at + 4 ? 126 : 127);
    long rest = length;
    for (int i = end - 1; i > at + 1; i--) {
      into[i] = (byte) rest;
      rest >>>= Byte.SIZE;
    }
    return end;
  }

  /** A frame that is a whole message, or a Ping or Pong, in one array. The payload is consumed. */
  public static byte[] frame(Opcode type, ByteBuffer payload) {
    int length = payload.remaining();
    if (type.isControl() && length > MAX_CONTROL_BYTES) {
      throw new IllegalArgumentException(
          type + " has " + length + " bytes; a control frame has at most " + MAX_CONTROL_BYTES);
    }
    byte[] frame = new byte[headBytes(length) + length];
    payload.get(frame, putHead(frame, 0, type, Part.WHOLE, Form.PLAIN, length), length);
    return frame;
  }

  /**
   * A Close frame. A reason that is too long loses its end, at a character.
   *
   * @param code one that is valid on the wire, or {@link CloseCode#NO_STATUS_CODE} for none
   * @throws IllegalArgumentException for any other code
   */
  public static byte[] close(int code, String reason) {
    if (code == CloseCode.NO_STATUS_CODE) {
      return frame(Opcode.CLOSE, ByteBuffer.allocate(0));
    }
    if (!CloseCode.isValidOnWire(code)) {
      throw new IllegalArgumentException("close code " + code + " must not be sent");
    }
    byte[] text = reason.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(text.length, MAX_CONTROL_BYTES - Short.BYTES);
    while (length < text.length && length > 0 && (text[length] & 0xc0) == 0x80) {
      length--;
    }
    byte[] payload =
        Arrays.copyOf(new byte[] {(byte) (code >>> Byte.SIZE), (byte) code}, 2 + length);
    System.arraycopy(text, 0, payload, 2, length);
    return frame(Opcode.CLOSE, ByteBuffer.wrap(payload));
  }
}
