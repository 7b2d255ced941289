package io.kqueueserver.http.ws;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageWriterTest {
  private static final int FRAGMENT = MessageWriter.FRAGMENT_BYTES;

  private final LentZlib lender = new LentZlib();
  private final ServerFrames sent = new ServerFrames();

  @AfterEach
  void everyDeflaterCameBack() {
    assertThat(lender.lent()).isZero();
    lender.end();
  }

  private static byte[] noise(int size) {
    byte[] noise = new byte[size];
    new Random(size).nextBytes(noise);
    return noise;
  }

  private static void write(MessageWriter writer, byte[] message, int piece) {
    for (int at = 0; at < message.length; at += piece) {
      ByteBuffer data = ByteBuffer.wrap(message, at, Math.min(piece, message.length - at));
      writer.write(data);
      assertThat(data.hasRemaining()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, FRAGMENT - 1, FRAGMENT, FRAGMENT + 1, 3 * FRAGMENT, 100_000})
  void aMessageIsSentInFragmentsOf16KiB(int size) {
    for (int piece : new int[] {1000, FRAGMENT, 50_000}) {
      ServerFrames frames = new ServerFrames();
      MessageWriter writer = new MessageWriter(Opcode.BINARY, null, frames::add);
      write(writer, noise(size), piece);
      assertThat(writer.heldBytes()).isLessThan(FRAGMENT + 64);
      writer.end();
      assertThat(frames.message(2, false)).isEqualTo(noise(size));
      assertThat(frames.frames()).hasSize(Math.max(1, (size + FRAGMENT - 1) / FRAGMENT));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {256, 1000, FRAGMENT - 21, FRAGMENT - 10, FRAGMENT, FRAGMENT + 1, 100_000})
  void aCompressedMessageIsInflatedWhereverItsFragmentsEnd(int size) {
    for (int noisy = size - 24; noisy <= size; noisy++) {
      byte[] message = noise(size);
      Arrays.fill(message, noisy, size, (byte) 0);
      ServerFrames frames = new ServerFrames();
      MessageDeflater deflater = new MessageDeflater(FrameRow.FORGETTING, lender);
      MessageWriter writer = new MessageWriter(Opcode.TEXT, deflater, frames::add);
      write(writer, message, 5000);
      writer.end();
      byte[] payload = frames.message(1, true);
      assertThat(new DistanceWalker(1 << 15).message(payload)).isEqualTo(message);
      assertThat(frames.frames().get(0).payload().length).isLessThanOrEqualTo(FRAGMENT);
    }
  }

  @Test
  void aSmallWindowIsKeptToInFragmentsToo() {
    MessageDeflater deflater =
        new MessageDeflater(new PerMessageDeflate(false, true, 9, null), lender);
    DistanceWalker walker = new DistanceWalker(1 << 9);
    for (int round = 0; round < 5; round++) {
      byte[] message =
          ClientFrames.join(noise(300), noise(300), noise(300), new byte[40_000 + round]);
      ServerFrames frames = new ServerFrames();
      MessageWriter writer = new MessageWriter(Opcode.BINARY, deflater, frames::add);
      write(writer, message, 777);
      writer.end();
      assertThat(walker.message(frames.message(2, true))).isEqualTo(message);
    }
    deflater.close();
  }

  @Test
  void aShortMessageIsNotCompressed() {
    MessageDeflater deflater = new MessageDeflater(FrameRow.FORGETTING, lender);
    MessageWriter writer = new MessageWriter(Opcode.TEXT, deflater, sent::add);
    write(writer, new byte[255], 100);
    writer.end();
    assertThat(sent.message(1, false)).hasSize(255);
  }

  @Test
  void aFlushSendsAllThatWasWritten() {
    byte[] message = ClientFrames.utf8("a line of a log that says much the same ".repeat(10));
    MessageDeflater deflater = new MessageDeflater(FrameRow.FORGETTING, lender);
    MessageWriter writer = new MessageWriter(Opcode.TEXT, deflater, sent::add);
    PatientClient client = new PatientClient();
    for (int i = 0; i < 3; i++) {
      writer.write(ByteBuffer.wrap(message));
      writer.flush();
      assertThat(client.inflated(sent.frames())).hasSize((i + 1) * message.length);
    }
    writer.flush();
    writer.end();
    assertThat(new DistanceWalker(1 << 15).message(sent.message(1, true)))
        .hasSize(3 * message.length);
    client.end();
  }

  @Test
  void aFlushOfAShortMessageLeavesItAsItIs() {
    MessageDeflater deflater = new MessageDeflater(FrameRow.FORGETTING, lender);
    MessageWriter writer = new MessageWriter(Opcode.TEXT, deflater, sent::add);
    writer.flush();
    assertThat(sent.frames()).isEmpty();
    writer.write(ByteBuffer.allocate(10));
    writer.flush();
    writer.write(ByteBuffer.allocate(1000));
    writer.end();
    assertThat(sent.message(1, false)).hasSize(1010);
  }

  @Test
  void anAbortedMessageGivesItsDeflaterBack() {
    MessageDeflater deflater = new MessageDeflater(FrameRow.REMEMBERING, lender);
    MessageWriter writer = new MessageWriter(Opcode.TEXT, deflater, sent::add);
    writer.write(ByteBuffer.allocate(1000));
    assertThat(lender.lent()).isEqualTo(1);
    writer.abort();
  }

  /** What a client can inflate of fragments before the last has come. */
  private static final class PatientClient {
    private final Inflater inflater = new Inflater(true);
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int seen;

    byte[] inflated(List<ServerFrames.Frame> frames) {
      byte[] room = new byte[100_000];
      try {
        for (; seen < frames.size(); seen++) {
          inflater.setInput(frames.get(seen).payload());
          out.write(room, 0, inflater.inflate(room));
        }
      } catch (DataFormatException e) {
        throw new IllegalStateException(e);
      }
      return out.toByteArray();
    }

    void end() {
      inflater.end();
    }
  }
}
