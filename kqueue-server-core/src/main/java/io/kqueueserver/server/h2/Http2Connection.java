package io.kqueueserver.server.h2;

import io.kqueueserver.http.Headers;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FloodGuard;
import io.kqueueserver.http.h2.FrameParser;
import io.kqueueserver.http.h2.Http2Exception;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.http.h2.Preface;
import io.kqueueserver.http.h2.Setting;
import io.kqueueserver.http.h2.Settings;
import io.kqueueserver.http.h2.StreamState;
import io.kqueueserver.http.h2.hpack.HpackException;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.Connection.Linger;
import io.kqueueserver.net.ConnectionHandler;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.CurrentRequest;
import io.kqueueserver.stats.Limit;
import io.kqueueserver.stats.WireProtocol;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/2 on one connection (RFC 9113): input, SETTINGS of both sides, time, and the end. {@link
 * Http2Frames} knows what a frame does, {@link Http2Streams} the streams, {@link Http2Output} what
 * is sent, {@link StreamEnds} how a stream ends early, {@link Departure} how the connection ends in
 * good order. A connection error is answered by GOAWAY, and closes behind what was written. The
 * loop's thread only.
 */
final class Http2Connection implements ConnectionHandler {
  /** Streams that one turn begins: the rest of a read waits, so that other connections get on. */
  private static final int STREAMS_PER_TURN = 32;

  final Connection connection;
  final Http2Context context;
  final Http2Output output;
  final Http2Streams streams;
  final StreamEnds ends;
  final Departure departure;

  private final Preface preface = new Preface();
  private final FloodGuard guard;
  private final Http2Frames frames;
  private final FrameParser parser;
  private final Http2Times times;
  private final Settings announced = new Settings();

  private boolean prefaceSeen;
  private int requests;
  private long keptBytes;

  /** What one read brought behind the last stream of a turn; nothing is read while it waits. */
  private @Nullable ByteBuffer stash;

  private long turn;
  private int streamsOfTurn;

  Http2Connection(Connection connection, Http2Context context) {
    this.connection = connection;
    this.context = context;
    this.guard = new FloodGuard(context.http2.defences(), context.loop.now());
    this.output = new Http2Output(connection, context, guard);
    this.streams = new Http2Streams(context, output);
    this.ends = new StreamEnds(this);
    this.departure = new Departure(this);
    this.frames = new Http2Frames(this, guard);
    this.parser =
        new FrameParser(
            frames, context.limits.maxHeaderBytes(), context.http2.defences().maxContinuations());
    this.times = new Http2Times(this, frames, parser);
    connection.protocol(WireProtocol.HTTP_2);
    announce();
    if (!TlsSuites.areAdequate(connection.endpoint().tlsSession())) {
      fail(Http2Exception.connection(ErrorCode.INADEQUATE_SECURITY, "TLS 1.2 with a weak suite"));
    }
    times.arm();
  }

  /**
   * Takes over a connection behind an HTTP/1.1 request, which becomes stream 1 (RFC 7540 3.2).
   *
   * @param settings what its HTTP2-Settings field says
   */
  void upgraded(RequestHead head, ByteBuffer settings) {
    while (settings.remaining() >= H2cUpgrade.SETTING_BYTES) {
      frames.setting(settings.getShort() & 0xffff, settings.getInt() & 0xffffffffL);
    }
    frames.peerSettingsBegin();
    output.bodiesWait = true; // curl has no room for more than 32 KiB behind the 101
    streams.opens(1);
    begin(1, head, true);
  }

  private void announce() {
    Http2Options options = context.http2;
    long fields = context.limits.maxHeaderBytes() + 32L * context.limits.maxHeaderCount();
    announced
        .set(Setting.HEADER_TABLE_SIZE, options.headerTableBytes())
        .set(Setting.MAX_CONCURRENT_STREAMS, options.maxConcurrentStreams())
        .set(Setting.INITIAL_WINDOW_SIZE, options.streamWindowBytes())
        .set(Setting.MAX_HEADER_LIST_SIZE, fields)
        .set(Setting.ENABLE_CONNECT_PROTOCOL, options.connectProtocol() ? 1 : 0)
        .set(Setting.NO_RFC7540_PRIORITIES, 1);
    output.settings(announced);
    announced.announced();
    if (streams.firstCredit() > 0) {
      output.windowUpdate(0, streams.firstCredit());
    }
  }

  long now() {
    return context.loop.now();
  }

  // ---- input

  @Override
  public boolean wantsInput() {
    return stash == null && !guard.pausesReading(output.unsentControlFrames());
  }

  @Override
  public boolean needsInput() {
    return output.holdsBodies();
  }

  @Override
  public int readSize() {
    return Integer.MAX_VALUE; // what comes is consumed
  }

  @Override
  public void onInput(ByteBuffer in) {
    if (prefaceSeen || takesPreface(in)) {
      parse(in);
    }
    if (in.hasRemaining() && connection.isOpen()) {
      stash = ByteBuffer.allocate(in.remaining()).put(in).flip();
      context.loop.nextTurn(() -> guarded(this::goOn));
    }
    in.position(in.limit());
    account();
    times.arm();
  }

  /** Goes on with what the last turn has left. */
  private void goOn() {
    ByteBuffer waiting = stash;
    if (waiting == null) {
      return;
    }
    parse(waiting);
    if (waiting.hasRemaining() && connection.isOpen()) {
      context.loop.nextTurn(() -> guarded(this::goOn));
    } else {
      stash = null;
      connection.resumeInput();
    }
    account();
    times.arm();
  }

  private boolean takesPreface(ByteBuffer in) {
    switch (preface.take(in)) {
      case MATCH -> {
        prefaceSeen = true;
        output.bodiesWait = false;
      }
      case NEED_MORE -> {}
      case NO -> fail(Http2Exception.connection(ErrorCode.PROTOCOL_ERROR, "no preface of HTTP/2"));
    }
    return prefaceSeen;
  }

  private void parse(ByteBuffer in) {
    while (connection.isOpen()) {
      try {
        parser.parse(in);
        return;
      } catch (Http2Exception e) {
        if (e.isConnectionError() || !endsStream(e)) {
          failUnlessClosed(e);
          return;
        }
      } catch (HpackException e) {
        fail(
            Http2Exception.connection(ErrorCode.COMPRESSION_ERROR, String.valueOf(e.getMessage())));
        return;
      }
    }
  }

  /** Resets the stream at fault; false if there were too many. */
  private boolean endsStream(Http2Exception error) {
    ends.atFault(error);
    try {
      guard.reset(now());
      return true;
    } catch (Http2Exception tooMany) {
      fail(tooMany);
      return false;
    }
  }

  private void failUnlessClosed(Http2Exception error) {
    if (connection.isOpen()) {
      fail(error);
    }
  }

  /** The client has broken the protocol, or crossed a limit of the connection. */
  private void fail(Http2Exception error) {
    Limit limit = error.limit();
    if (limit != null) {
      context.loop.stats().limitHit(limit);
    }
    output.goAway(streams.highest(), error.code(), String.valueOf(error.getMessage()));
    close(limit == null ? CloseReason.PROTOCOL_ERROR : CloseReason.LIMIT, Linger.YES);
  }

  private void close(CloseReason reason, Linger linger) {
    connection.closeAfterFlush(reason, linger);
    ends.unfinished(reason);
  }

  /** So many bytes of requests more, or fewer, wait for a demand. */
  void keeps(int change) {
    keptBytes += change;
    account();
  }

  private void account() {
    ByteBuffer waiting = stash;
    int stashed = waiting == null ? 0 : waiting.capacity();
    connection.holdsInput(keptBytes + frames.heldBytes() + stashed);
  }

  // ---- streams

  /** Whether a stream that the client opens is served at all. */
  boolean takesStream(int id) {
    return departure.serves(id) && connection.isOpen();
  }

  /** A request head is complete. */
  void begin(int id, RequestHead head, boolean endStream) {
    requests++;
    connection.stats().requests++;
    context.loop.stats().requests++;
    StreamState state = endStream ? StreamState.HALF_CLOSED_REMOTE : StreamState.OPEN;
    Http2Stream stream = new Http2Stream(id, state, this, head, streams.sendWindow());
    streams.add(stream);
    if (stream.input == null || !stream.input.hasBody()) {
      stream.core.requestEnded(Headers.EMPTY); // the bytes of a tunnel are no part of it
    }
    if (endStream && stream.tunnel != null) {
      stream.tunnel.inputEnded();
    }
    int most = context.limits.maxKeepAliveRequests();
    if (most >= 0 && requests == most) {
      context.loop.stats().limitHit(Limit.KEEP_ALIVE_REQUESTS);
      departure.leave(CloseReason.RESPONSE_END, "max-keep-alive-requests");
    }
    pauseIfBusy();
    stream.core.handle();
  }

  /** After so many streams the rest of the read waits for the next turn. */
  private void pauseIfBusy() {
    long now = now();
    streamsOfTurn = now == turn ? streamsOfTurn + 1 : 1;
    turn = now;
    if (streamsOfTurn >= STREAMS_PER_TURN) {
      streamsOfTurn = 0;
      parser.pause();
    }
  }

  /** A stream is known no more. */
  void removed() {
    if (streams.isEmpty()) {
      departure.closeIfDone();
      times.arm();
    }
  }

  void settingsAcknowledged() {
    announced.acknowledged();
    streams.settingsAcknowledged();
    frames.tableSizeAcknowledged(context.http2.headerTableBytes());
  }

  /** Runs work outside of an event: what it throws costs this connection and no other. */
  void guarded(Runnable work) {
    if (connection.isOpen()) {
      try {
        work.run();
        connection.flushSoon();
      } catch (RuntimeException | Error e) {
        connection.reset(CloseReason.SERVER_ERROR);
        throw e;
      }
    }
  }

  // ---- output

  @Override
  public void beforeFlush() {
    output.fill();
    if (streams.tellWritable()) {
      output.fill(); // what they have written
      if (streams.hasWritable()) {
        output.fillAfterFlush(); // each is notified once at a time: others get a turn
      }
    }
    ends.endTurn();
  }

  @Override
  public void onWritable() {
    connection.flushSoon();
  }

  // ---- the end

  @Override
  public void onDeadline() {
    times.onDeadline();
  }

  /** Whether further requests on this connection are not wanted. */
  boolean isGoingAway() {
    return departure.hasBegun();
  }

  @Override
  public void onDrain() {
    departure.warn();
    for (Http2Stream stream : streams.all()) {
      if (stream.tunnel != null) {
        stream.tunnel.drain();
      }
    }
    times.arm();
  }

  void pingAcknowledged(long opaque) {
    departure.pingAcknowledged(opaque);
  }

  /** The connection has waited too long for its client. */
  void goAway(CloseReason reason, ErrorCode code, String debug) {
    output.goAway(streams.highest(), code, debug);
    close(reason, Linger.NO);
  }

  @Override
  public void onInputEnd() {
    if (context.allowHalfClose) {
      departure.inputEnded();
    } else {
      onInputTruncated();
    }
  }

  /** What was answered still leaves: FIN may mean only the client's own side. */
  @Override
  public void onInputTruncated() {
    output.fill();
    close(streams.areAnswered() ? CloseReason.PEER_CLOSED : CloseReason.PEER_GONE, Linger.NO);
  }

  @Override
  public void onPeerClosed() {
    if (!context.allowHalfClose && stash == null) {
      close(CloseReason.PEER_GONE, Linger.NO);
    }
  }

  @Override
  public void onStop() {
    for (Http2Stream stream : streams.all()) {
      ends.stopped(stream);
    }
    departure.leave(CloseReason.STOP, "the server is stopping");
    output.fill();
  }

  @Override
  public void onClosed(CloseReason reason) {
    stash = null;
    ends.lost(reason);
  }

  @Override
  public void eachRequest(Consumer<? super CurrentRequest> observer) {
    streams.each(observer);
  }
}
