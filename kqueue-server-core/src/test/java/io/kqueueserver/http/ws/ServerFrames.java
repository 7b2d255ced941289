package io.kqueueserver.http.ws;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Reads frames of a server as a strict client does, without any code of the server's. */
final class ServerFrames {
  /** One frame. */
  static final class Frame {
    private final int firstByte;
    private final byte[] payload;

    Frame(int firstByte, byte[] payload) {
      this.firstByte = firstByte;
      this.payload = payload;
    }

    int firstByte() {
      return firstByte;
    }

    byte[] payload() {
      return payload;
    }
  }

  private final ByteArrayOutputStream wire = new ByteArrayOutputStream();

  ServerFrames add(ByteBuffer bytes) {
    while (bytes.hasRemaining()) {
      wire.write(bytes.get());
    }
    return this;
  }

  List<Frame> frames() {
    List<Frame> frames = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(wire.toByteArray());
    while (in.hasRemaining()) {
      int first = in.get() & 0xff;
      long length = in.get() & 0xff;
      assertThat(length).as("mask bit and length").isLessThan(128);
      if (length == 126) {
        length = in.getShort() & 0xffff;
        assertThat(length).isGreaterThan(125);
      } else if (length == 127) {
        length = in.getLong();
        assertThat(length).isGreaterThan(65535);
      }
      byte[] payload = new byte[(int) length];
      in.get(payload);
      frames.add(new Frame(first, payload));
    }
    return frames;
  }

  /** The payloads of the frames of one message, whose flags and opcodes must be in order. */
  byte[] message(int opcode, boolean compressed) {
    List<Frame> frames = frames();
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    for (int i = 0; i < frames.size(); i++) {
      int expected = i == 0 ? opcode | (compressed ? 0x40 : 0) : 0;
      expected |= i == frames.size() - 1 ? 0x80 : 0;
      assertThat(frames.get(i).firstByte()).as("frame %d", i).isEqualTo(expected);
      message.writeBytes(frames.get(i).payload());
    }
    return message.toByteArray();
  }
}
