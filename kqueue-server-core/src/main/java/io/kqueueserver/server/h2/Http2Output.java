package io.kqueueserver.server.h2;

import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FloodGuard;
import io.kqueueserver.http.h2.FlowWindow;
import io.kqueueserver.http.h2.Setting;
import io.kqueueserver.http.h2.Settings;
import io.kqueueserver.http.h2.StreamEvent;
import io.kqueueserver.net.Connection;
import io.kqueueserver.stats.Http2Stats;
import io.kqueueserver.stats.Http2Stats.Window;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The output of one connection. Control frames and {@link HeadOutput heads} are written at once.
 * DATA is framed as late as possible, before a flush, and no more than {@value #MAX_FRAMED_BYTES}
 * of it wait in the connection's queue. A reset, a priority or a control frame overtakes the bytes
 * that are not framed. The loop's thread only.
 */
final class Http2Output {
  private static final int MAX_FRAMED_BYTES = 64 * 1024;

  /** 16 KiB: the largest frame that the server sends, so that turns of streams are short. */
  static final int MAX_DATA_BYTES = 16 * 1024;

  /** 1 MiB: bytes that all streams may queue before each stream is limited to a frame. */
  private static final long MAX_QUEUED_BYTES = 1024 * 1024;

  private static final int INITIAL_WINDOW = 65_535;

  final ReadyStreams ready = new ReadyStreams();
  final HeadOutput heads;

  private final Connection connection;
  private final Http2Context context;
  private final FloodGuard guard;
  private final FrameSender frames;
  private final FlowWindow window = new FlowWindow(0, INITIAL_WINDOW);
  private final Http2Stats stats;

  /** The time since which streams wait for credit of the connection. */
  private long stalledSince = Http2Stats.NO_STALL;

  private final List<Runnable> afterFrame = new ArrayList<>(2);

  private int maxFrameBytes = MAX_DATA_BYTES;

  /** Bytes that streams keep in memory. */
  private long queued;

  /** The part of the connection's held bytes that waits here. */
  private long counted;

  private boolean fillsAfterFlush;

  /** Whether no body is framed until the client's SETTINGS, which cause a flush, have arrived. */
  boolean bodiesWait;

  Http2Output(Connection connection, Http2Context context, FloodGuard guard) {
    this.connection = connection;
    this.context = context;
    this.guard = guard;
    this.stats = context.loop.stats().http2;
    this.frames = new FrameSender(connection, context);
    this.heads = new HeadOutput(context, frames);
  }

  /** The rows of the wire log; null if the log is off. */
  @Nullable Http2WireRows rows() {
    return frames.rows();
  }

  // ---- the client's settings and credit

  /** The client's SETTINGS have changed. */
  void peerSettings(Settings peer) {
    maxFrameBytes = Math.min(MAX_DATA_BYTES, peer.getInt(Setting.MAX_FRAME_SIZE));
    heads.maxFrameBytes(maxFrameBytes);
  }

  /** The client gives credit for the whole connection. */
  void grow(int increment) {
    window.grow(increment);
    if (!ready.isEmpty()) {
      connection.flushSoon();
    }
  }

  /** Credit of the whole connection, for observers too. */
  int sendWindow() {
    return window.available();
  }

  /** Whether a stream with bytes can send none for want of credit. */
  boolean waitsForCredit(Http2Stream stream) {
    return stream.send.available() <= 0 || window.available() <= 0;
  }

  // ---- control frames

  void settings(Settings settings) {
    frames.begin().settings(settings);
    frames.sendControl();
  }

  void settingsAck() {
    frames.begin().settingsAck();
    frames.sendControl();
  }

  void ping(long opaque, boolean ack) {
    frames.begin().ping(opaque, ack);
    frames.sendControl();
  }

  void goAway(int lastStreamId, ErrorCode code, String debug) {
    frames.begin().goAway(lastStreamId, code, debug);
    frames.sendControl();
  }

  void windowUpdate(int streamId, int increment) {
    frames.begin().windowUpdate(streamId, increment);
    frames.sendControl();
  }

  void rstStream(int streamId, ErrorCode code) {
    frames.begin().rstStream(streamId, code);
    frames.sendControl();
  }

  /** Number of control frames of earlier turns that the client has not taken. */
  int unsentControlFrames() {
    return frames.unsentControlFrames();
  }

  // ---- bodies

  /** A stream has new bytes or new credit. */
  void offer(Http2Stream stream) {
    count(stream);
    stream.noteFull();
    if (stream.queue.available(1) > 0) {
      if (stream.send.available() > 0) {
        stream.stalls(false);
        ready.add(stream);
        connection.flushSoon();
        if (window.available() <= 0) {
          stream.blocked();
        }
      } else {
        stream.blocked();
        stream.stalls(true);
      }
    }
  }

  /** Ends a response, after the waiting bytes of it. */
  void end(Http2Stream stream, HeaderSource fields) {
    if (!stream.end.isWritten() && stream.state().isActive()) {
      stream.end.ending(Trailers.of(fields));
      if (stream.queue.isEmpty()) {
        writeEnd(stream);
      }
    }
  }

  private void writeEnd(Http2Stream stream) {
    Trailers trailers = stream.end.trailers();
    if (trailers == null) {
      stream.on(StreamEvent.DATA_END_STREAM_SENT);
      frames.begin().dataHeader(stream.id, 0, true);
      frames.send();
    } else {
      heads.trailers(stream, trailers);
    }
    stream.end.written();
  }

  /** Resets a response after the waiting bytes of it, so that the client notices. */
  void breakOff(Http2Stream stream, ErrorCode code) {
    if (stream.end.isWritten()) {
      stream.drop(); // the response is complete, and cannot be reset
      stream.owner.ends.endSoon(stream);
    } else if (stream.state().isActive()) {
      stream.end.breaking(code);
      if (stream.queue.isEmpty()) {
        stream.owner.ends.brokenOff(stream, code);
      }
    }
  }

  /** Counts the bytes that a stream keeps. At the maximum, all streams of a frame are full. */
  private void count(Http2Stream stream) {
    boolean hadRoom = queued < MAX_QUEUED_BYTES;
    queued += stream.queue.heldChange();
    context.loop.stats().lentToResponses += stream.queue.lentChange();
    if (hadRoom && queued >= MAX_QUEUED_BYTES) {
      stream.owner.streams.noteFull();
    }
  }

  /** The stream has ended: drops its waiting bytes. */
  void forget(Http2Stream stream) {
    ready.remove(stream);
    Throwable failure = stream.queue.drop(connection);
    count(stream);
    countStalls();
    if (failure != null) {
      stream.owner.ends.releaseFailed(stream, failure);
    }
  }

  /** Notes whether streams have bytes that only credit of the connection keeps back. */
  private void countStalls() {
    boolean stalls = window.available() <= 0 && !ready.isEmpty();
    stalledSince = stats.stall(Window.CONNECTION, stalls, stalledSince, context.loop.now());
  }

  /** Whether bytes of responses wait here, perhaps for credit. */
  boolean holdsBodies() {
    return queued > 0;
  }

  /** Whether a stream with {@code own} bytes in its queue may queue more. */
  boolean mayQueue(long own) {
    return own < context.highWatermark && (own < MAX_DATA_BYTES || queued < MAX_QUEUED_BYTES);
  }

  /** As {@link #mayQueue}, for a stream that was full. */
  boolean mayQueueAgain(long own) {
    return own <= context.lowWatermark && mayQueue(own);
  }

  /** Frames the bytes that may be sent now. A flush follows. */
  void fill() {
    if (!bodiesWait) {
      frameBodies();
    }
    if (window.available() <= 0) {
      ready.each(Http2Stream::blocked);
    }
    countStalls();
    frames.endTurn();
    if (counted != queued) {
      connection.holds(queued - counted);
      counted = queued;
    }
  }

  private void frameBodies() {
    long room = Math.min(connection.room(), MAX_FRAMED_BYTES - connection.pendingBytes());
    while (room > 0 && window.available() > 0) {
      Http2Stream stream = ready.next();
      if (stream == null) {
        break;
      }
      room -= frame(stream);
    }
    if (!ready.isEmpty() && window.available() > 0 && connection.isWritable()) {
      fillAfterFlush(); // otherwise the connection calls back when it is writable
    }
  }

  /** Schedules another {@link #fill} for when the framed bytes have left. */
  void fillAfterFlush() {
    if (!fillsAfterFlush) {
      fillsAfterFlush = true;
      connection.whenFlushed(
          () -> {
            fillsAfterFlush = false;
            connection.flushSoon();
          });
    }
  }

  /** Writes a DATA frame, and the end of the stream if it is the last frame. Returns its size. */
  private int frame(Http2Stream stream) {
    try {
      return framed(stream);
    } finally {
      runAfterFrame(stream); // after a failure, too, which ends the connection
    }
  }

  private int framed(Http2Stream stream) {
    StreamQueue queue = stream.queue;
    int most = Math.min(maxFrameBytes, Math.min(window.available(), stream.send.available()));
    int size = queue.available(most);
    boolean last = stream.end.isEnding() && stream.end.trailers() == null && size == queue.bytes();
    stream.on(StreamEvent.dataSent(last));
    frames.begin().dataHeader(stream.id, size, last);
    frames.send();
    queue.write(connection, size, afterFrame);
    count(stream);
    window.sent(size);
    stream.sent(size);
    guard.data();
    queue.passMarks(connection);
    if (queue.isEmpty()) {
      ready.remove(stream);
      emptied(stream, last);
    } else if (stream.send.available() <= 0 || queue.available(1) == 0) {
      ready.remove(stream);
      if (stream.send.available() <= 0) {
        stream.blocked();
        stream.stalls(true);
      }
    } else {
      ready.sent(stream);
    }
    return size;
  }

  private void emptied(Http2Stream stream, boolean last) {
    ErrorCode breaking = stream.end.breaking();
    if (last) {
      stream.end.written();
    } else if (breaking != null) {
      stream.owner.ends.brokenOff(stream, breaking);
    } else if (stream.end.isEnding()) {
      writeEnd(stream);
    }
  }

  private void runAfterFrame(Http2Stream stream) {
    while (!afterFrame.isEmpty()) {
      Runnable action = afterFrame.remove(0);
      try {
        action.run();
      } catch (Throwable e) {
        stream.owner.ends.callbackFailed(stream, e);
      }
    }
  }
}
