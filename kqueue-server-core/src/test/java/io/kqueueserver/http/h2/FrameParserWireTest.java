package io.kqueueserver.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs every row of the frame table in every way the network may cut it. */
class FrameParserWireTest {
  static Stream<FrameRow> rows() {
    return FrameRows.all();
  }

  @ParameterizedTest
  @MethodSource("rows")
  void readsTheRowWhole(FrameRow row) {
    for (boolean direct : new boolean[] {false, true}) {
      check(row, new FrameTranscript(direct).feed(row.wire(), 0, row.wire().length));
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void readsTheRowByteByByte(FrameRow row) {
    FrameTranscript transcript = new FrameTranscript(false);
    for (int i = 0; i < row.wire().length; i++) {
      transcript.feed(row.wire(), i, i + 1);
    }
    check(row, transcript);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void readsTheRowSplitAtEveryIndex(FrameRow row) {
    byte[] wire = row.wire();
    for (int i = 0; i <= wire.length; i++) {
      check(row, new FrameTranscript(i % 2 == 0).feed(wire, 0, i).feed(wire, i, wire.length));
    }
  }

  @Test
  void everyRowHasItsOwnName() {
    assertThat(rows().map(FrameRow::name)).doesNotHaveDuplicates();
  }

  private static void check(FrameRow row, FrameTranscript transcript) {
    assertThat(transcript.lines()).isEqualTo(row.expected());
    List<String> expected = row.expected();
    if (expected.get(expected.size() - 1).startsWith("PING")) {
      int before = expected.size();
      transcript.feed(FrameRow.PING, 0, FrameRow.PING.length);
      assertThat(transcript.lines()).as("a frame behind the row").hasSize(before + 1);
      assertThat(transcript.lines().get(before)).startsWith("PING");
    }
  }
}
