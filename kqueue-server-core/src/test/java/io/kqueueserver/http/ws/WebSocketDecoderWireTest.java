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
    for (boolean direct : new boolean[] {false, true}) {
      check(row, new Transcript(row, direct).feed(row.wire(), 0, row.wire().length));
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void readsTheRowByteByByte(FrameRow row) {
    Transcript transcript = new Transcript(row, false);
    for (int i = 0; i < row.wire().length; i++) {
      transcript.feed(row.wire(), i, i + 1);
    }
    check(row, transcript);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void readsTheRowSplitAtEveryIndex(FrameRow row) {
    int size = row.wire().length;
    IntStream indices = IntStream.rangeClosed(0, size);
    // Of a long payload: both ends, and now and then one between.
    indices
        .filter(i -> size < SHORT || i < 20 || i > size - 10 || i % 4099 == 0)
        .forEach(
            i -> {
              Transcript transcript = new Transcript(row, i % 2 == 0);
              check(row, transcript.feed(row.wire(), 0, i).feed(row.wire(), i, size));
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
