package io.kqueueserver.http.h2.hpack;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** RFC 7541 Appendix C, in every cut; and the other way, where our choices are the examples'. */
class HpackVectorsTest {
  private static final String FIRST_REQUEST =
      """
      :method: GET
      :scheme: http
      :path: /
      :authority: www.example.com
      """;

  private static final String SECOND_REQUEST = FIRST_REQUEST + "cache-control: no-cache\n";

  private static final String THIRD_REQUEST =
      """
      :method: GET
      :scheme: https
      :path: /index.html
      :authority: www.example.com
      custom-key: custom-value
      """;

  private static final String FIRST_RESPONSE =
      """
      :status: 302
      cache-control: private
      date: Mon, 21 Oct 2013 20:13:21 GMT
      location: https://www.example.com
      """;

  private static final String SECOND_RESPONSE = FIRST_RESPONSE.replace("302", "307");

  private static final String THIRD_RESPONSE =
      """
      :status: 200
      cache-control: private
      date: Mon, 21 Oct 2013 20:13:22 GMT
      location: https://www.example.com
      content-encoding: gzip
      set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1
      """;

  /** A block, its fields, and the size of the table after it. */
  record Block(String hex, String fields, int tableSize) {}

  /** Blocks of one connection. */
  record Example(String name, int maxTableSize, List<Block> blocks) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Example> examples() {
    return Stream.of(
        example(
            "C.2.1 literal with indexing",
            4096,
            new Block(
                "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572",
                "custom-key: custom-header\n",
                55)),
        example(
            "C.2.2 literal without indexing",
            4096,
            new Block("040c 2f73 616d 706c 652f 7061 7468", ":path: /sample/path\n", 0)),
        example(
            "C.2.3 literal never indexed",
            4096,
            new Block(
                "1008 7061 7373 776f 7264 0673 6563 7265 74",
                "password: secret (never indexed)\n",
                0)),
        example("C.2.4 indexed", 4096, new Block("82", ":method: GET\n", 0)),
        example(
            "C.3 requests without Huffman",
            4096,
            new Block("8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", FIRST_REQUEST, 57),
            new Block("8286 84be 5808 6e6f 2d63 6163 6865", SECOND_REQUEST, 110),
            new Block(
                "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
                THIRD_REQUEST,
                164)),
        requestsWithHuffman(),
        example(
            "C.5 responses without Huffman",
            256,
            new Block(
                """
                4803 3330 3258 0770 7269 7661 7465 611d
                4d6f 6e2c 2032 3120 4f63 7420 3230 3133
                2032 303a 3133 3a32 3120 474d 546e 1768
                7474 7073 3a2f 2f77 7777 2e65 7861 6d70
                6c65 2e63 6f6d
                """,
                FIRST_RESPONSE,
                222),
            new Block("4803 3330 37c1 c0bf", SECOND_RESPONSE, 222),
            new Block(
                """
                88c1 611d 4d6f 6e2c 2032 3120 4f63 7420
                3230 3133 2032 303a 3133 3a32 3220 474d
                54c0 5a04 677a 6970 7738 666f 6f3d 4153
                444a 4b48 514b 425a 584f 5157 454f 5049
                5541 5851 5745 4f49 553b 206d 6178 2d61
                6765 3d33 3630 303b 2076 6572 7369 6f6e
                3d31
                """,
                THIRD_RESPONSE,
                215)),
        example(
            "C.6 responses with Huffman",
            256,
            new Block(
                """
                4882 6402 5885 aec3 771a 4b61 96d0 7abe
                9410 54d4 44a8 2005 9504 0b81 66e0 82a6
                2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8
                e9ae 82ae 43d3
                """,
                FIRST_RESPONSE,
                222),
            new Block("4883 640e ffc1 c0bf", SECOND_RESPONSE, 222),
            new Block(
                """
                88c1 6196 d07a be94 1054 d444 a820 0595
                040b 8166 e084 a62d 1bff c05a 839b d9ab
                77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b
                3960 d5af 2708 7f36 72c1 ab27 0fb5 291f
                9587 3160 65c0 03ed 4ee5 b106 3d50 07
                """,
                THIRD_RESPONSE,
                215)));
  }

  private static Example requestsWithHuffman() {
    return example(
        "C.4 requests with Huffman",
        4096,
        new Block("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", FIRST_REQUEST, 57),
        new Block("8286 84be 5886 a8eb 1064 9cbf", SECOND_REQUEST, 110),
        new Block(
            "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf", THIRD_REQUEST, 164));
  }

  private static Example example(String name, int maxTableSize, Block... blocks) {
    return new Example(name, maxTableSize, List.of(blocks));
  }

  @ParameterizedTest
  @MethodSource("examples")
  void decodesTheExampleWhole(Example example) {
    check(example, (blocks, octets) -> blocks.decode(octets, octets.length));
  }

  @ParameterizedTest
  @MethodSource("examples")
  void decodesTheExampleOctetByOctet(Example example) {
    check(example, (blocks, octets) -> blocks.decode(octets, 1));
  }

  @ParameterizedTest
  @MethodSource("examples")
  void decodesTheExampleSplitAtEveryIndex(Example example) {
    for (int split = 0; split < 120; split++) {
      int at = split;
      check(example, (blocks, octets) -> blocks.decodeSplit(octets, Math.min(at, octets.length)));
    }
  }

  @Test
  void encodesTheRequestsWithHuffmanAsTheExampleDoes() {
    HpackEncoder encoder = new HpackEncoder(Blocks.WORKSPACE, 4096);
    for (Block block : requestsWithHuffman().blocks()) {
      byte[] encoded = Blocks.encode(encoder, block.fields().split("\n"));
      assertThat(Blocks.hex(encoded)).isEqualTo(block.hex().replace(" ", ""));
      assertThat(encoder.tableSize()).isEqualTo(block.tableSize());
    }
  }

  /** Without Location and Set-Cookie, which we keep out of the table; C.6.1 up to there. */
  @Test
  void encodesTheRestOfAResponseAsTheExampleDoes() {
    HpackEncoder encoder = new HpackEncoder(Blocks.WORKSPACE, 4096);
    String[] lines = Arrays.copyOf(FIRST_RESPONSE.split("\n"), 3);
    assertThat(Blocks.hex(Blocks.encode(encoder, lines)))
        .isEqualTo("488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff");
    lines[0] = ":status: 307";
    // The example takes Huffman for 307, too, which is no shorter: 83640eff.
    assertThat(Blocks.hex(Blocks.encode(encoder, lines))).isEqualTo("4803333037c0bf");
  }

  private static void check(Example example, BiFunction<Blocks, byte[], List<String>> decodeBlock) {
    Blocks blocks = new Blocks();
    if (example.maxTableSize() != HpackDecoder.DEFAULT_TABLE_SIZE) {
      // 256: the examples take the setting for granted, so the size update is added here.
      blocks.decoder.acknowledgedTableSize(example.maxTableSize());
      assertThat(blocks.decode("3fe1 01")).isEmpty();
    }
    for (Block block : example.blocks()) {
      assertThat(decodeBlock.apply(blocks, Blocks.octets(block.hex())))
          .containsExactly(block.fields().split("\n"));
      assertThat(blocks.decoder.tableSize()).isEqualTo(block.tableSize());
      assertThat(blocks.decoder.heldBytes()).isEqualTo(block.tableSize());
    }
  }
}
