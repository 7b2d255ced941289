package io.kqueueserver.http.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * What a decoder made of its input, one line per event, the pieces of a message joined:
 *
 * <pre>
 * TEXT hello       BINARY 00ff      PING hello      CLOSE 1000 bye
 * OPEN             (a message that is not complete at the end)
 * REFUSED 1009 WEBSOCKET_FRAME_SIZE
 * </pre>
 *
 * Payload of more than 40 bytes is shown as its length and hash.
 */
public final class Transcript implements WebSocketSink {
  private static final byte EDGE = 0x5a;

  private final LentZlib lender = new LentZlib();
  private final MessageAssembler assembler = new MessageAssembler();
  private final List<String> lines = new ArrayList<>();
  private final WebSocketDecoder decoder;
  private final boolean direct;

  private Opcode type = Opcode.CONTINUATION;
  private long announced;
  private long received;
  private boolean open;
  private boolean dead;

  Transcript(FrameRow row, boolean direct) {
    this.direct = direct;
    decoder =
        row.deflate() == null
            ? new WebSocketDecoder(row.limits(), this)
            : new WebSocketDecoder(row.limits(), this, row.deflate(), lender);
  }

  /** Feeds these bytes as one buffer. */
  Transcript feed(byte[] wire, int from, int to) {
    if (dead) {
      return this;
    }
    int margin = 9;
    int size = to - from + 2 * margin;
    ByteBuffer in = direct ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size);
    in.order(direct ? ByteOrder.nativeOrder() : ByteOrder.BIG_ENDIAN);
    for (int i = 0; i < size; i++) {
      in.put(i, EDGE);
    }
    in.position(margin).put(wire, from, to - from).flip().position(margin);
    try {
      while (decoder.decode(in)) {}
      assertThat(in.hasRemaining()).as("input left behind").isFalse();
    } catch (WebSocketException e) {
      refused(e, in);
    }
    assertThat(in.limit()).isEqualTo(size - margin);
    in.limit(size);
    for (int i = 0; i < margin; i++) {
      assertThat(in.get(i)).as("byte before the input").isEqualTo(EDGE);
      assertThat(in.get(size - 1 - i)).as("byte behind the input").isEqualTo(EDGE);
    }
    assertThat(decoder.isInsideMessage()).isEqualTo(open && !dead && !isClosed());
    // Of the assembler: at most twice what came. Of the decoder: a control frame, an inflater.
    assertThat(assembler.heldBytes()).isLessThanOrEqualTo((int) (2 * received + 1));
    assertThat(decoder.heldBytes()).isLessThanOrEqualTo(125 + ZlibLender.INFLATER_BYTES);
    return this;
  }

  private void refused(WebSocketException e, ByteBuffer in) {
    dead = true;
    in.limit(in.capacity() - 9);
    lines.add("REFUSED " + e.code() + (e.limit() == null ? "" : " " + e.limit()));
    assertThat(e.getStackTrace()).isEmpty();
    assertThat(catchThrowable(() -> decoder.decode(in))).as("the decoder stays dead").isSameAs(e);
    assertThat(lender.lent()).as("inflaters of a dead decoder").isZero();
  }

  @Override
  public void onMessageStart(Opcode opcode, long length) {
    assertThat(open).isFalse();
    open = true;
    type = opcode;
    announced = length;
    received = 0;
    assembler.start(length);
  }

  @Override
  public void onMessageData(ByteBuffer piece) {
    assertThat(open).isTrue();
    assertThat(piece.hasRemaining()).as("a piece has bytes").isTrue();
    received += piece.remaining();
    assembler.add(piece);
  }

  @Override
  public void onMessageEnd() {
    open = false;
    byte[] message = assembler.take();
    assertThat(message).hasSize((int) received);
    assertThat(announced).isIn(-1L, received);
    lines.add(show(type, message));
    received = 0;
  }

  @Override
  public void onPing(byte[] payload) {
    lines.add(show(Opcode.PING, payload));
  }

  @Override
  public void onPong(byte[] payload) {
    lines.add(show(Opcode.PONG, payload));
  }

  @Override
  public void onClose(int code, String reason) {
    lines.add(("CLOSE " + code + " " + reason).strip());
  }

  public static String show(Opcode type, byte[] payload) {
    String text =
        payload.length > 40
            ? "of " + payload.length + " #" + Arrays.hashCode(payload)
            : type == Opcode.BINARY
                ? HexFormat.of().formatHex(payload)
                : new String(payload, StandardCharsets.UTF_8);
    return (type + " " + text).stripTrailing();
  }

  /** No more comes. */
  List<String> finish() {
    if (open && !dead && !isClosed()) {
      lines.add("OPEN");
    }
    decoder.close();
    assertThat(lender.lent()).as("inflaters of an ended session").isZero();
    lender.end();
    return lines;
  }

  /** What is lent between messages. */
  int lent() {
    return lender.lent();
  }

  private boolean isClosed() {
    return !lines.isEmpty() && lines.get(lines.size() - 1).startsWith("CLOSE");
  }
}
