package io.kqueueserver.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.KeptInputs;
import io.kqueueserver.build.RandomInputs;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever octets come, and however they are cut, the parser makes the same of them and throws
 * nothing but {@link Http2Exception}. {@link #fuzzerTestOneInput} is in the shape a coverage-guided
 * fuzzer calls: {@code jazzer --target_class=io.kqueueserver.http.h2.FrameParserFuzzTest --cp=(test
 * class path) (inputs)}. The build runs the inputs kept in {@code fuzz}, and seeded random ones:
 * add every crasher.
 */
public class FrameParserFuzzTest {
  private static final int ROUNDS = 20_000;
  private static final List<byte[]> CORPUS =
      FrameRows.all().map(FrameRow::wire).filter(wire -> wire.length < 200).toList();

  /** Called by Jazzer. */
  public static void fuzzerTestOneInput(byte[] wire) {
    List<String> whole = new FrameTranscript(false).feed(wire, 0, wire.length).lines();
    FrameTranscript byByte = new FrameTranscript(true);
    for (int i = 0; i < wire.length; i++) {
      byByte.feed(wire, i, i + 1);
    }
    assertThat(byByte.lines()).isEqualTo(whole);
    Random random = new Random(Arrays.hashCode(wire));
    FrameTranscript cut = new FrameTranscript(false);
    for (int at = 0; at < wire.length; ) {
      int to = Math.min(wire.length, at + 1 + random.nextInt(20));
      cut.feed(wire, at, to);
      at = to;
    }
    assertThat(cut.lines()).isEqualTo(whole);
  }

  @Test
  void keepsItsPromiseForTheCorpusAndWhatIsMadeOfIt(TestReporter reporter) {
    RandomInputs.run(
        FrameParserFuzzTest.class,
        CORPUS,
        "\0\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\u0010 \u007f\u00ff",
        FrameParserFuzzTest::fuzzerTestOneInput,
        reporter::publishEntry);
  }

  static List<Path> keptInputs() throws IOException, URISyntaxException {
    return KeptInputs.of(FrameParserFuzzTest.class);
  }

  @ParameterizedTest
  @MethodSource("keptInputs")
  void makesTheSameOfAKeptInputHoweverItIsCut(Path input) throws IOException {
    fuzzerTestOneInput(Files.readAllBytes(input));
  }

  @Test
  void makesTheSameOfTheSameOctetsHoweverTheyAreCut() {
    for (int seed = 0; seed < ROUNDS; seed++) {
      byte[] wire = mutate(new Random(seed));
      try {
        fuzzerTestOneInput(wire);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  /** A few rows one behind the other, with a few octets changed. */
  private static byte[] mutate(Random random) {
    byte[] wire = {};
    for (int rows = 1 + random.nextInt(4); rows > 0; rows--) {
      wire = Frames.join(wire, CORPUS.get(random.nextInt(CORPUS.size())));
    }
    for (int changes = random.nextInt(4); changes > 0; changes--) {
      int at = random.nextInt(wire.length);
      wire[at] = random.nextBoolean() ? (byte) random.nextInt(12) : (byte) random.nextInt(256);
    }
    return random.nextInt(8) == 0 ? Arrays.copyOf(wire, random.nextInt(wire.length)) : wire;
  }
}
