package io.kqueueserver.http.ws;

import static io.kqueueserver.http.ws.ClientFrames.deflated;
import static io.kqueueserver.http.ws.ClientFrames.frame;
import static io.kqueueserver.http.ws.ClientFrames.join;
import static io.kqueueserver.http.ws.ClientFrames.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a connection relies on when it stops in the middle: of a read, a message, a callback. */
class WebSocketDecoderTest {
  private static final MessageLimits LARGE = new MessageLimits(1 << 20, 1 << 20, 64, 4, 1032);

  private final LentZlib lender = new LentZlib();

  @AfterEach
  void everyInflaterCameBack() {
    assertThat(lender.lent()).isZero();
    lender.end();
  }

  /** Counts events, and remembers the pieces. */
  private static class Counting implements WebSocketSink {
    final MessageAssembler assembler = new MessageAssembler();
    int starts;
    int pieces;
    int messages;

    @Override
    public void onMessageStart(Opcode type, long length) {
      starts++;
      assembler.start(length);
    }

    @Override
    public void onMessageData(ByteBuffer piece) {
      pieces++;
      assembler.add(piece);
    }

    @Override
    public void onMessageEnd() {
      messages++;
    }

    @Override
    public void onPing(byte[] payload) {}

    @Override
    public void onPong(byte[] payload) {}

    @Override
    public void onClose(int code, String reason) {}
  }

  @Test
  void aCallerThatStopsAfterAMessageReadsNoFurther() {
    Counting sink = new Counting();
    WebSocketDecoder decoder = new WebSocketDecoder(MessageLimits.DEFAULTS, sink);
    ByteBuffer in = ByteBuffer.wrap(join(text("first"), text("second")));
    assertThat(decoder.decode(in)).isTrue();
    assertThat(sink.messages).isEqualTo(1);
    assertThat(in.remaining()).isEqualTo(text("second").length);
    assertThat(decoder.decode(in)).isTrue();
    assertThat(decoder.decode(in)).isFalse();
    assertThat(sink.messages).isEqualTo(2);
  }

  /** Each time in another buffer, as a connection keeps what it does not want yet. */
  @Test
  void aCompressedMessageComesPieceByPieceFromInputThatIsKept() {
    Counting sink = new Counting();
    WebSocketDecoder decoder = new WebSocketDecoder(LARGE, sink, FrameRow.FORGETTING, lender);
    byte[] message = new byte[200_000];
    new Random(1).nextBytes(message);
    byte[] left = frame(0xc2, deflated(message));
    int most = 0;
    while (sink.messages == 0) {
      ByteBuffer in = ByteBuffer.wrap(left);
      int before = sink.pieces;
      assertThat(decoder.decode(in)).isTrue();
      assertThat(sink.pieces - before).isLessThanOrEqualTo(1);
      most = Math.max(most, left.length - in.remaining());
      left = new byte[in.remaining()];
      in.get(left);
    }
    assertThat(sink.pieces).isGreaterThanOrEqualTo(200_000 / 8192);
    assertThat(most).as("taken of the input for one piece").isLessThan(10_000);
    assertThat(sink.assembler.take()).isEqualTo(message);
  }

  @Test
  void aMessageIsHandedOnAsItArrives() {
    Counting sink = new Counting();
    WebSocketDecoder decoder = new WebSocketDecoder(MessageLimits.DEFAULTS, sink);
    byte[] wire = text("x".repeat(60_000));
    for (int at = 0; at < wire.length; at += 1000) {
      ByteBuffer in = ByteBuffer.wrap(wire, at, Math.min(1000, wire.length - at));
      while (decoder.decode(in)) {}
      assertThat(decoder.heldBytes()).isZero();
    }
    assertThat(sink.pieces).isEqualTo(61);
    assertThat(sink.messages).isEqualTo(1);
  }

  @Test
  void aSinkMayCloseTheDecoderInAnyCallback() {
    byte[] wire = join(frame(0xc2, deflated(new byte[50_000])), text("later"));
    for (int event = 0; event < 4; event++) {
      int last = event;
      WebSocketDecoder[] decoder = new WebSocketDecoder[1];
      Counting sink =
          new Counting() {
            @Override
            public void onMessageStart(Opcode type, long length) {
              super.onMessageStart(type, length);
              closeAt(0);
            }

            @Override
            public void onMessageData(ByteBuffer piece) {
              super.onMessageData(piece);
              closeAt(1);
            }

            @Override
            public void onMessageEnd() {
              super.onMessageEnd();
              closeAt(2);
            }

            private void closeAt(int here) {
              if (here == last) {
                decoder[0].close();
              }
            }
          };
      decoder[0] = new WebSocketDecoder(LARGE, sink, FrameRow.REMEMBERING, lender);
      ByteBuffer in = ByteBuffer.wrap(wire.clone());
      while (decoder[0].decode(in)) {}
      assertThat(in.hasRemaining()).isFalse();
      assertThat(sink.starts).isEqualTo(last < 3 ? 1 : 2);
      assertThat(lender.lent()).isEqualTo(last < 3 ? 0 : 1);
      decoder[0].close();
    }
  }

  @Test
  void anIdleSessionHoldsNoInflater() {
    Counting sink = new Counting();
    WebSocketDecoder forgetting = new WebSocketDecoder(LARGE, sink, FrameRow.FORGETTING, lender);
    ByteBuffer in = ByteBuffer.wrap(frame(0x41, deflated(new byte[500])));
    while (forgetting.decode(in)) {}
    assertThat(forgetting.heldBytes()).isEqualTo(ZlibLender.INFLATER_BYTES);
    ByteBuffer rest = ByteBuffer.wrap(join(frame(0x80, ""), frame(0x89, "ping")));
    while (forgetting.decode(rest)) {}
    assertThat(sink.messages).isEqualTo(1);
    assertThat(forgetting.heldBytes()).isZero();
  }
}
