package io.kqueueserver.http.h2.hpack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The size of the table, on both sides (RFC 7541 4.2, RFC 9113 4.3.1 and 6.5.2). */
class TableSizeTest {
  private final Blocks blocks = new Blocks();

  @Test
  void aBlockAfterTheAcknowledgementOfASmallerTableBeginsWithAnUpdate() {
    blocks.decode("4001 6101 62");
    blocks.decoder.acknowledgedTableSize(100);
    assertThatThrownBy(() -> blocks.decode("82"))
        .isInstanceOf(HpackException.class)
        .hasMessage("no table size update to 100 or less");
    assertThat(blocks.fields).isEmpty();
  }

  @Test
  void anEmptyBlockIsNoUpdateEither() {
    blocks.decoder.acknowledgedTableSize(100);
    assertThatThrownBy(() -> blocks.decode("")).isInstanceOf(HpackException.class);
  }

  @Test
  void theUpdateMayGoBelowTheSetting() {
    blocks.decoder.acknowledgedTableSize(100);
    assertThat(blocks.decode("20 82")).containsExactly(":method: GET");
    assertThat(blocks.decode("3f45 82")).containsExactly(":method: GET");
    assertThatThrownBy(() -> blocks.decode("3f46 82"))
        .hasMessage("table size update to 101, but the setting is 100");
  }

  @Test
  void theSmallestOfTwoSettingsMustBeReached() {
    blocks.decode("4001 6101 62");
    blocks.decoder.acknowledgedTableSize(0);
    blocks.decoder.acknowledgedTableSize(4096);
    Blocks other = new Blocks();
    other.decoder.acknowledgedTableSize(0);
    other.decoder.acknowledgedTableSize(4096);
    assertThatThrownBy(() -> other.decode("3fe11f 82"))
        .hasMessage("no table size update to 0 or less");
    assertThat(blocks.decode("20 3fe11f 82")).containsExactly(":method: GET");
    assertThat(blocks.decoder.tableSize()).isZero();
    Blocks third = new Blocks();
    third.decoder.acknowledgedTableSize(0);
    third.decoder.acknowledgedTableSize(100);
    assertThatThrownBy(() -> third.decode("3f45 82"))
        .hasMessage("no table size update to 0 or less");
  }

  @Test
  void beforeTheAcknowledgementTheTableIsAsItWas() {
    assertThat(blocks.decode("4001 6101 62")).containsExactly("a: b");
    assertThat(blocks.decode("be")).containsExactly("a: b");
    assertThat(blocks.decoder.tableSize()).isEqualTo(34);
  }

  @Test
  void anUpdateToZeroEmptiesTheTable() {
    blocks.decode("4001 6101 62");
    blocks.decode("20");
    assertThat(blocks.decoder.tableSize()).isZero();
    assertThatThrownBy(() -> blocks.decode("be")).hasMessageContaining("index 62");
  }

  @Test
  void aLargerTableMayBeUsedOnceItWasAcknowledged() {
    blocks.decoder.acknowledgedTableSize(8192);
    assertThat(blocks.decode("3fe13f 82")).containsExactly(":method: GET");
    byte[] large = Blocks.encode(encoder(0), "a: " + "b".repeat(5000));
    assertThat(blocks.decode(asIndexing(large), large.length)).hasSize(1);
    assertThat(blocks.decoder.tableSize()).isGreaterThan(4096);
  }

  /** RFC 7541 4.4: not an error. */
  @Test
  void aFieldLargerThanTheTableEmptiesIt() {
    blocks.decode("4001 6101 62");
    byte[] large = asIndexing(Blocks.encode(encoder(4096), "a: " + "b".repeat(5000)));
    assertThat(blocks.decode(large, 100)).hasSize(1);
    assertThat(blocks.decoder.tableSize()).isZero();
    assertThat(blocks.decoder.heldBytes()).isZero();
  }

  @Test
  void theEncoderSaysNothingWhileTheDefaultHolds() {
    HpackEncoder encoder = encoder(4096);
    encoder.peerTableSize(4096);
    assertThat(encode(encoder)).isEqualTo("82");
    encoder.peerTableSize(0xffff_ffffL);
    assertThat(encode(encoder)).isEqualTo("82");
  }

  @Test
  void theEncoderSignalsItsOwnBound() {
    assertThat(encode(encoder(0))).isEqualTo("2082");
    HpackEncoder encoder = encoder(100);
    encoder.peerTableSize(65536);
    assertThat(encode(encoder)).isEqualTo("3f4582");
    assertThat(encode(encoder)).isEqualTo("82");
  }

  @Test
  void theEncoderSignalsTheSmallestSizeAndTheLast() {
    HpackEncoder encoder = encoder(4096);
    Blocks.encode(encoder, "a: b");
    encoder.peerTableSize(100);
    encoder.peerTableSize(0);
    encoder.peerTableSize(200);
    encoder.peerTableSize(131);
    assertThat(encode(encoder)).isEqualTo("203f6482");
    assertThat(encode(encoder)).isEqualTo("82");
    assertThat(encoder.tableSize()).isZero();
  }

  @Test
  void theEncoderSignalsOneSizeIfThatIsTheSmallestAndTheLast() {
    HpackEncoder encoder = encoder(4096);
    encoder.peerTableSize(200);
    encoder.peerTableSize(100);
    assertThat(encode(encoder)).isEqualTo("3f4582");
  }

  @Test
  void theEncoderUsesALargerTableThatItMayAndThePeerAllows() {
    HpackEncoder encoder = encoder(8192);
    assertThat(encode(encoder)).isEqualTo("82");
    encoder.peerTableSize(8192);
    assertThat(encode(encoder)).isEqualTo("3fe13f82");
  }

  /** Evicts as the peer will: the field of the first block is not referred to by the second. */
  @Test
  void theEncoderForgetsWhatASmallerTableLoses() {
    HpackEncoder encoder = encoder(4096);
    byte[] first = Blocks.encode(encoder, "a: b");
    encoder.peerTableSize(33);
    byte[] second = Blocks.encode(encoder, "a: b");
    assertThat(blocks.decode(first, 1)).containsExactly("a: b");
    assertThat(blocks.decode(second, 1)).containsExactly("a: b");
    assertThat(encoder.tableSize()).isZero();
  }

  private static HpackEncoder encoder(int maxTableSize) {
    return new HpackEncoder(Blocks.WORKSPACE, maxTableSize);
  }

  private static String encode(HpackEncoder encoder) {
    return Blocks.hex(Blocks.encode(encoder, ":method: GET"));
  }

  /** A literal without indexing with a new name, made one with indexing. */
  private static byte[] asIndexing(byte[] literal) {
    int at = 0;
    while ((literal[at] & 0xe0) == 0x20) {
      at++; // the encoder's own size update, of one octet here
    }
    byte[] changed = Arrays.copyOfRange(literal, at, literal.length);
    assertThat(changed[0]).isZero();
    changed[0] = 0x40;
    return changed;
  }
}
