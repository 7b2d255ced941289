package io.kqueueserver.server.h2;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The streams that have bytes to send and a window for them, by urgency (RFC 9218 4.1). Within an
 * urgency, incremental streams take turns, frame by frame; the other streams are served one after
 * the other, in the order in which they became ready. The two kinds take turns as well. The links
 * are fields of the streams. The loop's thread only.
 */
final class ReadyStreams {
  private static final int URGENCIES = 8;

  /** A list of streams, linked by fields of the streams. */
  private static final class Line {
    @Nullable Http2Stream first;
    @Nullable Http2Stream last;

    void add(Http2Stream stream) {
      Http2Stream before = last;
      stream.before = before;
      stream.behind = null;
      if (before == null) {
        first = stream;
      } else {
        before.behind = stream;
      }
      last = stream;
    }

    void remove(Http2Stream stream) {
      Http2Stream before = stream.before;
      Http2Stream behind = stream.behind;
      if (before == null) {
        first = behind;
      } else {
        before.behind = behind;
      }
      if (behind == null) {
        last = before;
      } else {
        behind.before = before;
      }
      stream.before = null;
      stream.behind = null;
    }
  }

  /** Two lines for each urgency, made at first use, because most clients use one urgency. */
  private final @Nullable Line[] lines = new Line[2 * URGENCIES];

  private int size;
  private boolean sequentialNext = true;

  boolean isEmpty() {
    return size == 0;
  }

  /** Adds a stream, unless it was added. */
  void add(Http2Stream stream) {
    if (stream.line < 0) {
      stream.line = 2 * stream.priority().urgency() + (stream.isSequential() ? 1 : 0);
      line(stream.line).add(stream);
      size++;
    }
  }

  private Line line(int index) {
    Line line = lines[index];
    if (line == null) {
      line = new Line();
      lines[index] = line;
    }
    return line;
  }

  /** Removes a stream, if it was added. */
  void remove(Http2Stream stream) {
    if (stream.line >= 0) {
      line(stream.line).remove(stream);
      stream.line = -1;
      size--;
    }
  }

  /** The stream whose frame is next; null if none is ready. */
  @Nullable Http2Stream next() {
    if (size == 0) {
      return null;
    }
    for (int urgency = 0; urgency < URGENCIES; urgency++) {
      Http2Stream shared = first(2 * urgency);
      Http2Stream sequential = first(2 * urgency + 1);
      if (shared != null && sequential != null) {
        sequentialNext = !sequentialNext;
        return sequentialNext ? sequential : shared;
      }
      if (shared != null || sequential != null) {
        return shared == null ? sequential : shared;
      }
    }
    return null;
  }

  private @Nullable Http2Stream first(int index) {
    Line line = lines[index];
    return line == null ? null : line.first;
  }

  /** Does something with each of them that changes none of the lines. */
  void each(Consumer<Http2Stream> action) {
    for (int i = 0; size > 0 && i < lines.length; i++) {
      for (Http2Stream stream = first(i); stream != null; stream = stream.behind) {
        action.accept(stream);
      }
    }
  }

  /** The stream has sent a frame and has more. An incremental stream moves behind the others. */
  void sent(Http2Stream stream) {
    if (stream.line >= 0 && (stream.line & 1) == 0) {
      Line line = line(stream.line);
      if (line.first != line.last) {
        line.remove(stream);
        line.add(stream);
      }
    }
  }
}
