package io.kqueueserver.http.h2.hpack;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** RFC 7541 5.2 and Appendix B. */
class HuffmanTest {
  /** The first and the last code of several lengths, as the appendix lists them. */
  @Test
  void hasTheCodesOfTheAppendix() {
    assertThat(code('0')).isEqualTo("00000");
    assertThat(code('t')).isEqualTo("01001");
    assertThat(code(' ')).isEqualTo("010100");
    assertThat(code('u')).isEqualTo("101101");
    assertThat(code(':')).isEqualTo("1011100");
    assertThat(code('Z')).isEqualTo("11111101");
    assertThat(code('?')).isEqualTo("1111111100");
    assertThat(code('\\')).isEqualTo("1111111111111110000");
    assertThat(code(1)).isEqualTo("11111111111111111011000");
    assertThat(code(249)).isEqualTo("1111111111111111111111111110");
    assertThat(code('\n')).isEqualTo("111111111111111111111111111100");
    assertThat(code(22)).isEqualTo("111111111111111111111111111110");
  }

  @Test
  void decodesWhatItEncodedHoweverItIsCut() {
    for (int seed = 0; seed < 2_000; seed++) {
      Random random = new Random(seed);
      byte[] text = new byte[random.nextInt(80)];
      random.nextBytes(text);
      if (random.nextBoolean()) {
        for (int i = 0; i < text.length; i++) {
          text[i] = (byte) (' ' + (text[i] & 0x3f));
        }
      }
      byte[] coded = encode(text);
      assertThat(coded).as("seed %d", seed).hasSize(Huffman.encodedLength(text, 0, text.length));
      assertThat(decode(coded, coded.length)).as("seed %d, whole", seed).isEqualTo(text);
      assertThat(decode(coded, 1)).as("seed %d, by octet", seed).isEqualTo(text);
      assertThat(decode(coded, 3)).as("seed %d, by three", seed).isEqualTo(text);
    }
  }

  /** The octets that no code is shorter for: four bits complete at most one of them. */
  @Test
  void needsNoMoreRoomThanItSays() {
    byte[] coded = encode("0".repeat(1000).getBytes(StandardCharsets.US_ASCII));
    assertThat(Huffman.roomToDecode(coded.length)).isGreaterThan(1000);
    assertThat(decode(coded, coded.length)).hasSize(1000);
  }

  /** The bits of one symbol, without padding: eight hundred of them fill whole octets. */
  private static String code(int symbol) {
    byte[] many = new byte[800];
    Arrays.fill(many, (byte) symbol);
    byte[] coded = encode(many);
    StringBuilder bits = new StringBuilder();
    for (int i = 0; i < 4; i++) {
      bits.append(Integer.toBinaryString((coded[i] & 0xff) | 0x100), 1, 9);
    }
    return bits.substring(0, coded.length / 100);
  }

  private static byte[] encode(byte[] text) {
    byte[] coded = new byte[4 * text.length + 1];
    return Arrays.copyOf(coded, Huffman.encode(text, 0, text.length, coded, 0));
  }

  private static byte[] decode(byte[] coded, int size) {
    byte[] text = new byte[Huffman.roomToDecode(coded.length)];
    int state = Huffman.START;
    int length = 0;
    for (int at = 0; at < coded.length; at += size) {
      int to = Math.min(coded.length, at + size);
      long end = Huffman.decode(state, coded, at, to, text, length);
      assertThat(end).isNotEqualTo(Huffman.FAILED);
      state = (int) end;
      length = (int) (end >> 32);
    }
    assertThat(Huffman.isEnd(state)).isTrue();
    return Arrays.copyOf(text, length);
  }
}
