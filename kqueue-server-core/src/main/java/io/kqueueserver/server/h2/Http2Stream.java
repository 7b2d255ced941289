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
import io.kqueueserver.net.FlushCallback;
import io.kqueueserver.server.ExchangeCore;
import io.kqueueserver.stats.CloseReason;
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
  private final @Nullable InboundBody body;

  /** Null for a request other than CONNECT. */
  final @Nullable Http2ByteStream tunnel;

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

  private @Nullable StreamTimer timer;

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
    this.tunnel = head.method().equals("CONNECT") ? new Http2ByteStream(this) : null;
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

  /** Whether the bytes of the stream belong to another protocol. */
  boolean isSwitched() {
    return tunnel != null && tunnel.switched() != null;
  }

  /** Whether END_STREAM was sent. */
  boolean isEnded() {
    return ended;
  }

  // ---- the request

  /** Whether the request has a body that is still to come. */
  boolean hasBody() {
    return body != null;
  }

  /** Bytes of a request that no demand has reached yet, and that no timer waits for. */
  boolean isUnread() {
    return body != null && body.keptBytes() > 0 && !core.wantsBody();
  }

  /** Bytes of a DATA frame; the buffer is consumed. */
  void take(ByteBuffer piece) {
    if (body != null) {
      body.take(piece);
    } else if (tunnel != null) {
      tunnel.input(piece);
    } else {
      dropped(piece.remaining());
    }
  }

  /** The request is complete. */
  void requestEnded(Headers trailers) {
    if (body != null) {
      body.end(trailers);
    } else if (!core.isRequestEnded()) {
      core.requestEnded(trailers); // the bytes of a tunnel are no part of the request
    } else if (tunnel != null) {
      tunnel.inputEnded();
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
    } else if (length > 0 && tunnel == null) {
      throw Http2Exception.stream(
          id, ErrorCode.PROTOCOL_ERROR, "malformed request: DATA of a request without body");
    }
  }

  /** A DATA frame begins, of so many bytes that the window counts. */
  void received(int bytes) {
    receive.received(bytes);
    if (timer != null) {
      timer.bodyProgressed();
    }
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
    if (tunnel != null) {
      tunnel.drop();
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
      body.deliverKept();
      if (core.wantsBody() && isReceiving()) {
        timer().bodyProgressed();
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
    owner.ends.fileFailed(this, cause);
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
      if (isSwitched() && tunnel != null) {
        tunnel.writable();
      } else {
        core.writable();
      }
    }
  }

  /** Bytes wait for the client's credit. */
  void blocked() {
    timer().sendBlocked();
  }

  /** Some of them were sent. */
  void progressed() {
    if (timer != null) {
      timer.sendProgressed();
    }
  }

  private StreamTimer timer() {
    StreamTimer running = timer;
    if (running == null) {
      running = new StreamTimer(this);
      timer = running;
    }
    return running;
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
    if (isReceiving() && !isSwitched()) {
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

  /** The application hears of the end, unless it has. */
  void failed(Reason reason, @Nullable String message, @Nullable Throwable cause) {
    core.end().failed(reason, message, cause);
    if (tunnel != null) {
      tunnel.failed(reason, message, cause);
    }
  }

  /** As {@link #failed}, since the connection is closed. */
  void lost(CloseReason reason) {
    core.end().onDropped(reason);
    onDropped(reason);
    if (tunnel != null) {
      tunnel.lost(reason);
    }
  }

  /** Whether nothing more will come of it. */
  boolean isDone() {
    return flushed
        && !state.isActive()
        && core.end().hasEnded()
        && (tunnel == null || tunnel.isOver());
  }

  /** Gives up what waits either way; nothing more is sent of the response. */
  void drop() {
    flushed = true;
    if (foundUnwritable) {
      foundUnwritable = false;
      owner.streams.waitsForRoom(-1);
    }
    owner.output.forget(this);
    requestCut();
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }
}
