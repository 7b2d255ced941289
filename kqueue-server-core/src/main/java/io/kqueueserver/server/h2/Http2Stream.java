package io.kqueueserver.server.h2;

import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.Headers;
import io.kqueueserver.http.h2.Http2Exception;
import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FlowWindow;
import io.kqueueserver.http.h2.Http2RequestHead;
import io.kqueueserver.http.h2.Priority;
import io.kqueueserver.http.h2.StreamEvent;
import io.kqueueserver.http.h2.StreamState;
import io.kqueueserver.http.h2.StreamState.Action;
import io.kqueueserver.http.h2.StreamState.Transition;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.loop.Deadline;
import io.kqueueserver.net.FlushCallback;
import io.kqueueserver.server.ExchangeCore;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One stream: its state, its two windows, what waits in it either way, and its exchange. It is
 * known to its connection until both sides have ended, its last frame has left, and its handler has
 * ended. The loop's thread only.
 */
final class Http2Stream implements FlushCallback {
  final int id;
  final Http2Connection owner;
  final ExchangeCore core;
  final StreamQueue queue = new StreamQueue();
  final FlowWindow send;

  private final FlowWindow receive;

  /** Null for a request without body. */
  final @Nullable InboundBody body;

  private StreamState state;
  private Priority priority;
  private boolean sequential;

  // Links of ReadyStreams: which of its lines the stream is in, or -1.
  int line = -1;
  @Nullable Http2Stream before;
  @Nullable Http2Stream behind;

  private @Nullable FlushCallback whenEnded;
  private boolean ending;
  private @Nullable Trailers trailers;
  private @Nullable ErrorCode breaking;
  private boolean ended;
  private boolean flushed;
  private boolean foundUnwritable;

  private @Nullable Timer timer;

  private long bodyProgress;
  private long sendProgress;

  Http2Stream(
      int id, StreamState state, Http2Connection owner, RequestHead head, int sendWindow) {
    this.id = id;
    this.state = state;
    this.owner = owner;
    this.send = new FlowWindow(id, sendWindow);
    this.receive = new FlowWindow(id, owner.streams.receiveWindow());
    this.core =
        new ExchangeCore(
            new Http2Wire(this, head),
            owner.connection.endpoint(),
            owner.context.exchanges,
            head);
    this.priority = head instanceof Http2RequestHead h2 ? h2.priority() : Priority.DEFAULT;
    this.sequential = isAskedFor(priority, head) && !priority.incremental();
    this.body = head.contentLength() == 0 ? null : new InboundBody(this, core);
  }

  /** Whether the client has spoken of a priority: one that has not would not want to wait. */
  private static boolean isAskedFor(Priority priority, RequestHead head) {
    return priority != Priority.DEFAULT || head.headers().contains("priority");
  }

  Http2Context context() {
    return owner.context;
  }

  // ---- state

  StreamState state() {
    return state;
  }

  /**
   * A frame came or goes.
   *
   * @return false if it has no effect
   */
  boolean on(StreamEvent event) {
    Transition cell = state.allow(event, id);
    state = cell.next();
    return cell.action() == Action.ACCEPT;
  }

  /** Whether the client may still send parts of the request. */
  boolean isReceiving() {
    return state == StreamState.OPEN || state == StreamState.HALF_CLOSED_LOCAL;
  }

  /** Whether END_STREAM was sent. */
  boolean isEnded() {
    return ended;
  }

  // ---- the request

  /** The request is complete. */
  void requestEnded(Headers trailers) {
    if (body == null) {
      if (!core.isRequestEnded()) {
        core.requestEnded(trailers);
      }
    } else {
      body.end(trailers);
    }
  }

  /**
   * A DATA frame begins, with so many bytes of the body.
   *
   * @throws Http2Exception if the body is not as long as it was announced (RFC 9113 8.1.1)
   * @throws HttpException if it is longer than the server takes
   */
  void bodyBegins(int length, boolean endStream) {
    if (body != null) {
      body.begin(length, endStream);
    } else if (length > 0 && !core.request().method().equals("CONNECT")) {
      throw Http2Exception.stream(
          id, ErrorCode.PROTOCOL_ERROR, "malformed request: DATA of a request without body");
    }
  }

  /** A DATA frame begins, of so many bytes that the window counts. */
  void received(int bytes) {
    receive.received(bytes);
    bodyProgress = owner.now();
  }

  /** The initial window has changed by so much. */
  void adjustReceive(int delta) {
    receive.adjust(delta);
  }

  /** Bytes were delivered, or thrown away while the request goes on. */
  void consumed(int bytes) {
    owner.streams.credit(bytes);
    if (isReceiving()) {
      int increment = receive.taken(bytes, context().http2.streamWindowBytes() / 2);
      if (increment > 0) {
        owner.output.windowUpdate(id, increment);
      }
    }
  }

  /** What is left of the request is not wanted, and the client knows. */
  void requestCut() {
    if (body != null) {
      body.drop();
    }
  }

  /** Bytes were thrown away, and the client is not asked for more. */
  void dropped(int bytes) {
    owner.streams.credit(bytes);
  }

  /** So many bytes more, or fewer, wait for a demand. */
  void keeps(int change) {
    owner.keeps(change);
  }

  void bodyDemanded() {
    if (body != null) {
      bodyProgress = owner.now();
      body.deliverKept();
      if (core.wantsBody()) {
        arm(bodyProgress + context().bodyTimeoutNanos);
      }
    }
  }

  // ---- the response

  Priority priority() {
    return priority;
  }

  /** Whether the client wants it whole before others of its urgency. */
  boolean isSequential() {
    return sequential;
  }

  void priority(Priority wished) {
    boolean ready = line >= 0;
    owner.output.ready.remove(this);
    priority = wished;
    sequential = !wished.incremental();
    if (ready) {
      owner.output.ready.add(this);
    }
  }

  /** Appends to the response; the buffer is consumed. */
  void write(ByteBuffer data, @Nullable Runnable release) {
    if (!state.isActive()) {
      data.position(data.limit());
      if (release != null) {
        release.run();
      }
      return;
    }
    queue.add(data, release);
    bytesCame();
  }

  /** Appends a file to the response. */
  void write(StreamFile file) {
    if (!state.isActive()) {
      file.close();
      return;
    }
    queue.add(file);
    bytesCame();
  }

  /** The queue has bytes that a frame can take. */
  void bytesCame() {
    owner.output.offer(this);
  }

  void fileFailed(IOException cause) {
    owner.ends.reset(
        this, ErrorCode.INTERNAL_ERROR, Reason.APPLICATION, String.valueOf(cause.getMessage()), cause);
  }

  /** Whether the response may be written to; if not, the exchange hears when it may. */
  boolean isWritable() {
    boolean is = owner.output.mayQueue(queue.bytes());
    if (!is && !foundUnwritable) {
      foundUnwritable = true;
      owner.streams.waitsForRoom(1);
    }
    return is;
  }

  /** Notifies an exchange that had found its response unwritable. */
  void tellWritable() {
    if (foundUnwritable && owner.output.mayQueueAgain(queue.bytes())) {
      foundUnwritable = false;
      owner.streams.waitsForRoom(-1);
      core.writable();
    }
  }

  /** Bytes wait for the client's credit. */
  void blocked() {
    sendProgress = owner.now();
    arm(sendProgress + context().stalledStreamNanos);
  }

  void progressed() {
    sendProgress = owner.now();
  }

  /** The response ends behind what waits. */
  void ending(@Nullable Trailers fields) {
    ending = true;
    trailers = fields;
  }

  boolean isEnding() {
    return ending;
  }

  /** What stands behind the body; null for nothing. */
  @Nullable Trailers trailers() {
    return trailers;
  }

  /** The response is cut behind what waits. */
  void breaking(ErrorCode code) {
    ending = false;
    breaking = code;
  }

  /** The code it is cut with; null if it is not. */
  @Nullable ErrorCode breaking() {
    return breaking;
  }

  /** Calls back when the end of the response has left. */
  void whenEnded(FlushCallback callback) {
    whenEnded = callback;
    if (ended) {
      owner.connection.whenFlushed(this);
    }
  }

  /** Whether a callback waits for that. */
  boolean awaitsEnd() {
    return whenEnded != null;
  }

  /** END_STREAM was written. */
  void endWritten() {
    ended = true;
    if (whenEnded != null) {
      owner.connection.whenFlushed(this);
    }
    if (isReceiving()) {
      owner.ends.resetSoon(this);
    }
  }

  // ---- the end

  @Override
  public void onFlushed() {
    flushed = true;
    FlushCallback callback = whenEnded;
    if (callback != null) {
      callback.onFlushed();
    }
    owner.streams.removeIfDone(this);
  }

  @Override
  public void onDropped(CloseReason reason) {
    flushed = true;
    FlushCallback callback = whenEnded;
    if (callback != null) {
      callback.onDropped(reason);
    }
  }

  /** Whether nothing more will come of it. */
  boolean isDone() {
    return flushed && !state.isActive() && core.end().hasEnded();
  }

  /** Gives up what waits either way; nothing more is sent of the response. */
  void drop() {
    flushed = true;
    if (foundUnwritable) {
      foundUnwritable = false;
      owner.streams.waitsForRoom(-1);
    }
    owner.output.forget(this);
    if (body != null) {
      body.drop();
    }
    Timer running = timer;
    timer = null;
    if (running != null) {
      context().loop.cancel(running);
    }
  }

  // ---- time

  private final class Timer extends Deadline {
    long next = NEVER;

    @Override
    protected void onDeadline(long nowNanos) {
      next = NEVER;
      owner.guarded(Http2Stream.this::timePassed);
    }
  }

  private void arm(long due) {
    Timer running = timer;
    if (running == null) {
      running = new Timer();
      timer = running;
    }
    if (due < running.next) {
      running.next = due;
      context().loop.deadline(running, due);
    }
  }

  private void timePassed() {
    long now = owner.now();
    if (core.wantsBody() && isReceiving()) {
      long due = bodyProgress + context().bodyTimeoutNanos;
      if (due - now > 0) {
        arm(due);
      } else if (owner.connection.excusesSilence()) {
        bodyProgress = now;
        arm(now + context().bodyTimeoutNanos);
      } else {
        owner.ends.bodyTimedOut(this);
        return;
      }
    }
    if (!queue.isEmpty() && owner.output.waitsForCredit(this)) {
      long due = sendProgress + context().stalledStreamNanos;
      if (due - now > 0) {
        arm(due);
      } else {
        context().loop.stats().limitHit(Limit.HTTP2_STALLED_STREAM);
        owner.ends.reset(
            this,
            ErrorCode.CANCEL,
            Reason.TIMEOUT,
            "the client gave no credit for the response for too long",
            null);
      }
    }
  }
}
