package io.kqueueserver.server.h2;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.h2.StreamEvent;
import io.kqueueserver.http.h2.hpack.HpackEncoder;
import io.kqueueserver.http.h2.hpack.HpackOutput;
import org.jspecify.annotations.Nullable;

/**
 * Field sections of one connection: heads of responses and trailers. Each is encoded and written at
 * once, since the dynamic table of HPACK follows the order of the wire. Where that fails, for want
 * of memory, the client could read no further head: the connection is reset. The loop's thread
 * only.
 */
final class HeadOutput {
  private final Http2Context context;
  private final FrameSender frames;
  private final HpackEncoder encoder;

  /** The rows of the wire log; null if the log is off. */
  private final @Nullable Http2WireRows rows;

  /** Whether a block was encoded that is not written yet. */
  private boolean ahead;

  private int maxFrameBytes = Http2Output.MAX_DATA_BYTES;

  HeadOutput(Http2Context context, FrameSender frames) {
    this.context = context;
    this.frames = frames;
    this.rows = frames.rows();
    this.encoder = new HpackEncoder(context.workspace, context.http2.headerTableBytes());
  }

  /** The client has set the size of its table. */
  void peerTableSize(long octets) {
    encoder.peerTableSize(octets);
  }

  /** The client's SETTINGS have changed. */
  void maxFrameBytes(int most) {
    maxFrameBytes = most;
  }

  /** Writes the head of an interim response. */
  void inform(Http2Stream stream, int status, HeaderSource fields) {
    stream.requireActive();
    try {
      context.responses.encodeInformational(encoder, status, fields, context.block);
      ahead = true;
      stream.on(StreamEvent.HEADERS_SENT);
      log(stream.id, status, fields);
      write(stream.id, false);
    } finally {
      resetIfAhead();
    }
  }

  /** Writes the head of a response, with END_STREAM if no body can follow. */
  long respond(
      Http2Stream stream, RequestHead head, int status, HeaderSource fields, long contentLength) {
    stream.requireActive();
    try {
      long length =
          context.responses.encode(encoder, head, status, fields, contentLength, context.block);
      ahead = true;
      boolean end = length <= 0 && length != Exchange.UNKNOWN_LENGTH;
      stream.on(StreamEvent.headersSent(end));
      log(stream.id, status, fields);
      write(stream.id, end);
      if (end) {
        stream.end.written();
      }
      return length;
    } finally {
      resetIfAhead();
    }
  }

  /** Writes the head after which the bytes of the stream belong to another protocol. */
  void respondSwitch(Http2Stream stream, HeaderSource fields) {
    stream.requireActive();
    try {
      context.responses.encodeSwitch(encoder, 200, fields, context.block);
      ahead = true;
      stream.on(StreamEvent.HEADERS_SENT);
      log(stream.id, 200, fields);
      write(stream.id, false);
    } finally {
      resetIfAhead();
    }
  }

  /**
   * Answers a request in place of its exchange. No stream waits until the answer has left, so the
   * answer counts as a control frame.
   */
  void refuse(int streamId, int status) {
    try {
      context.responses.encodeError(encoder, status, context.block);
      ahead = true;
      log(streamId, status, HeaderSource.NONE);
      compose(streamId, true);
      frames.sendControl();
      ahead = false;
    } finally {
      resetIfAhead();
    }
  }

  /** Writes the trailers of a response, which end its stream. */
  void trailers(Http2Stream stream, Trailers trailers) {
    try {
      encoder.begin();
      trailers.writeTo(encoder::field);
      context.block.clear();
      encoder.finish(context.block);
      ahead = true;
      stream.on(StreamEvent.HEADERS_END_STREAM_SENT);
      if (rows != null) {
        rows.response(stream.id, "", trailers);
      }
      write(stream.id, true);
    } finally {
      resetIfAhead();
    }
  }

  private void log(int streamId, int status, HeaderSource fields) {
    if (rows != null) {
      rows.response(streamId, Integer.toString(status), fields);
    }
  }

  private void write(int streamId, boolean end) {
    compose(streamId, end);
    frames.send();
    ahead = false;
  }

  /** Whoever encodes has failed between the table of the encoder and the wire. */
  private void resetIfAhead() {
    if (ahead || encoder.isBroken()) {
      frames.reset();
    }
  }

  private void compose(int streamId, boolean end) {
    HpackOutput block = context.block;
    frames.begin().headers(streamId, block.bytes(), 0, block.length(), end, maxFrameBytes);
  }
}
