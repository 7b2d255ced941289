package io.kqueueserver.http.h2;

import static io.kqueueserver.http.h2.Frames.frame;
import static io.kqueueserver.http.h2.Frames.header;
import static io.kqueueserver.http.h2.Frames.int32;
import static io.kqueueserver.http.h2.Frames.join;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FrameParserTest {
  private static final int ANY = -1;

  /** By number of the type: its legal lengths among 0 to 20, or ANY. RFC 9113 6, RFC 9218 7.1. */
  private static final Map<Integer, Set<Integer>> LENGTHS =
      Map.of(
          0x0, Set.of(ANY),
          0x1, Set.of(ANY),
          0x2, Set.of(5),
          0x3, Set.of(4),
          0x4, Set.of(0, 6, 12, 18),
          0x6, Set.of(8),
          0x7, Set.of(8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20),
          0x8, Set.of(4),
          0x10, Set.of(4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20));

  private static final Set<Integer> CONNECTION_ONLY = Set.of(0x4, 0x6, 0x7, 0x10);
  private static final Set<Integer> STREAM_ONLY = Set.of(0x0, 0x1, 0x2, 0x3, 0x5, 0x9);
  private static final int END_HEADERS = 0x4;
  private static final int MAX = 16 * 1024;

  @Test
  void everyTypeIsHeldToItsStreamAndItsLength() {
    for (int type = 0; type < 256; type++) {
      for (int streamId : new int[] {0, 7}) {
        for (int length = 0; length <= 20; length++) {
          // Ones: no increment, dependency or stream of 0.
          byte[] payload = new byte[length];
          Arrays.fill(payload, (byte) 1);
          byte[] wire = frame(type, type == 1 ? END_HEADERS : 0, streamId, payload);
          List<String> lines = new FrameTranscript(false).feed(wire, 0, wire.length).lines();
          assertThat(lines.get(lines.size() - 1))
              .as("type %d, stream %d, length %d", type, streamId, length)
              .matches(expectation(type, streamId, length));
        }
      }
    }
  }

  private static String expectation(int type, int streamId, int length) {
    boolean wrongStream =
        streamId == 0 ? STREAM_ONLY.contains(type) : CONNECTION_ONLY.contains(type);
    if (wrongStream || type == 0x5 || type == 0x9) {
      return "CONNECTION PROTOCOL_ERROR"; // PUSH_PROMISE; CONTINUATION of nothing
    }
    Set<Integer> legal = LENGTHS.getOrDefault(type, Set.of(ANY));
    if (!legal.contains(ANY) && !legal.contains(length)) {
      return type == 0x2 ? "STREAM 7 FRAME_SIZE_ERROR" : "CONNECTION FRAME_SIZE_ERROR";
    }
    return "(?!CONNECTION|STREAM).*";
  }

  @Test
  void aFrameOfTheGreatestLengthIsHandedOnInPiecesAsItCame() {
    StringBuilder pieces = new StringBuilder();
    FrameParser parser =
        new FrameParser(
            new QuietSink() {
              @Override
              public void dataPiece(int id, ByteBuffer piece, boolean endStream) {
                pieces.append(piece.remaining()).append(endStream ? "!" : " ");
              }
            },
            1024,
            2);
    byte[] wire = join(header(MAX, 0x0, 1, 1), new byte[MAX]);
    parser.parse(ByteBuffer.wrap(wire, 0, 109));
    parser.parse(ByteBuffer.wrap(wire, 109, 0));
    parser.parse(ByteBuffer.wrap(wire, 109, 10_000));
    parser.parse(ByteBuffer.wrap(wire, 10_109, wire.length - 10_109));
    assertThat(pieces.toString()).isEqualTo("100 10000 6284!");
  }

  @Test
  void aSinkThatRefusesAStreamIsHandedTheFrameBehindIt() {
    StringBuilder log = new StringBuilder();
    QuietSink sink =
        new QuietSink() {
          @Override
          public void data(int id, int length, int padding, boolean endStream) {
            throw Http2Exception.stream(id, ErrorCode.STREAM_CLOSED, "closed");
          }

          @Override
          public void dataPiece(int id, ByteBuffer piece, boolean endStream) {
            log.append("piece");
          }

          @Override
          public void rstStream(int id, int code) {
            log.append("reset ").append(id);
          }
        };
    FrameParser parser = new FrameParser(sink, 1024, 2);
    byte[] wire = join(frame(0x0, 0, 1, new byte[50]), frame(0x3, 0, 5, int32(8)));
    ByteBuffer in = ByteBuffer.wrap(wire);
    assertThatThrownBy(() -> parser.parse(in))
        .isInstanceOfSatisfying(Http2Exception.class, e -> assertThat(e.streamId()).isEqualTo(1));
    parser.parse(in);
    assertThat(log.toString()).isEqualTo("reset 5");
  }

  @Test
  void everyFrameIsSeenByItsHeaderBeforeItIsChecked() {
    StringBuilder log = new StringBuilder();
    QuietSink sink =
        new QuietSink() {
          @Override
          public void frame(int type, int flags, int streamId, int length) {
            log.append(type).append(',').append(flags).append(',');
            log.append(streamId).append(',').append(length).append(' ');
          }
        };
    FrameParser parser = new FrameParser(sink, 1024, 2);
    byte[] wire = join(frame(0xbe, 0xff, 3, new byte[2]), header(5, 0x6, 1, 9));
    assertThat(catchThrowable(() -> parser.parse(ByteBuffer.wrap(wire))))
        .isInstanceOf(Http2Exception.class)
        .hasNoCause();
    assertThat(log.toString()).isEqualTo("190,255,3,2 6,1,9,5 ");
  }
}
