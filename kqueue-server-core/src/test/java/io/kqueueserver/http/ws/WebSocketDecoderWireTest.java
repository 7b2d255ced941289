package io.kqueueserver.http.ws;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs every row of the frame table in every way the network may cut it. A new bug is a new row.
 */
class WebSocketDecoderWireTest {
  private static final int SHORT = 600;

  static Stream<FrameRow> rows() {
    return Stream.concat(FrameRows.all(), DeflatedRows.all());
  }

  @ParameterizedTest
  @MethodSource("rows")
  void readsTheRowWhole(FrameRow row) {
    byte[] bytes = row.bytes();
    for (boolean direct : new boolean[] {false, true}) {
      check(row, new Transcript(row, direct).feed(bytes, 0, bytes.length));
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void readsTheRowByteByByte(FrameRow row) {
    byte[] bytes = row.bytes();
    Transcript transcript = new Transcript(row, false);
    for (int i = 0; i < bytes.length; i++) {
      transcript.feed(bytes, i, i + 1);
    }
    check(row, transcript);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void readsTheRowSplitAtEveryIndex(FrameRow row) {
    byte[] bytes = row.bytes();
    int size = bytes.length;
    IntStream indices = IntStream.rangeClosed(0, size);
    // Of a long payload: both ends, and now and then one between.
    indices
        .filter(i -> size < SHORT || i < 20 || i > size - 10 || i % 4099 == 0)
        .forEach(
            i -> {
              Transcript transcript = new Transcript(row, i % 2 == 0);
              check(row, transcript.feed(bytes, 0, i).feed(bytes, i, size));
            });
  }

  @Test
  void everyRowHasItsOwnName() {
    assertThat(rows().map(FrameRow::name)).doesNotHaveDuplicates();
  }

  private static void check(FrameRow row, Transcript transcript) {
    assertThat(transcript.finish()).isEqualTo(row.expected());
  }
}
