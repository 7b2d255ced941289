package io.kqueueserver.http.h2.hpack;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.KeptInputs;
import io.kqueueserver.build.RandomInputs;
import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.Limits;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The promise of {@link HpackFuzzTest} in the shape a coverage-guided fuzzer calls: {@code jazzer
 * --target_class=io.kqueueserver.http.h2.hpack.HpackDecoderFuzzTest --cp=(test class path)
 * (inputs)}. The build runs the inputs kept in {@code fuzz}: add every crasher.
 *
 * <p>An input is a connection: the blocks it receives, each behind an octet with its length, and
 * acknowledgements of table sizes, each 255 and an octet with a 32nd of the size.
 */
public class HpackDecoderFuzzTest {
  static final Limits SMALL = new Limits(40, 100, 5, -1, 0, -1);

  private static final int ACKNOWLEDGEMENT = 0xff;

  /** Called by Jazzer. */
  public static void fuzzerTestOneInput(byte[] connection) {
    for (Limits limits : List.of(Limits.DEFAULTS, SMALL)) {
      List<String> whole = transcript(connection, limits, Integer.MAX_VALUE);
      assertThat(transcript(connection, limits, 1)).isEqualTo(whole);
      assertThat(transcript(connection, limits, 5)).isEqualTo(whole);
    }
  }

  /** What a decoder makes of the connection in pieces of up to that size; holds the bounds. */
  static List<String> transcript(byte[] connection, Limits limits, int most) {
    List<String> events = new ArrayList<>();
    HpackDecoder decoder = new HpackDecoder(Blocks.WORKSPACE, limits);
    ByteBuffer in = ByteBuffer.wrap(connection);
    int tableBound = HpackDecoder.DEFAULT_TABLE_SIZE;
    try {
      while (in.remaining() > 1) {
        int length = in.get() & 0xff;
        if (length == ACKNOWLEDGEMENT) {
          int size = 32 * (in.get() & 0xff);
          decoder.acknowledgedTableSize(size);
          tableBound = Math.max(tableBound, size);
          continue;
        }
        ByteBuffer block = in.slice(in.position(), Math.min(length, in.remaining()));
        in.position(in.position() + block.remaining());
        decoder.beginHead((name, value, never) -> events.add(name + "=" + value + "," + never));
        while (block.hasRemaining()) {
          int piece = Math.min(most, block.remaining());
          decoder.decode(block.slice(block.position(), piece));
          block.position(block.position() + piece);
          assertBounds(decoder, limits, tableBound);
          Blocks.otherConnectionsTurn();
        }
        HttpException refusal = decoder.end();
        events.add(refusal == null ? "end" : refusal.getMessage());
        events.add("table of " + decoder.tableSize());
        assertThat(decoder.heldBytes()).isEqualTo(decoder.tableSize());
      }
    } catch (HpackException e) {
      events.add(e.getMessage());
    }
    return events;
  }

  private static void assertBounds(HpackDecoder decoder, Limits limits, int tableBound) {
    int kept =
        Math.max(Math.max(limits.maxHeaderBytes(), limits.maxRequestLineBytes()), tableBound);
    // Not AssertJ: asked behind every octet.
    if (decoder.tableSize() > tableBound || decoder.heldBytes() - decoder.tableSize() > 2 * kept) {
      throw new AssertionError(
          "holds " + decoder.heldBytes() + ", of that a table of " + decoder.tableSize());
    }
  }

  @Test
  void keepsItsPromiseForTheCorpusAndWhatIsMadeOfIt(TestReporter reporter) {
    RandomInputs.run(
        HpackDecoderFuzzTest.class,
        List.of(),
        "\0\u000f\u0010\u001f ?@\u007f\u0080\u0082\u00bf\u00ffa",
        HpackDecoderFuzzTest::fuzzerTestOneInput,
        reporter::publishEntry);
  }

  static List<Path> keptInputs() throws IOException, URISyntaxException {
    return KeptInputs.of(HpackDecoderFuzzTest.class);
  }

  @ParameterizedTest
  @MethodSource("keptInputs")
  void makesTheSameOfAKeptInputHoweverItIsCut(Path input) throws IOException {
    fuzzerTestOneInput(Files.readAllBytes(input));
  }
}
