package io.kqueueserver.http.h2.hpack;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.Limits;
import io.kqueueserver.stats.Limit;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a block may hold, and what becomes of the table when it holds more. */
class HpackLimitsTest {
  /** 100 octets of request line, 200 of fields, and 5 fields. */
  private static final Limits SMALL = new Limits(100, 200, 5, -1, 0, -1);

  private final HpackEncoder encoder = new HpackEncoder(Blocks.WORKSPACE, 4096);
  private final Blocks blocks = new Blocks(SMALL);

  @Test
  void fieldsCountAsHttp1WouldSendThem() {
    // "a: (93 octets) CR LF" and "b: (97) CR LF" are 200.
    assertThat(decode("a: " + "x".repeat(93), "b: " + "x".repeat(97))).hasSize(2);
    assertThat(blocks.refusal).isNull();
    assertThat(decode("a: " + "x".repeat(93), "b: " + "x".repeat(98))).hasSize(1);
    assertRefused(431, Limit.HEADER_SIZE, "fields larger than 200 bytes");
  }

  @Test
  void authorityCountsAsHost() {
    assertThat(decode(":authority: " + "x".repeat(192))).hasSize(1);
    assertThat(decode(":authority: " + "x".repeat(193))).isEmpty();
    assertRefused(431, Limit.HEADER_SIZE, "fields larger than 200 bytes");
  }

  @Test
  void methodPathAndSchemeCountAsARequestLine() {
    // GET, the path, and https, with an octet each.
    String[] line = {":method: GET", ":path: " + "x".repeat(89), ":scheme: https"};
    assertThat(decode(line)).hasSize(3);
    assertThat(blocks.refusal).isNull();
    line[1] += "x";
    assertThat(decode(line)).hasSize(2);
    assertRefused(414, Limit.REQUEST_LINE_SIZE, "request line longer than 100 bytes");
  }

  @Test
  void fieldsAreCounted() {
    assertThat(decode(Collections.nCopies(5, "a: b").toArray(String[]::new))).hasSize(5);
    assertThat(blocks.refusal).isNull();
    assertThat(decode(Collections.nCopies(6, "a: b").toArray(String[]::new))).hasSize(5);
    assertRefused(431, Limit.HEADER_COUNT, "more than 5 fields");
  }

  @Test
  void pseudoHeaderFieldsOfAnotherKindAreCountedAsFields() {
    assertThat(decode(Collections.nCopies(6, ":other: b").toArray(String[]::new))).hasSize(5);
    assertRefused(431, Limit.HEADER_COUNT, "more than 5 fields");
  }

  /** {@code cookie: c; c; ...} as HTTP/1 would have it: 11 octets, and 63 times 3. */
  @Test
  void crumbsCountAsTheFieldTheyAreJoinedTo() {
    assertThat(decode(Collections.nCopies(64, "cookie: c").toArray(String[]::new))).hasSize(64);
    assertThat(decode(Collections.nCopies(65, "cookie: c").toArray(String[]::new))).hasSize(64);
    assertRefused(431, Limit.HEADER_SIZE, "fields larger than 200 bytes");
  }

  /** A browser's cookies: 6 KiB in 80 crumbs, of a list of 8 KiB. */
  @Test
  void manyCrumbsAreServed() {
    Blocks usual = new Blocks(Limits.DEFAULTS);
    String[] crumbs = Collections.nCopies(80, "cookie: " + "c".repeat(75)).toArray(String[]::new);
    byte[] block = Blocks.encode(encoder, crumbs);
    assertThat(usual.decode(block, block.length)).hasSize(80);
    assertThat(usual.refusal).isNull();
  }

  @Test
  void crumbsHaveABoundOfTheirOwn() {
    Blocks wide = new Blocks();
    byte[] block =
        Blocks.encode(encoder, Collections.nCopies(1025, "cookie: c").toArray(String[]::new));
    assertThat(wide.decode(block, block.length)).hasSize(1024);
    assertThat(wide.refusal).hasMessage("more than 1024 Cookie fields");
  }

  @Test
  void trailersAreRefusedAsTrailers() {
    byte[] block = Blocks.encode(encoder, "a: " + "x".repeat(300));
    List<String> names = new ArrayList<>();
    blocks.decoder.beginTrailers((name, value, neverIndexed) -> names.add(name));
    blocks.feed(block, 0, block.length);
    HttpException refusal = blocks.decoder.end();
    assertThat(names).isEmpty();
    assertThat(refusal.limit()).isEqualTo(Limit.TRAILER_SIZE);
  }

  @Test
  void theTableGoesOnBehindTheLimit() {
    byte[] block = Blocks.encode(encoder, "big: " + "x".repeat(500), "after: it", "after: it");
    for (int size : new int[] {1, 7, block.length}) {
      Blocks cut = new Blocks(SMALL);
      assertThat(cut.decode(block, size)).isEmpty();
      assertThat(cut.refusal).isNotNull();
      assertThat(cut.decoder.tableSize()).isEqualTo(encoder.tableSize());
      assertThat(cut.decode("be")).containsExactly("after: it");
      assertThat(cut.refusal).isNull();
    }
  }

  /** RFC 7541 4.4: as if it had been kept. */
  @Test
  void aFieldTooLongToKeepStillEmptiesATableThatItIsTooLargeFor() {
    for (String name : List.of("0161", "7f a91f" + "61".repeat(4136))) {
      Blocks cut = new Blocks(SMALL);
      cut.decode("4001 6101 62");
      String big = "40" + name + "7f a91f" + "62".repeat(4136);
      assertThat(cut.decode(big)).isEmpty();
      assertThat(cut.refusal).isNotNull();
      assertThat(cut.decoder.tableSize()).isZero();
    }
  }

  /** One octet each, for a field as large as the table: the copies are one String. */
  @Test
  void referencesToALargeFieldAreCountedLikeTheField() {
    Blocks usual = new Blocks(Limits.DEFAULTS);
    usual.decode(Blocks.encode(encoder, "a: " + "x".repeat(3000)), 4096);
    List<String> values = new ArrayList<>();
    usual.decoder.beginHead((name, value, neverIndexed) -> values.add(value));
    byte[] bomb = new byte[16_384];
    Arrays.fill(bomb, (byte) 0xbe);
    usual.feed(bomb, 0, bomb.length);
    assertThat(usual.decoder.end().status()).isEqualTo(431);
    assertThat(values).hasSize(2);
    assertThat(values.get(0)).isSameAs(values.get(1));
  }

  @Test
  void aDiscardedBlockStillFillsTheTable() {
    byte[] block = Blocks.encode(encoder, "a: b", "c: d");
    blocks.decoder.beginDiscarded();
    blocks.feed(block, 0, block.length);
    assertThat(blocks.decoder.end()).isNull();
    assertThat(blocks.decode("be bf")).containsExactly("c: d", "a: b");
  }

  @Test
  void aSinkMayHaveTheRestDiscarded() {
    byte[] block = Blocks.encode(encoder, "a: b", "a: b", "c: d", "e: f");
    List<String> names = new ArrayList<>();
    blocks.decoder.beginHead(
        (name, value, neverIndexed) -> {
          names.add(name);
          if (names.size() == 2) {
            blocks.decoder.discard();
          }
        });
    blocks.feed(block, 0, block.length);
    assertThat(blocks.decoder.end()).isNull();
    assertThat(names).containsExactly("a", "a");
    assertThat(blocks.decode("be")).containsExactly("e: f");
  }

  /** A length is only a promise: nothing is held for it, and what was sent is let go in time. */
  @Test
  void holdsNoMoreThanWhatMayStillBeUsed() {
    // Raw and coded; 16 MiB, and what may turn out short enough; without and with indexing.
    for (String start : List.of("007f ffff ff07", "00ff ffff ff07", "00ff 817c", "40ff 817c")) {
      for (int size : new int[] {1, 1000}) {
        Blocks usual = new Blocks(Limits.DEFAULTS);
        usual.begin();
        byte[] head = Blocks.octets(start);
        usual.feed(head, 0, head.length);
        byte[] more = new byte[size];
        for (int sent = 0; sent < 15_000; sent += size) {
          assertThat(usual.decoder.heldBytes()).isLessThanOrEqualTo(sent * 4 + 64);
          assertThat(usual.decoder.heldBytes()).isLessThan(2 * 8192);
          usual.feed(more, 0, size);
        }
        assertThat(usual.decoder.heldBytes()).isZero();
      }
    }
  }

  /** The text would have been within the limit, octet by octet, up to the last one. */
  @Test
  void aTextThatIsTooLongIsLetGoAtOnce() {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.writeBytes(Blocks.octets("0001 61 7f 9c01")); // 283 octets of value
    block.writeBytes(new byte[283]);
    block.writeBytes(Blocks.octets("82"));
    blocks.begin();
    blocks.feed(block.toByteArray(), 0, 100);
    assertThat(blocks.decoder.heldBytes()).isZero();
    blocks.feed(block.toByteArray(), 100, block.size());
    assertThat(blocks.end()).isEmpty();
    assertThat(blocks.refusal).isNotNull();
  }

  @Test
  void takesDirectBuffersAndLeavesNothing() {
    byte[] block = Blocks.encode(encoder, "a: b", "c: d");
    ByteBuffer direct = ByteBuffer.allocateDirect(block.length + 2);
    direct.position(1).put(block).flip().position(1);
    blocks.begin();
    blocks.decoder.decode(direct);
    assertThat(direct.hasRemaining()).isFalse();
    assertThat(blocks.end()).containsExactly("a: b", "c: d");
  }

  @Test
  void commonNamesAreTheSameObjectsEveryTime() {
    List<String> names = new ArrayList<>();
    blocks.decoder.beginHead((name, value, neverIndexed) -> names.add(name));
    byte[] block = Blocks.octets("87 0006 616363657074 00"); // indexed, and as a literal
    blocks.feed(block, 0, block.length);
    assertThat(blocks.decoder.end()).isNull();
    assertThat(names.get(0)).isSameAs(":scheme");
    assertThat(names.get(1)).isSameAs("accept");
  }

  private List<String> decode(String... lines) {
    byte[] block = Blocks.encode(encoder, lines);
    return blocks.decode(block, block.length);
  }

  private void assertRefused(int status, Limit limit, String message) {
    assertThat(blocks.refusal).hasMessage(message);
    assertThat(blocks.refusal.status()).isEqualTo(status);
    assertThat(blocks.refusal.limit()).isEqualTo(limit);
    assertThat(blocks.refusal.getStackTrace()).isEmpty();
  }
}
