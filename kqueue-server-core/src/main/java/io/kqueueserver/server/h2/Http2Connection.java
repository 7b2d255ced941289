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
import io.kqueueserver.loop.Deadline;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.Connection.Linger;
import io.kqueueserver.net.ConnectionHandler;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.CurrentRequest;
import io.kqueueserver.stats.Limit;
import io.kqueueserver.stats.WireProtocol;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * HTTP/2 on one connection (RFC 9113): input, SETTINGS of both sides, time, and the end. {@link
 * Http2Frames} knows what a frame does, {@link Http2Streams} the streams, {@link Http2Output} what
 * is sent, {@link StreamEnds} how a stream ends early. The loop's thread only.
 *
 * <pre>
 *   PREFACE --SETTINGS--> OPEN --drain--> WARNED --PING ack, 1 s--> LEAVING --last stream--> closed
 *   any --connection error--> GOAWAY, closed behind what was written
 * </pre>
 */
final class Http2Connection implements ConnectionHandler {
  /** What a client may open before it has seen GOAWAY gets served (RFC 9113 6.8). */
  private static final long WARNING_NANOS = 1_000_000_000L;

  private static final long DRAIN_PING = 0x6b71_6472_6169_6eL;

  final Connection connection;
  final Http2Context context;
  final Http2Output output;
  final Http2Streams streams;
  final StreamEnds ends;

  private final Preface preface = new Preface();
  private final FloodGuard guard;
  private final Http2Frames frames;
  private final FrameParser parser;
  private final Settings announced = new Settings();

  private boolean prefaceSeen;
  private int sendWindow;
  private int requests;
  private long keptBytes;

  /** When the first byte of an incomplete field block came. */
  private long blockStarted = Deadline.NEVER;

  private final long opened;

  /** When the last GOAWAY of a drain follows the first; NEVER outside of that time. */
  private long leavesAt = Deadline.NEVER;

  private boolean warned;

  /** The highest stream that is served, once it was announced. */
  private int lastStream = Integer.MAX_VALUE;

  private CloseReason closesFor = CloseReason.DRAIN;

  Http2Connection(Connection connection, Http2Context context) {
    this.connection = connection;
    this.context = context;
    this.opened = context.loop.now();
    this.guard = new FloodGuard(context.http2.defences(), opened);
    this.output = new Http2Output(connection, context, guard);
    this.streams = new Http2Streams(context, output);
    this.ends = new StreamEnds(this);
    this.frames = new Http2Frames(this, guard);
    this.parser =
        new FrameParser(
            frames, context.limits.maxHeaderBytes(), context.http2.defences().maxContinuations());
    this.sendWindow = (int) Setting.INITIAL_WINDOW_SIZE.initial();
    connection.protocol(WireProtocol.HTTP_2);
    announce();
    armDeadline();
  }

  private void announce() {
    Http2Options options = context.http2;
    long fields = context.limits.maxHeaderBytes() + 32L * context.limits.maxHeaderCount();
    announced
        .set(Setting.HEADER_TABLE_SIZE, options.headerTableBytes())
        .set(Setting.MAX_CONCURRENT_STREAMS, options.maxConcurrentStreams())
        .set(Setting.INITIAL_WINDOW_SIZE, options.streamWindowBytes())
        .set(Setting.MAX_HEADER_LIST_SIZE, fields)
        .set(Setting.ENABLE_CONNECT_PROTOCOL, context.connectProtocol ? 1 : 0)
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
    return !guard.pausesReading(output.unsentControlFrames());
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
    in.position(in.limit());
    account();
    armDeadline();
  }

  private boolean takesPreface(ByteBuffer in) {
    switch (preface.take(in)) {
      case MATCH -> prefaceSeen = true;
      case NEED_MORE -> {}
      case NO ->
          fail(Http2Exception.connection(ErrorCode.PROTOCOL_ERROR, "no preface of HTTP/2"));
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
        fail(Http2Exception.connection(ErrorCode.COMPRESSION_ERROR, String.valueOf(e.getMessage())));
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
    ends.lost(reason);
  }

  /** So many bytes of requests more, or fewer, wait for a demand. */
  void keeps(int change) {
    keptBytes += change;
    account();
  }

  private void account() {
    connection.holdsInput(keptBytes + frames.heldBytes());
  }

  // ---- streams

  /** Whether a stream that the client opens is served at all. */
  boolean takesStream(int id) {
    return id <= lastStream && connection.isOpen();
  }

  /** A request head is complete. */
  void begin(int id, RequestHead head, boolean endStream) {
    requests++;
    connection.stats().requests++;
    context.loop.stats().requests++;
    StreamState state = endStream ? StreamState.HALF_CLOSED_REMOTE : StreamState.OPEN;
    Http2Stream stream = new Http2Stream(id, state, this, head, sendWindow);
    streams.add(stream);
    if (endStream || stream.body == null) {
      stream.requestEnded(Headers.EMPTY);
    }
    int most = context.limits.maxKeepAliveRequests();
    if (most >= 0 && requests >= most && lastStream == Integer.MAX_VALUE) {
      context.loop.stats().limitHit(Limit.KEEP_ALIVE_REQUESTS);
      closesFor = CloseReason.RESPONSE_END;
      leave();
    }
    stream.core.handle();
  }

  /** A stream is known no more. */
  void removed() {
    if (streams.isEmpty()) {
      closeIfDone();
      armDeadline();
    }
  }

  /** The client has changed the window that streams begin with. */
  void initialWindow(Settings peer, long change) {
    sendWindow = peer.getInt(Setting.INITIAL_WINDOW_SIZE);
    for (Http2Stream stream : streams.all()) {
      stream.send.adjust(change);
      output.offer(stream);
    }
  }

  void settingsAcknowledged() {
    announced.acknowledged();
    streams.settingsAcknowledged();
    frames.tableSizeAcknowledged(context.http2.headerTableBytes());
  }

  /** Runs what a timer of a stream does: its failure costs this connection and no other. */
  void guarded(Runnable work) {
    if (connection.isOpen()) {
      work.run();
      connection.flushSoon();
    }
  }

  // ---- output

  @Override
  public void beforeFlush() {
    ends.resetAnswered();
    output.fill();
    streams.tellWritable();
  }

  @Override
  public void onWritable() {
    connection.flushSoon();
  }

  // ---- time

  private void armDeadline() {
    if (!connection.isOpen()) {
      return;
    }
    long due = leavesAt;
    if (!frames.settingsSeen()) {
      due = Math.min(due, opened + context.headerTimeoutNanos);
    } else if (parser.isInFieldBlock()) {
      if (blockStarted == Deadline.NEVER) {
        blockStarted = now();
      }
      due = Math.min(due, blockStarted + context.headerTimeoutNanos);
    } else {
      blockStarted = Deadline.NEVER;
      if (streams.isEmpty()) {
        due = Math.min(due, quietSince() + context.idleTimeoutNanos);
      }
    }
    connection.deadline(due);
  }

  /** No client is silent while responses are on their way: the write timeout watches over those. */
  private long quietSince() {
    return connection.pendingBytes() > 0 ? now() : connection.stats().lastActiveNanos;
  }

  @Override
  public void onDeadline() {
    long now = now();
    if (leavesAt - now <= 0 && leavesAt != Deadline.NEVER) {
      leave();
    }
    if (!connection.isOpen()) {
      return;
    }
    if (!frames.settingsSeen()) {
      if (opened + context.headerTimeoutNanos - now <= 0) {
        goAway(CloseReason.HEADER_TIMEOUT, ErrorCode.SETTINGS_TIMEOUT, "no SETTINGS in time");
        return;
      }
    } else if (blockStarted != Deadline.NEVER) {
      if (blockStarted + context.headerTimeoutNanos - now <= 0) {
        goAway(
            CloseReason.HEADER_TIMEOUT,
            ErrorCode.ENHANCE_YOUR_CALM,
            "a field block was not complete in time (" + Limit.HEADER_TIMEOUT.property() + ")");
        return;
      }
    } else if (streams.isEmpty() && quietSince() + context.idleTimeoutNanos - now <= 0) {
      goAway(CloseReason.IDLE_TIMEOUT, ErrorCode.NO_ERROR, "idle");
      return;
    }
    armDeadline();
  }

  private void goAway(CloseReason reason, ErrorCode code, String debug) {
    output.goAway(streams.highest(), code, debug);
    close(reason, Linger.NO);
  }

  // ---- the end

  /** Whether further requests on this connection are not wanted. */
  boolean isGoingAway() {
    return warned || lastStream != Integer.MAX_VALUE;
  }

  @Override
  public void onDrain() {
    if (isGoingAway()) {
      return;
    }
    warned = true;
    output.goAway(Integer.MAX_VALUE, ErrorCode.NO_ERROR, "the server is draining");
    output.ping(DRAIN_PING, false);
    leavesAt = now() + WARNING_NANOS;
    armDeadline();
  }

  void pingAcknowledged(long opaque) {
    if (opaque == DRAIN_PING && leavesAt != Deadline.NEVER) {
      leave();
    }
  }

  /** Announces the last stream that is served, and closes behind it. */
  private void leave() {
    leavesAt = Deadline.NEVER;
    if (lastStream == Integer.MAX_VALUE) {
      lastStream = streams.highest();
      output.goAway(lastStream, ErrorCode.NO_ERROR, "");
      closeIfDone();
    }
  }

  private void closeIfDone() {
    if (streams.isEmpty() && lastStream != Integer.MAX_VALUE && connection.isOpen()) {
      connection.closeAfterFlush(closesFor, Linger.YES);
    }
  }

  /** The client opens no stream any more, and closes the connection when it likes. */
  void peerGoesAway() {}

  @Override
  public void onInputEnd() {
    if (streams.isEmpty()) {
      close(CloseReason.PEER_CLOSED, Linger.NO);
    } else if (context.allowHalfClose) {
      lastStream = streams.highest();
      closesFor = CloseReason.PEER_CLOSED;
    } else {
      close(CloseReason.PEER_GONE, Linger.NO);
    }
  }

  @Override
  public void onInputTruncated() {
    close(streams.isEmpty() ? CloseReason.PEER_CLOSED : CloseReason.PEER_GONE, Linger.NO);
  }

  @Override
  public void onPeerClosed() {
    if (!context.allowHalfClose) {
      close(CloseReason.PEER_GONE, Linger.NO);
    }
  }

  @Override
  public void onStop() {
    for (Http2Stream stream : streams.all()) {
      ends.stopped(stream);
    }
    if (lastStream == Integer.MAX_VALUE) {
      output.goAway(streams.highest(), ErrorCode.NO_ERROR, "the server is stopping");
    }
    output.fill();
  }

  @Override
  public void onClosed(CloseReason reason) {
    ends.lost(reason);
  }

  @Override
  public void eachRequest(Consumer<? super CurrentRequest> observer) {
    streams.each(observer);
  }
}
