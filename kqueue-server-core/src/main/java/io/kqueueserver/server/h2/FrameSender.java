package io.kqueueserver.server.h2;

import io.kqueueserver.http.h2.FrameParser;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.FrameWriter;
import io.kqueueserver.net.Connection;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Http2Stats;
import io.kqueueserver.stats.Http2Stats.By;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Writes frames to one connection, and counts the control frames among them until the client has
 * taken them. A frame is composed between {@link #begin} and {@link #send}. The loop's thread only.
 */
final class FrameSender {
  private final Connection connection;
  private final FrameWriter frames;
  private final Http2Stats stats;

  /** The rows of the wire log; null if the log is off. */
  private final @Nullable Http2WireRows rows;

  /** Control frames since the last {@link #endTurn}. */
  private int controlFrames;

  /** Control frames of earlier turns that have not left. */
  private int unsentControlFrames;

  FrameSender(Connection connection, Http2Context context) {
    this.connection = connection;
    this.frames = context.frames;
    this.stats = context.loop.stats().http2;
    this.rows = Http2WireRows.of(context.wire, connection);
  }

  /** The rows of the wire log; null if the log is off. */
  @Nullable Http2WireRows rows() {
    return rows;
  }

  /** The loop's writer, emptied for the next frame. */
  FrameWriter begin() {
    frames.clear();
    return frames;
  }

  /** Appends the frames composed since {@link #begin} to the connection, unless it is closing. */
  void send() {
    if (!connection.isOpen()) {
      return;
    }
    if (rows != null) {
      rows.sent(frames);
    }
    count();
    connection.write(frames.bytes(), 0, frames.length());
  }

  /** Resets the connection, to which not all was written that had to be. */
  void reset() {
    connection.reset(CloseReason.SERVER_ERROR);
  }

  /** Counts one frame, or a HEADERS frame and its CONTINUATION frames. */
  private void count() {
    byte[] octets = frames.bytes();
    int at = 0;
    do {
      int type = octets[at + FrameParser.TYPE_AT];
      stats.sent(type);
      if (type == FrameType.RST_STREAM.number()) {
        stats.reset(By.SERVER, int32(octets, at + FrameParser.FRAME_HEADER_BYTES));
      } else if (type == FrameType.GOAWAY.number()) {
        stats.goAway(By.SERVER, int32(octets, at + FrameParser.FRAME_HEADER_BYTES + Integer.BYTES));
      }
      at += FrameParser.FRAME_HEADER_BYTES + (int32(octets, at) >>> Byte.SIZE);
    } while (at < frames.length()); // of DATA only the header was composed
  }

  private static int int32(byte[] octets, int at) {
    return ByteBuffer.wrap(octets).getInt(at);
  }

  /** As {@link #send}, for a frame that a client could make the server queue many times. */
  void sendControl() {
    controlFrames++;
    send();
  }

  /** Number of control frames of earlier turns that the client has not taken. */
  int unsentControlFrames() {
    return unsentControlFrames == 0 ? 0 : unsentControlFrames + controlFrames;
  }

  /** Counts the control frames of this turn as unsent until the flush that follows is done. */
  void endTurn() {
    int count = controlFrames;
    if (count == 0) {
      return;
    }
    controlFrames = 0;
    unsentControlFrames += count;
    connection.whenFlushed(
        () -> {
          unsentControlFrames -= count;
          connection.resumeInput();
        });
  }
}
