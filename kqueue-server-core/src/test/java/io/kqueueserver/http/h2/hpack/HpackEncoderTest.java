package io.kqueueserver.http.h2.hpack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an encoder chooses; that it can be read back is {@link HpackRoundTripTest}'s. */
class HpackEncoderTest {
  private final HpackEncoder encoder = new HpackEncoder(Blocks.WORKSPACE, 4096);
  private final HpackOutput out = new HpackOutput();
  private final Blocks peer = new Blocks();

  @Test
  void statusesOfTheStaticTableAreOneOctet() {
    for (int status : new int[] {200, 204, 206, 304, 400, 404, 500}) {
      encoder.begin();
      encoder.status(status);
      out.clear();
      encoder.finish(out);
      assertThat(out.length()).isEqualTo(1);
      assertThat(peer.decode(Blocks.encoded(out), 1)).containsExactly(":status: " + status);
    }
  }

  @Test
  void anotherStatusIsOneOctetTheSecondTime() {
    assertThat(encode(":status: 201")).hasSizeGreaterThan(1);
    assertThat(encode(":status: 201")).hasSize(1);
  }

  @Test
  void aStatusHasThreeDigits() {
    encoder.begin();
    assertThatThrownBy(() -> encoder.status(99)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> encoder.status(1000)).isInstanceOf(IllegalArgumentException.class);
    encoder.status(100);
    encoder.status(999);
    encoder.finish(out);
    assertThat(peer.decode(Blocks.encoded(out), 1)).containsExactly(":status: 100", ":status: 999");
  }

  @Test
  void namesGoOutInLowerCase() {
    assertThat(peer.decode(encode("Content-Type: a", "X-Custom: B"), 1))
        .containsExactly("content-type: a", "x-custom: B");
    assertThat(encode("content-TYPE: a", "x-CUSTOM: B")).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"})
  void secretsAreNeverIndexed(String name) {
    for (int i = 0; i < 2; i++) {
      byte[] block = encode(name + ": secret");
      assertThat(peer.decode(block, 1)).first().asString().endsWith(": secret (never indexed)");
      assertThat(encoder.tableSize()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"content-length", "ETag", "Location", "Last-Modified", "X-Request-ID"})
  void valuesThatHardlyComeAgainStayOutOfTheTable(String name) {
    byte[] block = encode(name + ": 12");
    assertThat(block[0] & 0xf0).isZero();
    assertThat(encoder.tableSize()).isZero();
    assertThat(peer.decode(block, 1)).hasSize(1);
  }

  @Test
  void dateIsIndexed() {
    encode("Date: Mon, 21 Oct 2013 20:13:21 GMT");
    assertThat(encode("Date: Mon, 21 Oct 2013 20:13:21 GMT")).hasSize(1);
  }

  @Test
  void aNameOfTheDynamicTableIsReferredTo() {
    encode("x-custom-name: a");
    assertThat(Blocks.hex(encode("x-custom-name: bc"))).isEqualTo("7e026263");
  }

  @Test
  void aFieldThatWouldFillTheTableStaysOut() {
    encode("a: b");
    encode("c: " + "\"".repeat(3072));
    assertThat(encoder.tableSize()).isEqualTo(34);
  }

  @Test
  void huffmanIsUsedOnlyWhereItIsShorter() {
    assertThat(Blocks.hex(encode("etag: {}"))).isEqualTo("0f13027b7d");
    assertThat(Blocks.hex(encode("etag: aaaaaaaa"))).isEqualTo("0f1385" + "18c6318c63");
  }

  @Test
  void charsWithoutAnOctetBecomeQuestionMarks() {
    assertThat(peer.decode(encode("a: \u20ac\u00e4"), 1)).containsExactly("a: ?\u00e4");
    assertThat(peer.decode(encode("a: \u20ac\u00e4"), 1)).containsExactly("a: ?\u00e4");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "a:", "\u00e4", "\u212aey", "a\n", ":status", ":"})
  void aNameIsAToken(String name) {
    encoder.begin();
    assertThatThrownBy(() -> encoder.field(name, "a")).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "status", ":", ":a b", ": ", "::"})
  void thePseudoHeaderFieldBeginsWithAColon(String name) {
    encoder.begin();
    assertThatThrownBy(() -> encoder.pseudoField(name, "a"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\r", "\n", "\0", "a\r\nb: c", "\u007f", "a\u0001"})
  void aValueHoldsNoControl(String value) {
    encoder.begin();
    assertThatThrownBy(() -> encoder.field("a", value))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> encoder.pseudoField(":path", value))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** The application's fault must not cost the other streams of the connection their table. */
  @Test
  void aBlockThatIsGivenUpLeavesNoTrace() {
    assertThat(peer.decode(encode("a: b"), 1)).hasSize(1);
    encoder.begin();
    encoder.field("c", "d");
    assertThatThrownBy(() -> encoder.field("e", "\n")).isInstanceOf(IllegalArgumentException.class);
    assertThat(encoder.tableSize()).isEqualTo(34);
    assertThat(peer.decode(encode("a: b", "c: d"), 1)).containsExactly("a: b", "c: d");
  }

  @Test
  void twoConnectionsOfALoopDoNotMixTheirFields() {
    HpackEncoder other = new HpackEncoder(Blocks.WORKSPACE, 4096);
    encoder.begin();
    encoder.field("a", "b");
    other.begin();
    assertThatThrownBy(() -> encoder.field("c", "d")).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> encoder.finish(out)).isInstanceOf(IllegalStateException.class);
    other.field("e", "f");
    other.finish(out);
    assertThat(peer.decode(Blocks.encoded(out), 1)).containsExactly("e: f");
  }

  @Test
  void theBlockIsWrittenBehindWhatIsThere() {
    encoder.begin();
    encoder.field("accept-encoding", "gzip, deflate");
    encoder.finish(out);
    encoder.begin();
    encoder.status(200);
    encoder.finish(out);
    assertThat(Blocks.hex(Blocks.encoded(out))).isEqualTo("9088");
  }

  @Test
  void largeFieldsAndManyAreWritten() {
    String[] lines = new String[300];
    for (int i = 0; i < lines.length; i++) {
      lines[i] = "name-" + i + ": " + "\u00ff".repeat(i == 7 ? 100_000 : i);
    }
    assertThat(peer.decode(encode(lines), 4096)).containsExactly(lines);
    assertThat(peer.decode(encode("a: b"), 1)).isEqualTo(List.of("a: b"));
  }

  private byte[] encode(String... lines) {
    return Blocks.encode(encoder, lines);
  }
}
