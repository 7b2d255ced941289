package io.kqueueserver.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.KeptInputs;
import io.kqueueserver.build.RandomInputs;
import io.kqueueserver.http.Limits;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The promise of {@link Http1FuzzTest} in the shape a coverage-guided fuzzer calls: {@code jazzer
 * --target_class=io.kqueueserver.http.h1.Http1DecoderFuzzTest --cp=(test class path) (inputs)}. Its
 * JUnit engine is not used, since it would instrument every test of the build. The build runs the
 * inputs kept in {@code fuzz}: add every crasher.
 */
public class Http1DecoderFuzzTest {
  private static final byte[] SCRATCH = new byte[Http1Decoder.scratchSize(Limits.DEFAULTS)];

  /** Called by Jazzer. */
  public static void fuzzerTestOneInput(byte[] wire) {
    for (Limits limits : List.of(Limits.DEFAULTS, WireRow.SMALL)) {
      Transcript whole = new Transcript(new Http1Decoder(limits, SCRATCH), false);
      Transcript byByte = new Transcript(new Http1Decoder(limits, SCRATCH), true);
      whole.feed(wire, 0, wire.length);
      for (int i = 0; i < wire.length; i++) {
        byByte.feed(wire, i, i + 1);
      }
      assertThat(byByte.finish()).isEqualTo(whole.finish());
    }
  }

  @Test
  void keepsItsPromiseForTheCorpusAndWhatIsMadeOfIt(TestReporter reporter) {
    RandomInputs.run(
        Http1DecoderFuzzTest.class,
        Http1FuzzTest.CORPUS,
        "\r\n\t :;,=\"\\\0%[]@/*0159afAF",
        Http1DecoderFuzzTest::fuzzerTestOneInput,
        reporter::publishEntry);
  }

  static List<Path> keptInputs() throws IOException, URISyntaxException {
    return KeptInputs.of(Http1DecoderFuzzTest.class);
  }

  @ParameterizedTest
  @MethodSource("keptInputs")
  void makesTheSameOfAKeptInputHoweverItIsCut(Path input) throws IOException {
    fuzzerTestOneInput(Files.readAllBytes(input));
  }
}
