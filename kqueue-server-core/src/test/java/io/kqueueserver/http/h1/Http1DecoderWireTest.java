package io.kqueueserver.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs every row of the wire table in every way the network may cut it. A new bug is a new row. */
class Http1DecoderWireTest {
  private static final String EARLIER = "GET /1 HTTP/1.1\r\nHost: y\r\n\r\n";
  private static final List<String> EARLIER_EVENTS = List.of("HEAD GET /1 HTTP/1.1 @y", "END");

  static Stream<WireRow> rows() {
    return Stream.of(
            RequestLineRows.all(),
            TargetOctetRows.all(),
            HostRows.all(),
            FieldRows.all(),
            BodyRows.all(),
            ChunkRows.all(),
            LimitRows.all())
        .flatMap(rows -> rows);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void readsTheRowWhole(WireRow row) {
    for (boolean direct : new boolean[] {false, true}) {
      byte[] octets = row.octets();
      check(row, new Transcript(row, direct).feed(octets, 0, octets.length), List.of());
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void readsTheRowByteByByte(WireRow row) {
    for (boolean direct : new boolean[] {false, true}) {
      Transcript transcript = new Transcript(row, direct);
      byte[] octets = row.octets();
      for (int i = 0; i < octets.length; i++) {
        transcript.feed(octets, i, i + 1);
      }
      check(row, transcript, List.of());
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void readsTheRowSplitAtEveryIndex(WireRow row) {
    byte[] octets = row.octets();
    for (int i = 0; i <= octets.length; i++) {
      Transcript transcript = new Transcript(row, i % 2 == 0);
      transcript.feed(octets, 0, i).feed(octets, i, octets.length);
      check(row, transcript, List.of());
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void readsTheRowBehindAnotherRequest(WireRow row) {
    byte[] octets = WireRow.accepted("", "", EARLIER + row.wire()).octets();
    for (int i = 0; i <= octets.length; i++) {
      Transcript transcript = new Transcript(row, i % 2 == 0);
      transcript.feed(octets, 0, i).feed(octets, i, octets.length);
      check(row, transcript, EARLIER_EVENTS);
    }
  }

  @Test
  void everyRowHasItsOwnName() {
    assertThat(rows().map(WireRow::name)).doesNotHaveDuplicates();
  }

  private static void check(WireRow row, Transcript transcript, List<String> before) {
    List<String> lines = new ArrayList<>(transcript.lines());
    assertThat(lines.subList(0, Math.min(before.size(), lines.size()))).isEqualTo(before);
    lines.subList(0, before.size()).clear();
    assertThat(transcript.isDead()).as("refused: %s", lines).isEqualTo(row.refused());
    if (row.refused()) {
      assertThat(lines.get(lines.size() - 1)).isEqualTo(row.expected().get(0));
    } else {
      assertThat(lines).isEqualTo(row.expected());
      assertThat(transcript.decoder().isIdle()).as("idle at the end").isTrue();
    }
  }
}
