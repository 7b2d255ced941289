package io.kqueueserver.http.h2.hpack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kind of malformed block: each is refused with the same words in every cut. */
class HpackErrorsTest {
  static Stream<Arguments> malformed() {
    return Stream.of(
        row("6.1 index 0", "80", "index 0"),
        row("2.3.3 index behind an empty table", "be", "index 62, but the tables end at 61"),
        row("2.3.3 index behind a table of one", "4001 6101 62 bf", "index 63, but the tables end"),
        row("2.3.3 name behind the tables", "7f 00 01 61", "index 63, but the tables end at 61"),
        row("2.3.3 name behind the tables, not indexed", "0f 2f 01 61", "index 62, but the tables"),
        row("2.3.3 name behind the tables, never indexed", "1f 2f 01 61", "index 62, but the tab"),
        row("2.3.3 a field was evicted", "3f21 4001 6101 62 4001 6301 64 bf", "index 63, but"),
        row("5.1 index above 2^31 - 1", "ff 81 ffff ff07", "integer above 2^31 - 1"),
        row("5.1 index above 2^35", "ff ff ffff ff7f", "integer above 2^31 - 1"),
        row("5.1 index of zeros", "ff 80 8080 8080 00", "integer of more than 6 octets"),
        row("5.1 table size above 2^31 - 1", "3f ff ffff ff0f", "integer above 2^31 - 1"),
        row("5.1 length above 2^31 - 1", "00 7f ff ffff ff0f", "integer above 2^31 - 1"),
        row("5.1 length of zeros", "00 7f 80 8080 8080 00", "integer of more than 6 octets"),
        row("5.1 length above 2^63", "00 7f ff ffff ffff ffff ffff 7f", "integer above 2^31 - 1"),
        row("5.2 EOS", "0084 ffff fffc", "EOS within a Huffman string"),
        row("5.2 EOS within", "0085 07ff ffff ff", "EOS within a Huffman string"),
        row("5.2 EOS in a value", "0001 61 84 ffff fffc", "EOS within a Huffman string"),
        row("5.2 padding of eight bits", "0082 1fff", "Huffman padding of more than seven bits"),
        row("5.2 nothing but padding, eight bits", "0081 ff", "Huffman padding of more than"),
        row("5.2 padding of zeros", "0081 18", "or not all ones"),
        row("5.2 padding of a zero and ones", "0081 1b", "or not all ones"),
        row("5.2 a code cut short", "0082 f8ff", "Huffman padding"),
        row("4.2 size above the setting", "3fe2 1f", "table size update to 4097, but the setting"),
        row("4.2 size update behind a field", "82 20", "table size update behind a field"),
        row("4.2 size update behind a literal", "0001 6101 62 20", "table size update behind a fi"),
        row("4.2 three size updates", "20 20 20", "more than 2 table size updates in a block"),
        row("6.2 ends within an index", "ff", "block ends within a field"),
        row("6.2 ends before the name", "40", "block ends within a field"),
        row("6.2 ends within the length", "40 7f", "block ends within a field"),
        row("6.2 ends within the name", "40 0261", "block ends within a field"),
        row("6.2 ends before the value", "40 0161", "block ends within a field"),
        row("6.2 ends within the value", "40 0161 0262", "block ends within a field"),
        row("6.2 ends before the value of an index", "44", "block ends within a field"),
        row("6.3 ends within a size update", "3f", "block ends within a field"));
  }

  private static Arguments row(String name, String hex, String message) {
    return Arguments.of(name, hex, message);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformed")
  void isRefusedInEveryCut(String name, String hex, String message) {
    byte[] block = Blocks.octets(hex);
    for (int at = 0; at <= block.length; at++) {
      int split = at;
      assertThatThrownBy(() -> new Blocks().decodeSplit(block, split))
          .isInstanceOf(HpackException.class)
          .hasMessageStartingWith(message.startsWith("or ") ? "Huffman padding" : message)
          .hasMessageContaining(message);
    }
    assertThatThrownBy(() -> new Blocks().decode(block, 1))
        .isInstanceOf(HpackException.class)
        .hasMessageContaining(message);
  }

  /** A flood of bad blocks must not cost a stack walk each. */
  @Test
  void isRefusedWithoutAStackTrace() {
    assertThatThrownBy(() -> new Blocks().decode("80"))
        .satisfies(e -> assertThat(e.getStackTrace()).isEmpty());
  }

  /** The tables are no longer the same at both ends, so nothing can be right any more. */
  @Test
  void nothingIsDecodedAfterAnError() {
    Blocks blocks = new Blocks();
    assertThatThrownBy(() -> blocks.decode("80")).isInstanceOf(HpackException.class);
    assertThatThrownBy(() -> blocks.decode("82")).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> blocks.feed(new byte[1], 0, 1))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(blocks::end).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void nothingIsDecodedAfterASinkThrew() {
    HpackDecoder decoder = new HpackDecoder(Blocks.WORKSPACE, Blocks.WIDE);
    decoder.beginHead(
        (name, value, neverIndexed) -> {
          throw new IllegalArgumentException(name);
        });
    assertThatThrownBy(() -> decoder.decode(ByteBuffer.wrap(Blocks.octets("8284"))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(decoder::end).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void blocksBeginAndEnd() {
    Blocks blocks = new Blocks();
    assertThatThrownBy(() -> blocks.feed(new byte[1], 0, 1))
        .isInstanceOf(IllegalStateException.class);
    blocks.begin();
    assertThatThrownBy(blocks::begin).isInstanceOf(IllegalStateException.class);
  }
}
