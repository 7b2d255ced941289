package io.kqueueserver.http.h2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a parser made of its input, one line per frame, pieces joined:
 *
 * <pre>
 * DATA 1 +5 pad 3 end | hello
 * HEADERS 1 end on 3 | block
 * STREAM 1 FRAME_SIZE_ERROR                   (and the parser goes on)
 * CONNECTION ENHANCE_YOUR_CALM HTTP2_RESETS   (and it is dead)
 * </pre>
 */
final class FrameTranscript implements FrameSink {
  /** Small enough that a row can cross each limit: 32 bytes of a block on the wire, 2 frames. */
  static final int MAX_HEADER_BYTES = 8;

  static final int MAX_CONTINUATIONS = 2;

  private final FrameParser parser = new FrameParser(this, MAX_HEADER_BYTES, MAX_CONTINUATIONS);
  private final boolean direct;
  private final List<String> lines = new ArrayList<>();
  private final StringBuilder pieces = new StringBuilder();
  private String first = "";
  private int dataLeft;
  private boolean dead;

  FrameTranscript(boolean direct) {
    this.direct = direct;
  }

  /** Feeds these octets as one buffer. */
  FrameTranscript feed(byte[] octets, int from, int to) {
    int margin = 3;
    int size = to - from + 2 * margin;
    ByteBuffer in = direct ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size);
    in.position(margin).put(octets, from, to - from).flip().position(margin);
    while (!dead) {
      try {
        parser.parse(in);
        assertThat(in.hasRemaining()).as("input left").isFalse();
        return this;
      } catch (Http2Exception e) {
        refused(e);
      }
    }
    return this;
  }

  List<String> lines() {
    return lines;
  }

  private void refused(Http2Exception e) {
    String limit = e.limit() == null ? "" : " " + e.limit();
    if (e.isConnectionError()) {
      dead = true;
      lines.add("CONNECTION " + e.code() + limit);
      ByteBuffer more = ByteBuffer.allocate(1);
      assertThat(catchThrowable(() -> parser.parse(more))).as("stays dead").isSameAs(e);
    } else {
      lines.add("STREAM " + e.streamId() + " " + e.code() + limit);
    }
  }

  @Override
  public void frame(int type, int flags, int streamId, int length) {
    if (FrameType.of(type) == null) {
      lines.add("UNKNOWN " + type + " " + streamId + " +" + length);
    }
  }

  @Override
  public void data(int streamId, int length, int padding, boolean endStream) {
    first =
        "DATA "
            + streamId
            + (" +" + length)
            + (padding > 0 ? " pad " + padding : "")
            + (endStream ? " end" : "");
    pieces.setLength(0);
    dataLeft = length;
  }

  @Override
  public void dataPiece(int streamId, ByteBuffer piece, boolean endStream) {
    assertThat(first).startsWith("DATA " + streamId + " ");
    dataLeft -= piece.remaining();
    pieces.append(StandardCharsets.ISO_8859_1.decode(piece));
    if (dataLeft == 0) {
      assertThat(endStream).isEqualTo(first.endsWith("end"));
      lines.add(first + " | " + pieces);
    } else {
      assertThat(endStream).as("end before the last piece").isFalse();
    }
  }

  @Override
  public void headers(int streamId, boolean endStream, int dependency) {
    first =
        "HEADERS "
            + streamId
            + (endStream ? " end" : "")
            + (dependency < 0 ? "" : " on " + dependency);
    pieces.setLength(0);
    assertThat(parser.isInFieldBlock()).isTrue();
  }

  @Override
  public void headersPiece(ByteBuffer piece) {
    assertThat(piece.hasRemaining()).isTrue();
    pieces.append(StandardCharsets.ISO_8859_1.decode(piece));
  }

  @Override
  public void headersEnd(int streamId, boolean endStream) {
    assertThat(first).startsWith("HEADERS " + streamId + (endStream ? " end" : ""));
    assertThat(parser.isInFieldBlock()).isFalse();
    lines.add(first + " | " + pieces);
  }

  @Override
  public void priority(int streamId, int dependency) {
    lines.add("PRIORITY " + streamId + " on " + dependency);
  }

  @Override
  public void rstStream(int streamId, int code) {
    lines.add("RST_STREAM " + streamId + " " + ErrorCode.text(code));
  }

  @Override
  public void setting(int identifier, long value) {
    lines.add("SETTING " + identifier + "=" + value);
  }

  @Override
  public void settingsEnd() {
    lines.add("SETTINGS");
  }

  @Override
  public void settingsAck() {
    lines.add("SETTINGS ack");
  }

  @Override
  public void ping(long opaque, boolean ack) {
    lines.add("PING " + Long.toHexString(opaque) + (ack ? " ack" : ""));
  }

  @Override
  public void goAway(int lastStreamId, int code) {
    lines.add("GOAWAY " + lastStreamId + " " + ErrorCode.text(code));
  }

  @Override
  public void windowUpdate(int streamId, int increment) {
    lines.add("WINDOW_UPDATE " + streamId + " +" + increment);
  }

  @Override
  public void priorityUpdate(int streamId, Priority priority) {
    lines.add(
        "PRIORITY_UPDATE "
            + streamId
            + (" u=" + priority.urgency())
            + (priority.incremental() ? " i" : ""));
  }
}
