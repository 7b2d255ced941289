package io.kqueueserver.http.ws;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.KeptInputs;
import io.kqueueserver.build.RandomInputs;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same bytes make the same events however they are cut, nothing but a {@link
 * WebSocketException} escapes, and no more is held than {@link Transcript} allows. In the shape a
 * coverage-guided fuzzer calls: {@code jazzer
 * --target_class=io.kqueueserver.http.ws.WebSocketDecoderFuzzTest --cp=(test class path) (inputs)}.
 * The build runs seeded random input and the inputs kept in {@code fuzz}: add every crasher.
 */
public class WebSocketDecoderFuzzTest {
  private static final int ROUNDS = 6_000;
  private static final List<FrameRow> SHORT_ROWS =
      WebSocketDecoderWireTest.rows().filter(row -> row.wire().length() < 400).toList();

  /** Called by Jazzer. */
  public static void fuzzerTestOneInput(byte[] wire) {
    for (MessageLimits limits : List.of(MessageLimits.DEFAULTS, FrameRow.SMALL)) {
      check(wire, limits, null);
      check(wire, limits, FrameRow.FORGETTING);
      check(wire, limits, FrameRow.REMEMBERING);
    }
  }

  private static void check(
      byte[] wire, MessageLimits limits, @Nullable PerMessageDeflate deflate) {
    FrameRow row = FrameRow.row("", "", wire).under(limits).agreed(deflate);
    List<String> whole = new Transcript(row, false).feed(wire, 0, wire.length).finish();
    Transcript byByte = new Transcript(row, true);
    for (int i = 0; i < wire.length; i++) {
      byByte.feed(wire, i, i + 1);
    }
    assertThat(byByte.finish()).isEqualTo(whole);
    Transcript cut = new Transcript(row, true);
    int step = 2 + wire.length % 61;
    for (int i = 0; i < wire.length; i += step) {
      cut.feed(wire, i, Math.min(wire.length, i + step));
    }
    assertThat(cut.finish()).isEqualTo(whole);
  }

  @Test
  void keepsItsPromiseForTheCorpusAndWhatIsMadeOfIt(TestReporter reporter) {
    RandomInputs.run(
        WebSocketDecoderFuzzTest.class,
        SHORT_ROWS.stream().map(FrameRow::bytes).toList(),
        "\0\u0001\u0002\b\t\n@\u0080\u0081\u0082\u0088\u0089\u00c1\u00fe\u00ff",
        WebSocketDecoderFuzzTest::fuzzerTestOneInput,
        reporter::publishEntry);
  }

  static List<Path> keptInputs() throws IOException, URISyntaxException {
    return KeptInputs.of(WebSocketDecoderFuzzTest.class);
  }

  @ParameterizedTest
  @MethodSource("keptInputs")
  void makesTheSameOfAKeptInputHoweverItIsCut(Path input) throws IOException {
    fuzzerTestOneInput(Files.readAllBytes(input));
  }

  @Test
  void makesTheSameOfRandomInputHoweverItIsCut() {
    for (int seed = 0; seed < ROUNDS; seed++) {
      Random random = new Random(seed);
      byte[] wire = mutate(random);
      MessageLimits limits = random.nextBoolean() ? FrameRow.SMALL : FrameRow.LARGE;
      PerMessageDeflate[] agreed = {null, FrameRow.FORGETTING, FrameRow.REMEMBERING};
      try {
        check(wire, limits, agreed[random.nextInt(agreed.length)]);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  /** One to four rows of the frame table, with a few bytes changed, left out or put in. */
  private static byte[] mutate(Random random) {
    List<byte[]> parts = new ArrayList<>();
    for (int rows = 1 + random.nextInt(4); rows > 0; rows--) {
      parts.add(SHORT_ROWS.get(random.nextInt(SHORT_ROWS.size())).bytes());
    }
    byte[] wire = ClientFrames.join(parts.toArray(new byte[0][]));
    for (int changes = random.nextInt(4); changes > 0 && wire.length > 1; changes--) {
      int at = random.nextInt(wire.length);
      byte[] before = Arrays.copyOf(wire, at);
      byte[] behind = Arrays.copyOfRange(wire, at + random.nextInt(2), wire.length);
      byte[] between = new byte[random.nextInt(3)];
      random.nextBytes(between);
      wire = ClientFrames.join(before, between, behind);
    }
    return wire;
  }
}
