package io.kqueueserver.server.h2;

import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FloodGuard;
import io.kqueueserver.http.h2.Http2Exception;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.http.h2.Setting;
import io.kqueueserver.http.h2.Settings;
import io.kqueueserver.http.h2.StreamState;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.Connection.Linger;
import io.kqueueserver.net.ConnectionHandler;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.CurrentRequest;
import io.kqueueserver.stats.Limit;
import io.kqueueserver.stats.SharedFlow;
import io.kqueueserver.stats.WireProtocol;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * HTTP/2 on one connection (RFC 9113): the server's SETTINGS, the begin of requests, and the end.
 * {@link Http2Input} reads, {@link Http2Frames} handles frames, {@link Http2Streams} holds the
 * streams, {@link Http2Output} writes, {@link StreamEnds} ends streams early, and {@link Departure}
 * ends the connection gracefully. A connection error is answered by GOAWAY and closes the
 * connection after the written bytes. The loop's thread only.
 */
final class Http2Connection implements ConnectionHandler {
  final Connection connection;
  final Http2Context context;
  final Http2Output output;
  final Http2Streams streams;
  final StreamEnds ends;
  final Departure departure;
  final TurnBudget budget;

  private final FloodGuard guard;
  private final Http2Frames frames;
  private final Http2Input input;
  private final Http2Times times;
  private final Settings announced = new Settings();

  private boolean notifiesNextTurn;
  private int requests;
  private long keptBytes;

  /**
   * Begins HTTP/2.
   *
   * @param begun when the client has begun its preface, perhaps before its protocol was known
   */
  Http2Connection(Connection connection, Http2Context context, long begun) {
    this.connection = connection;
    this.context = context;
    this.budget = new TurnBudget(context.loop.stats());
    this.guard = new FloodGuard(context.http2.defences(), context.loop.now());
    this.output = new Http2Output(connection, context, guard);
    this.streams = new Http2Streams(context, output);
    this.ends = new StreamEnds(this);
    this.departure = new Departure(this);
    this.frames = new Http2Frames(this, guard);
    this.input = new Http2Input(this, frames, guard);
    this.times = new Http2Times(this, frames, input, begun);
    connection.protocol(WireProtocol.HTTP_2);
    announce();
    if (!TlsSuites.areAdequate(connection.endpoint().tlsSession())) {
      fail(Http2Exception.connection(ErrorCode.INADEQUATE_SECURITY, "TLS 1.2 with a weak suite"));
    }
    times.arm();
  }

  /**
   * Takes over a connection after an HTTP/1.1 request, which becomes stream 1 (RFC 7540 3.2).
   *
   * @param settings the payload of the request's HTTP2-Settings field
   * @param body the whole body of the request
   */
  void upgraded(RequestHead head, ByteBuffer settings, ByteBuffer body) {
    while (settings.remaining() >= H2cUpgrade.SETTING_BYTES) {
      frames.setting(settings.getShort() & 0xffff, settings.getInt() & 0xffffffffL);
    }
    frames.applySettings();
    output.bodiesWait = true; // curl has no room for more than 32 KiB behind the 101
    streams.opens(1);
    if (body.hasRemaining()) {
      Http2Stream stream = open(1, head, false);
      stream.takesWhole(body);
      stream.core.handle();
    } else {
      begin(1, head, true);
    }
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
    return !input.waits() && !guard.pausesReading(output.unsentControlFrames());
  }

  @Override
  public boolean needsInput() {
    return output.holdsBodies();
  }

  @Override
  public int readSize() {
    return Integer.MAX_VALUE; // all input is consumed
  }

  @Override
  public void onInput(ByteBuffer in) {
    input.take(in);
    inputTaken();
  }

  /** Updates the count of held bytes, and the deadline, after a read. */
  void inputTaken() {
    account();
    times.arm();
  }

  /** The client has broken the protocol, or exceeded a limit of the connection. */
  void fail(Http2Exception error) {
    Limit limit = error.limit();
    if (limit != null) {
      context.loop.limitHit(limit);
    }
    output.goAway(departure.lastServed(), error.code(), String.valueOf(error.getMessage()));
    close(limit == null ? CloseReason.PROTOCOL_ERROR : CloseReason.LIMIT, Linger.YES);
  }

  private void close(CloseReason reason, Linger linger) {
    connection.closeAfterFlush(reason, linger);
    ends.unfinished(reason);
  }

  /** Adds to the count of request bytes that wait for a demand; negative for fewer. */
  void keeps(int change) {
    keptBytes += change;
    account();
  }

  private void account() {
    connection.holdsInput(keptBytes + frames.heldBytes() + input.stashedBytes());
  }

  // ---- streams

  /** Whether a stream that the client opens is served. */
  boolean takesStream(int id) {
    return departure.serves(id) && connection.isOpen();
  }

  /** A request head is complete. */
  void begin(int id, RequestHead head, boolean endStream) {
    open(id, head, endStream).core.handle();
    input.streamBegun();
  }

  private Http2Stream open(int id, RequestHead head, boolean endStream) {
    requests++;
    connection.stats().requests++;
    context.loop.stats().requests++;
    StreamState state = endStream ? StreamState.HALF_CLOSED_REMOTE : StreamState.OPEN;
    streams.makeRoom();
    Http2Stream stream = new Http2Stream(id, state, this, head, streams.sendWindow());
    streams.add(stream);
    if (endStream && stream.tunnel != null) {
      stream.tunnel.inputEnded();
    }
    int most = context.limits.maxKeepAliveRequests();
    if (most >= 0 && requests >= most) {
      context.loop.limitHit(Limit.KEEP_ALIVE_REQUESTS);
      departure.leave(
          CloseReason.RESPONSE_END, String.valueOf(Limit.KEEP_ALIVE_REQUESTS.property()));
    }
    return stream;
  }

  /** A stream was removed. */
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

  /** Runs work outside of an event. An exception of the work ends this connection and no other. */
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
    if (streams.notifyWritable(budget)) {
      output.fill(); // frames the bytes written by the streams
      if (streams.hasWritable()) {
        notifyMoreLater();
      }
    }
    ends.endTurn();
  }

  /** Streams are writable that were not notified, so that others get a turn. */
  private void notifyMoreLater() {
    if (!budget.isSpent()) {
      output.fillAfterFlush();
    } else if (!notifiesNextTurn) {
      notifiesNextTurn = true;
      context.loop.nextTurn(() -> guarded(this::notifyMore));
    }
  }

  private void notifyMore() {
    notifiesNextTurn = false;
    connection.flushSoon();
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
  public void onDrain(CloseReason reason) {
    departure.warn(reason);
    for (Http2Stream stream : streams.all()) {
      if (stream.tunnel != null) {
        stream.tunnel.drain(reason);
      }
    }
    times.arm();
  }

  void pingAcknowledged(long opaque) {
    departure.pingAcknowledged(opaque);
  }

  /** The client has given no credit to any stream for too long. */
  void stalled() {
    goAway(
        CloseReason.WRITE_TIMEOUT,
        ErrorCode.ENHANCE_YOUR_CALM,
        "no credit for any response (" + Limit.WRITE_TIMEOUT.property() + ")");
  }

  /** The connection has waited too long for its client. */
  void goAway(CloseReason reason, ErrorCode code, String debug) {
    output.goAway(departure.lastServed(), code, debug);
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

  /** The client has sent FIN, which may end only its own side: complete responses still leave. */
  @Override
  public void onInputTruncated() {
    output.fill();
    close(streams.areAnswered() ? CloseReason.PEER_CLOSED : CloseReason.PEER_GONE, Linger.NO);
  }

  @Override
  public void onPeerClosed() {
    if (!context.allowHalfClose && !input.waits()) {
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
    input.drop();
    streams.closed();
    ends.lost(reason);
  }

  @Override
  public void eachRequest(Consumer<? super CurrentRequest> observer) {
    streams.each(observer);
  }

  @Override
  public SharedFlow sharedFlow() {
    return new SharedFlow(streams.count(), output.sendWindow(), streams.sharedReceiveWindow());
  }
}
