package io.kqueueserver.server.h2;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FloodGuard;
import io.kqueueserver.http.h2.FlowWindow;
import io.kqueueserver.http.h2.FrameWriter;
import io.kqueueserver.http.h2.Setting;
import io.kqueueserver.http.h2.Settings;
import io.kqueueserver.http.h2.StreamEvent;
import io.kqueueserver.http.h2.hpack.HpackEncoder;
import io.kqueueserver.http.h2.hpack.HpackOutput;
import io.kqueueserver.net.Connection;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that one connection sends. Control frames and heads are written at once, since the tables of
 * HPACK follow the order of the wire; DATA is framed as late as can be, before a flush, and no more
 * than {@value #MAX_FRAMED_BYTES} of it wait in the connection's queue: so a reset, a priority or a
 * control frame overtakes all that is not there yet. The loop's thread only.
 */
final class Http2Output {
  private static final int MAX_FRAMED_BYTES = 64 * 1024;

  /** 16 KiB, the largest frame of ours: streams take turns that are not too long. */
  private static final int MAX_DATA_BYTES = 16 * 1024;

  /** What all streams of a connection may queue before each is held to a frame. */
  private static final long MAX_QUEUED_BYTES = 1024 * 1024;

  private static final int INITIAL_WINDOW = 65_535;

  final ReadyStreams ready = new ReadyStreams();

  private final Connection connection;
  private final Http2Context context;
  private final FloodGuard guard;
  private final HpackEncoder encoder;
  private final FlowWindow window = new FlowWindow(0, INITIAL_WINDOW);

  /** Null unless the wire is listened to. */
  private final @Nullable Http2WireRows rows;

  private final List<Runnable> afterFrame = new ArrayList<>(2);

  private int maxFrameBytes = MAX_DATA_BYTES;

  /** Control frames since the last mark, and those before it that have not left. */
  private int controlFrames;

  private int unsentControlFrames;

  /** Bytes that streams keep in memory. */
  private long queued;

  /** Of what the connection says is held, the part that waits here. */
  private long counted;

  private boolean fillsAfterFlush;

  /** No body is framed before the client has spoken HTTP/2: its SETTINGS make a flush. */
  boolean bodiesWait;

  Http2Output(Connection connection, Http2Context context, FloodGuard guard) {
    this.connection = connection;
    this.context = context;
    this.guard = guard;
    this.rows = Http2WireRows.of(context.wire, connection);
    this.encoder = new HpackEncoder(context.workspace, context.http2.headerTableBytes());
  }

  /** What listens to the wire; null for nothing. */
  @Nullable Http2WireRows rows() {
    return rows;
  }

  // ---- what the client allows

  /** The client's SETTINGS have changed. */
  void peerSettings(Settings peer) {
    encoder.peerTableSize(peer.get(Setting.HEADER_TABLE_SIZE));
    maxFrameBytes = Math.min(MAX_DATA_BYTES, peer.getInt(Setting.MAX_FRAME_SIZE));
  }

  /** The client gives credit for the whole connection. */
  void grow(int increment) {
    window.grow(increment);
    if (!ready.isEmpty()) {
      connection.flushSoon();
    }
  }

  /** Whether a stream with bytes can send none for want of credit. */
  boolean waitsForCredit(Http2Stream stream) {
    return stream.send.available() <= 0 || window.available() <= 0;
  }

  // ---- control frames

  void settings(Settings settings) {
    frames().settings(settings);
    writeControl();
  }

  void settingsAck() {
    frames().settingsAck();
    writeControl();
  }

  void ping(long opaque, boolean ack) {
    frames().ping(opaque, ack);
    writeControl();
  }

  void goAway(int lastStreamId, ErrorCode code, String debug) {
    frames().goAway(lastStreamId, code, debug);
    writeControl();
  }

  void windowUpdate(int streamId, int increment) {
    frames().windowUpdate(streamId, increment);
    writeControl();
  }

  void rstStream(int streamId, ErrorCode code) {
    frames().rstStream(streamId, code);
    writeControl();
  }

  private FrameWriter frames() {
    context.frames.clear();
    return context.frames;
  }

  private void writeControl() {
    controlFrames++;
    write();
  }

  private void write() {
    if (rows != null) {
      rows.sent(context.frames);
    }
    connection.write(context.frames.bytes(), 0, context.frames.length());
  }

  /** Control frames that wait for a client which has not taken those of earlier turns. */
  int unsentControlFrames() {
    return unsentControlFrames == 0 ? 0 : unsentControlFrames + controlFrames;
  }

  private void markControlFrames() {
    int count = controlFrames;
    controlFrames = 0;
    unsentControlFrames += count;
    connection.whenFlushed(
        () -> {
          unsentControlFrames -= count;
          connection.resumeInput();
        });
  }

  // ---- heads

  void inform(Http2Stream stream, int status, HeaderSource fields) {
    stream.requireActive();
    context.responses.encodeInformational(encoder, status, fields, context.block);
    stream.on(StreamEvent.HEADERS_SENT);
    log(stream.id, status, fields);
    writeHead(stream.id, false);
  }

  private void log(int streamId, int status, HeaderSource fields) {
    if (rows != null) {
      rows.response(streamId, Integer.toString(status), fields);
    }
  }

  /** Writes the head of a response, with the end of the stream where no body can follow. */
  long respond(
      Http2Stream stream, RequestHead head, int status, HeaderSource fields, long contentLength) {
    stream.requireActive();
    long length =
        context.responses.encode(encoder, head, status, fields, contentLength, context.block);
    boolean end = length <= 0 && length != Exchange.UNKNOWN_LENGTH;
    stream.on(StreamEvent.headersSent(end));
    log(stream.id, status, fields);
    writeHead(stream.id, end);
    if (end) {
      stream.endWritten();
    }
    return length;
  }

  /** Writes the head behind which the bytes of the stream belong to another protocol. */
  void respondSwitch(Http2Stream stream, HeaderSource fields) {
    stream.requireActive();
    context.responses.encodeSwitch(encoder, 200, fields, context.block);
    stream.on(StreamEvent.HEADERS_SENT);
    log(stream.id, 200, fields);
    writeHead(stream.id, false);
  }

  /**
   * Answers a request in place of its exchange. No stream need wait until that has left, so it
   * counts as a control frame.
   */
  void refuse(int streamId, int status) {
    context.responses.encodeError(encoder, status, context.block);
    controlFrames++;
    log(streamId, status, HeaderSource.NONE);
    writeHead(streamId, true);
  }

  private void writeHead(int streamId, boolean end) {
    HpackOutput block = context.block;
    frames().headers(streamId, block.bytes(), 0, block.length(), end, maxFrameBytes);
    write();
  }

  // ---- bodies

  /** A stream has bytes, or credit, that it had not before. */
  void offer(Http2Stream stream) {
    queued += stream.queue.heldChange();
    if (stream.queue.available(1) > 0) {
      if (stream.send.available() > 0) {
        ready.add(stream);
        connection.flushSoon();
        if (window.available() <= 0) {
          stream.blocked();
        }
      } else {
        stream.blocked();
      }
    }
  }

  /** Ends a response: behind what waits of it, or at once. */
  void end(Http2Stream stream, HeaderSource fields) {
    if (!stream.isEnded()) {
      stream.ending(Trailers.of(fields));
      if (stream.queue.isEmpty()) {
        writeEnd(stream);
      }
    }
  }

  private void writeEnd(Http2Stream stream) {
    Trailers trailers = stream.trailers();
    if (trailers == null) {
      stream.on(StreamEvent.DATA_END_STREAM_SENT);
      frames().dataHeader(stream.id, 0, true);
      write();
    } else {
      encoder.begin();
      trailers.writeTo(encoder::field);
      context.block.clear();
      encoder.finish(context.block);
      stream.on(StreamEvent.HEADERS_END_STREAM_SENT);
      if (rows != null) {
        rows.response(stream.id, "", trailers);
      }
      writeHead(stream.id, true);
    }
    stream.endWritten();
  }

  /** Breaks a response off behind what waits of it, so that the client notices. */
  void breakOff(Http2Stream stream, ErrorCode code) {
    if (stream.isEnded()) {
      stream.drop(); // nothing is left to be cut
      stream.owner.ends.endSoon(stream);
    } else if (stream.state().isActive()) {
      stream.breaking(code);
      if (stream.queue.isEmpty()) {
        stream.owner.ends.brokenOff(stream, code);
      }
    }
  }

  /** The stream has ended: what waits of it is dropped. */
  void forget(Http2Stream stream) {
    ready.remove(stream);
    stream.queue.drop(connection);
    queued += stream.queue.heldChange();
  }

  /** Whether bytes of responses wait here, perhaps for credit. */
  boolean holdsBodies() {
    return queued > 0;
  }

  /** Whether a stream with so many bytes in its queue may be given more. */
  boolean mayQueue(long own) {
    return own < context.highWatermark && (own < MAX_DATA_BYTES || queued < MAX_QUEUED_BYTES);
  }

  /** As {@link #mayQueue}, once it was found not to be. */
  boolean mayQueueAgain(long own) {
    return own <= context.lowWatermark && mayQueue(own);
  }

  /** Frames what may be sent now; a flush follows. */
  void fill() {
    if (!bodiesWait) {
      frameBodies();
    }
    if (window.available() <= 0) {
      ready.each(Http2Stream::blocked);
    }
    if (controlFrames > 0) {
      markControlFrames();
    }
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
      fillAfterFlush(); // else the connection says when it is writable
    }
  }

  /** Sees to it that there is another {@link #fill} when what was framed has left. */
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

  /** Writes a DATA frame, and what follows from its being the last one; its size. */
  private int frame(Http2Stream stream) {
    StreamQueue queue = stream.queue;
    int most = Math.min(maxFrameBytes, Math.min(window.available(), stream.send.available()));
    int size = queue.available(most);
    boolean last = stream.isEnding() && stream.trailers() == null && size == queue.bytes();
    stream.on(StreamEvent.dataSent(last));
    frames().dataHeader(stream.id, size, last);
    write();
    queue.write(connection, size, afterFrame);
    queued += queue.heldChange();
    window.sent(size);
    stream.send.sent(size);
    guard.data();
    stream.progressed();
    queue.passMarks(connection);
    if (queue.isEmpty()) {
      ready.remove(stream);
      emptied(stream, last);
    } else if (stream.send.available() <= 0 || queue.available(1) == 0) {
      ready.remove(stream);
      if (stream.send.available() <= 0) {
        stream.blocked();
      }
    } else {
      ready.sent(stream);
    }
    runAfterFrame(stream);
    return size;
  }

  private void emptied(Http2Stream stream, boolean last) {
    ErrorCode breaking = stream.breaking();
    if (last) {
      stream.endWritten();
    } else if (breaking != null) {
      stream.owner.ends.brokenOff(stream, breaking);
    } else if (stream.isEnding()) {
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
