package io.kqueueserver.server.h2;

import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FrameSink;
import io.kqueueserver.http.h2.Priority;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Passes the frames of a client on, and shows each to the wire log before that: its header, and the
 * values of those that have some. Bodies and field blocks are not shown here. A connection has such
 * an object only while something listens. The loop's thread only.
 */
final class LoggedFrames implements FrameSink {
  /** A text is for people; no client fills a log with it. */
  private static final int MAX_TEXT = 256;

  private final FrameSink next;
  private final Http2WireRows rows;
  private final StringBuilder text = new StringBuilder();

  LoggedFrames(FrameSink next, Http2WireRows rows) {
    this.next = next;
    this.rows = rows;
  }

  @Override
  public void frame(int type, int flags, int streamId, int length) {
    rows.received(type, flags, streamId, length);
    next.frame(type, flags, streamId, length);
  }

  @Override
  public void data(int streamId, int length, int padding, boolean endStream) {
    next.data(streamId, length, padding, endStream);
  }

  @Override
  public void dataPiece(int streamId, ByteBuffer piece, boolean endStream) {
    next.dataPiece(streamId, piece, endStream);
  }

  @Override
  public void headers(int streamId, boolean endStream, int dependency) {
    next.headers(streamId, endStream, dependency);
  }

  @Override
  public void headersPiece(ByteBuffer piece) {
    next.headersPiece(piece);
  }

  @Override
  public void headersEnd(int streamId, boolean endStream) {
    next.headersEnd(streamId, endStream);
  }

  @Override
  public void priority(int streamId, int dependency) {
    rows.values(streamId, "behind stream " + dependency);
    next.priority(streamId, dependency);
  }

  @Override
  public void rstStream(int streamId, int code) {
    rows.values(streamId, ErrorCode.text(code));
    next.rstStream(streamId, code);
  }

  @Override
  public void setting(int identifier, long value) {
    rows.values(0, Http2WireRows.setting(identifier, value));
    next.setting(identifier, value);
  }

  @Override
  public void settingsEnd() {
    next.settingsEnd();
  }

  @Override
  public void settingsAck() {
    next.settingsAck();
  }

  @Override
  public void ping(long opaque, boolean ack) {
    next.ping(opaque, ack);
  }

  @Override
  public void goAway(int lastStreamId, int code) {
    text.setLength(0);
    rows.values(0, Http2WireRows.goAway(lastStreamId, code));
    next.goAway(lastStreamId, code);
  }

  @Override
  public void goAwayText(ByteBuffer piece, boolean last) {
    CharSequence octets = StandardCharsets.ISO_8859_1.decode(piece.duplicate());
    text.append(octets, 0, Math.min(octets.length(), MAX_TEXT - text.length()));
    if (last) {
      rows.values(0, text.toString());
    }
    next.goAwayText(piece, last);
  }

  @Override
  public void windowUpdate(int streamId, int increment) {
    rows.values(streamId, "+" + increment);
    next.windowUpdate(streamId, increment);
  }

  @Override
  public void priorityUpdate(int streamId, Priority priority) {
    rows.values(streamId, "u=" + priority.urgency() + (priority.incremental() ? ", i" : ""));
    next.priorityUpdate(streamId, priority);
  }
}
