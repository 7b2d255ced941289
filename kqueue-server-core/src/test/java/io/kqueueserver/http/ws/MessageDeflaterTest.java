package io.kqueueserver.http.ws;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageDeflaterTest {
  private final LentZlib lender = new LentZlib();

  @AfterEach
  void everyDeflaterCameBack() {
    assertThat(lender.lent()).isZero();
    lender.end();
  }

  /** Sizes of Autobahn 13, and those at the edge of a window. */
  private static List<byte[]> messages(int bits) {
    List<byte[]> messages = new ArrayList<>();
    int window = 1 << bits;
    for (int size :
        new int[] {256, 257, 1024, 4096, window - 1, window, window + 1, 3 * window, 8192, 65536}) {
      messages.add(text(size, messages.size()));
      messages.add(noise(size, messages.size()));
    }
    return messages;
  }

  /** Random at every distance of 200 bytes, so that each repetition is one that zlib takes. */
  private static byte[] text(int size, int seed) {
    byte[] unit = noise(200, 1);
    byte[] text = new byte[size];
    for (int i = 0; i < size; i++) {
      text[i] = unit[i % unit.length];
    }
    // and some phrases of this message alone, far apart
    byte[] phrase = noise(20, seed);
    for (int at = 0; at + phrase.length < size; at += 700) {
      System.arraycopy(phrase, 0, text, at, phrase.length);
    }
    return text;
  }

  private static byte[] noise(int size, int seed) {
    byte[] noise = new byte[size];
    new Random(seed).nextBytes(noise);
    return noise;
  }

  @ParameterizedTest
  @CsvSource({
    "8,false", "9,false", "10,false", "11,false", "12,false", "13,false", "14,false", "15,false",
    "8,true", "9,true", "10,true", "11,true", "12,true", "13,true", "14,true", "15,true"
  })
  void noDistanceIsLongerThanTheWindow(int bits, boolean takeover) {
    MessageDeflater deflater =
        new MessageDeflater(new PerMessageDeflate(!takeover, true, bits, null), lender);
    DistanceWalker walker = new DistanceWalker(1 << bits);
    int compressed = 0;
    for (byte[] message : messages(bits)) {
      byte[] before = message.clone();
      ByteBuffer payload = deflater.deflate(ByteBuffer.wrap(message));
      assertThat(message).isEqualTo(before);
      if (payload != null) {
        compressed++;
        byte[] bytes = bytes(payload);
        assertThat(bytes.length).isLessThan(message.length);
        assertThat(walker.message(bytes)).isEqualTo(message);
      }
      if (!takeover) {
        assertThat(lender.lent()).as("deflaters of an idle session").isZero();
        assertThat(deflater.heldBytes()).isZero();
        walker.reset();
      }
    }
    assertThat(compressed).isGreaterThan(4);
    assertThat(walker.longest()).as("the window is used").isGreaterThan(bits > 8 ? 190 : 0);
    deflater.close();
  }

  @Test
  void withTakeoverALaterMessageRefersToAnEarlierOne() {
    MessageDeflater deflater = new MessageDeflater(FrameRow.REMEMBERING, lender);
    byte[] message = noise(1000, 3);
    assertThat(deflater.deflate(ByteBuffer.wrap(message))).isNull(); // noise: it was sent as it is
    byte[] twice = ClientFrames.join(message, message);
    ByteBuffer first = deflater.deflate(ByteBuffer.wrap(twice));
    ByteBuffer second = deflater.deflate(ByteBuffer.wrap(message));
    assertThat(second.remaining()).isLessThan(50);
    DistanceWalker walker = new DistanceWalker(1 << 15);
    assertThat(walker.message(bytes(first))).isEqualTo(twice);
    assertThat(walker.message(bytes(second))).isEqualTo(message);
    assertThat(deflater.heldBytes()).isEqualTo(ZlibLender.DEFLATER_BYTES);
    deflater.close();
  }

  /** The client never saw the compressed form of what was sent as it is. */
  @Test
  void nothingRefersToAMessageThatWasNotSentCompressed() {
    MessageDeflater deflater = new MessageDeflater(FrameRow.REMEMBERING, lender);
    DistanceWalker walker = new DistanceWalker(1 << 15);
    byte[] noise = noise(2000, 5);
    byte[] text = text(4000, 6);
    assertThat(walker.message(bytes(deflater.deflate(ByteBuffer.wrap(text))))).isEqualTo(text);
    assertThat(deflater.deflate(ByteBuffer.wrap(noise))).isNull();
    byte[] both = ClientFrames.join(noise, text, noise);
    assertThat(walker.message(bytes(deflater.deflate(ByteBuffer.wrap(both))))).isEqualTo(both);
    deflater.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 255})
  void aShortMessageIsSentAsItIs(int size) {
    MessageDeflater deflater = new MessageDeflater(FrameRow.FORGETTING, lender);
    assertThat(deflater.deflate(ByteBuffer.allocate(size))).isNull();
    assertThat(deflater.deflate(ByteBuffer.allocateDirect(256)).remaining()).isLessThan(30);
  }

  @Test
  void aWindowOf32KiBIsZlibsOwn() {
    byte[] message = ClientFrames.join(noise(30_000, 9), noise(30_000, 9));
    MessageDeflater asked =
        new MessageDeflater(new PerMessageDeflate(true, true, 15, null), lender);
    MessageDeflater smaller =
        new MessageDeflater(new PerMessageDeflate(true, true, 14, null), lender);
    assertThat(asked.deflate(ByteBuffer.wrap(message)).remaining()).isLessThan(32_000);
    assertThat(smaller.deflate(ByteBuffer.wrap(message))).isNull();
  }

  private static byte[] bytes(ByteBuffer payload) {
    assertThat(payload).isNotNull();
    return Arrays.copyOfRange(
        payload.array(), payload.arrayOffset() + payload.position(), payload.limit());
  }
}
