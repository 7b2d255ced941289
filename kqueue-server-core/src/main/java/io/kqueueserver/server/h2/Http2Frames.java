package io.kqueueserver.server.h2;

import io.kqueueserver.http.Headers;
import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FloodGuard;
import io.kqueueserver.http.h2.FrameFlags;
import io.kqueueserver.http.h2.FrameSink;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.Http2Exception;
import io.kqueueserver.http.h2.Http2RequestHead;
import io.kqueueserver.http.h2.Priority;
import io.kqueueserver.http.h2.RequestFields;
import io.kqueueserver.http.h2.RequestTrailers;
import io.kqueueserver.http.h2.Setting;
import io.kqueueserver.http.h2.Settings;
import io.kqueueserver.http.h2.StreamEvent;
import io.kqueueserver.http.h2.StreamState;
import io.kqueueserver.http.h2.StreamState.Action;
import io.kqueueserver.http.h2.StreamState.Transition;
import io.kqueueserver.http.h2.hpack.HpackDecoder;
import io.kqueueserver.stats.Http2Stats;
import io.kqueueserver.stats.Http2Stats.By;
import io.kqueueserver.stats.Limit;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Applies each frame of a client to its connection or its stream. All field blocks are decoded,
 * even those of streams that are not served, because the table of HPACK belongs to the connection.
 * The loop's thread only.
 */
final class Http2Frames implements FrameSink {
  /** The role of a field block in its stream. */
  private enum Block {
    HEAD,
    TRAILERS,
    DISCARDED
  }

  private final Http2Connection connection;
  private final Http2Streams streams;
  private final Http2Output output;
  private final StreamEnds ends;
  private final @Nullable Http2WireRows rows;
  private final FloodGuard guard;
  private final Http2Stats stats;
  private final HpackDecoder decoder;
  private final RequestFields request;
  private final RequestTrailers trailers = new RequestTrailers();
  private final Settings peer = new Settings();

  private boolean settingsSeen;
  private Block block = Block.DISCARDED;
  private int dependency;

  /** The error of a stream whose block must be decoded first. */
  private @Nullable Http2Exception deferred;

  Http2Frames(Http2Connection connection, FloodGuard guard) {
    this.connection = connection;
    this.streams = connection.streams;
    this.output = connection.output;
    this.ends = connection.ends;
    this.rows = connection.output.rows();
    this.guard = guard;
    Http2Context context = connection.context;
    this.stats = context.loop.stats().http2;
    this.decoder = new HpackDecoder(context.workspace, context.limits);
    this.request =
        new RequestFields(context.limits, context.strictTarget, context.http2.connectProtocol());
  }

  /** Whether the client has sent its SETTINGS. */
  boolean settingsSeen() {
    return settingsSeen;
  }

  /** Number of bytes that tables and incomplete fields hold. */
  int heldBytes() {
    return decoder.heldBytes();
  }

  @Override
  public void frame(int type, int flags, int streamId, int length) {
    stats.received(type);
    if (!settingsSeen) {
      // RFC 9113 3.4: the preface ends with SETTINGS.
      if (type != FrameType.SETTINGS.number() || (flags & FrameFlags.ACK) != 0) {
        throw Http2Exception.connection(ErrorCode.PROTOCOL_ERROR, "no SETTINGS behind the preface");
      }
      settingsSeen = true;
    }
    guard.frame(type, connection.now());
    guard.queuedControlFrames(output.unsentControlFrames());
  }

  // ---- heads

  @Override
  public void headers(int streamId, boolean endStream, int dependsOn) {
    dependency = dependsOn;
    deferred = null;
    StreamState state = streams.state(streamId);
    Transition cell = state.on(StreamEvent.headersReceived(endStream));
    block = Block.DISCARDED;
    switch (cell.action()) {
      case ACCEPT -> begin(streamId, state);
      case IGNORE, FORBIDDEN -> {}
      case STREAM_ERROR ->
          deferred =
              Http2Exception.stream(streamId, cell.code(), "HEADERS on a stream that is " + state);
      case CONNECTION_ERROR ->
          throw Http2Exception.connection(
              cell.code(), "HEADERS on stream " + streamId + ", which is " + state);
    }
    switch (block) {
      case HEAD -> {
        request.begin(streamId);
        decoder.beginHead(request);
      }
      case TRAILERS -> {
        trailers.begin(streamId);
        decoder.beginTrailers(trailers);
      }
      case DISCARDED -> decoder.beginDiscarded();
    }
  }

  private void begin(int streamId, StreamState state) {
    if (state != StreamState.IDLE) {
      block = Block.TRAILERS;
      Http2Stream stream = streams.get(streamId);
      if (stream != null && stream.tunnel != null) {
        block = Block.DISCARDED;
        deferred = // RFC 9113 8.5
            Http2Exception.stream(streamId, ErrorCode.PROTOCOL_ERROR, "HEADERS behind CONNECT");
      }
    } else if ((streamId & 1) == 0) {
      throw Http2Exception.connection(
          ErrorCode.PROTOCOL_ERROR, "stream " + streamId + " is not a client's");
    } else {
      streams.opens(streamId);
      if (connection.takesStream(streamId)) {
        block = Block.HEAD;
      } else {
        streams.ended(streamId, StreamState.RESET_LOCAL); // later frames are ignored
      }
    }
  }

  @Override
  public void headersPiece(ByteBuffer piece) {
    decoder.decode(piece);
  }

  @Override
  public void headersEnd(int streamId, boolean endStream) {
    HttpException refusal = decoder.end();
    Http2Exception error = deferred;
    if (error != null) {
      throw error;
    }
    if (block == Block.DISCARDED) {
      return;
    }
    if (dependency == streamId) {
      throw Http2Exception.selfDependency(streamId);
    }
    if (block == Block.TRAILERS) {
      trailers(streamId, endStream, refusal);
    } else {
      head(streamId, endStream, refusal);
    }
  }

  private void head(int streamId, boolean endStream, @Nullable HttpException refusal) {
    if (streams.places() >= connection.context.http2.maxConcurrentStreams()) {
      connection.context.loop.limitHit(Limit.HTTP2_STREAMS);
      throw Http2Exception.stream(
          streamId, ErrorCode.REFUSED_STREAM, "more than max-concurrent-streams");
    }
    try {
      if (refusal != null) {
        throw refusal;
      }
      Http2RequestHead head = request.end(endStream);
      if (rows != null) {
        rows.request(streamId, head);
      }
      connection.begin(streamId, head, endStream);
    } catch (HttpException e) {
      if (rows != null) {
        rows.refused(streamId, e.status());
      }
      ends.refuse(streamId, endStream, e);
    }
  }

  private void trailers(int streamId, boolean endStream, @Nullable HttpException refusal) {
    Http2Stream stream = streams.get(streamId);
    if (stream == null) {
      return;
    }
    if (refusal != null) {
      stream.on(StreamEvent.headersReceived(endStream));
      refuseBody(stream, refusal);
      return;
    }
    Headers fields = trailers.end(endStream);
    if (rows != null) {
      rows.trailers(streamId, fields);
    }
    stream.on(StreamEvent.headersReceived(endStream));
    stream.requestEnded(fields);
    streams.removeIfDone(stream);
  }

  /** Refuses a body. A response that breaks off by the client's fault counts as a reset. */
  private void refuseBody(Http2Stream stream, HttpException why) {
    if (!ends.refuseBody(stream, why)) {
      guard.reset(connection.now());
    }
  }

  // ---- bodies

  @Override
  public void data(int streamId, int length, int padding, boolean endStream) {
    guard.dataReceived(length, endStream);
    int size = length + padding;
    streams.received(size);
    boolean piecesFollow = false;
    try {
      accept(streamId, length, padding, endStream);
      piecesFollow = true;
    } finally {
      if (!piecesFollow) {
        streams.credit(size);
      }
    }
  }

  private void accept(int streamId, int length, int padding, boolean endStream) {
    StreamState state = streams.state(streamId);
    Transition cell = state.allow(StreamEvent.dataReceived(endStream), streamId);
    Http2Stream stream = streams.get(streamId);
    StreamInput input = stream == null ? null : stream.input;
    if (stream == null || input == null || cell.action() != Action.ACCEPT) {
      streams.credit(padding);
      return;
    }
    try {
      input.begin(length, length + padding, endStream);
    } catch (HttpException e) {
      refuseBody(stream, e); // the stream takes no pieces of the frame
    }
    input.consumed(padding);
  }

  @Override
  public void dataPiece(int streamId, ByteBuffer piece, boolean endStream) {
    Http2Stream stream = streams.get(streamId);
    StreamInput input = stream == null ? null : stream.input;
    if (stream == null || input == null || !stream.isReceiving()) {
      streams.credit(piece.remaining());
      return;
    }
    input.take(piece);
    if (endStream && stream.isReceiving()) {
      stream.on(StreamEvent.DATA_END_STREAM_RECEIVED);
      stream.requestEnded(Headers.EMPTY);
      streams.removeIfDone(stream);
    }
  }

  // ---- the rest

  @Override
  public void priority(int streamId, int dependsOn) {} // counted as a frame, and ignored

  @Override
  public void priorityUpdate(int streamId, Priority priority) {
    Http2Stream stream = streams.get(streamId);
    if (stream != null) {
      stream.priority(priority);
    }
  }

  @Override
  public void rstStream(int streamId, int code) {
    stats.reset(By.CLIENT, code);
    StreamState state = streams.state(streamId);
    Transition cell = state.allow(StreamEvent.RST_STREAM_RECEIVED, streamId);
    Http2Stream stream = streams.get(streamId);
    boolean unanswered = state == StreamState.OPEN || state == StreamState.HALF_CLOSED_REMOTE;
    if (stream != null) {
      stream.on(StreamEvent.RST_STREAM_RECEIVED);
      if (cell.action() == Action.ACCEPT) {
        ends.resetByPeer(stream, code);
      }
    } else if (cell.next() != state) {
      streams.ended(streamId, cell.next());
    }
    if (unanswered) {
      guard.reset(connection.now());
    } else if (cell.next() == state) {
      guard.resetOfEndedStream(connection.now());
    }
  }

  @Override
  public void setting(int identifier, long value) {
    peer.apply(identifier, value);
    if (identifier == Setting.HEADER_TABLE_SIZE.identifier()) {
      output.heads.peerTableSize(value); // the smallest on the way counts (RFC 7541 4.2)
    }
  }

  @Override
  public void settingsEnd() {
    peer.applied();
    applySettings();
    output.settingsAck();
  }

  @Override
  public void settingsAck() {
    connection.settingsAcknowledged();
  }

  /**
   * Applies the settings of the last frame, or of an upgrade, which is not acknowledged. A window
   * that one frame changes many times is changed once, since each change costs work per stream.
   */
  void applySettings() {
    streams.sendWindow(peer.getInt(Setting.INITIAL_WINDOW_SIZE));
    output.peerSettings(peer);
  }

  /** The client has acknowledged the server's SETTINGS. */
  void tableSizeAcknowledged(int octets) {
    decoder.acknowledgedTableSize(octets);
  }

  @Override
  public void ping(long opaque, boolean ack) {
    if (ack) {
      connection.pingAcknowledged(opaque);
    } else {
      output.ping(opaque, true);
    }
  }

  @Override
  public void goAway(int lastStreamId, int code) {
    stats.goAway(By.CLIENT, code);
    // The client will open no further stream, and will close the connection.
  }

  @Override
  public void windowUpdate(int streamId, int increment) {
    if (streamId == 0) {
      output.grow(increment);
      return;
    }
    StreamState state = streams.state(streamId);
    state.allow(StreamEvent.WINDOW_UPDATE_RECEIVED, streamId);
    Http2Stream stream = streams.get(streamId);
    if (stream != null) {
      stream.send.grow(increment);
      output.offer(stream);
    }
  }
}
