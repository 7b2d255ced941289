package io.kqueueserver.server.h2;

import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.Headers;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FlowWindow;
import io.kqueueserver.http.h2.Http2RequestHead;
import io.kqueueserver.http.h2.Priority;
import io.kqueueserver.http.h2.StreamEvent;
import io.kqueueserver.http.h2.StreamState;
import io.kqueueserver.http.h2.StreamState.Action;
import io.kqueueserver.http.h2.StreamState.Transition;
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

  /** Null for a request that has ended with its head. */
  final @Nullable StreamInput input;

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

  Http2Stream(int id, StreamState state, Http2Connection owner, RequestHead head, int sendWindow) {
    this.id = id;
    this.state = state;
    this.owner = owner;
    this.send = new FlowWindow(id, sendWindow);
    this.core =
        new ExchangeCore(
            new Http2Wire(this, head), owner.connection.endpoint(), owner.context.exchanges, head);
    this.priority = head instanceof Http2RequestHead h2 ? h2.priority() : Priority.DEFAULT;
    this.sequential = isAskedFor(priority, head) && !priority.incremental();
    this.input = isReceiving() ? new StreamInput(this, owner.streams.receiveWindow()) : null;
    this.tunnel = head.method().equals("CONNECT") ? new Http2ByteStream(this) : null;
  }

  /** Whether the client has spoken of a priority: one that has not would not want to wait. */
  private static boolean isAskedFor(Priority priority, RequestHead head) {
    return !priority.equals(Priority.DEFAULT) || head.headers().contains("priority");
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

  /** Before a field block is encoded: one that is not sent would spoil the client's table. */
  void requireActive() {
    if (!state.isActive()) {
      throw new IllegalStateException("stream " + id + " is " + state);
    }
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

  /** The client has sent the last of its side. */
  void requestEnded(Headers trailers) {
    if (input != null) {
      input.end(trailers);
    }
  }

  /** What is left of the request is not wanted. */
  void requestCut() {
    if (input != null) {
      input.drop();
    }
    if (tunnel != null) {
      tunnel.drop();
    }
  }

  /** So many bytes more, or fewer, wait for a demand. */
  void keeps(int change) {
    owner.keeps(change);
  }

  void bodyDemanded() {
    if (input != null) {
      input.demanded();
    }
  }

  /** The next bytes of the body have a limited time from now on. */
  void bodyAwaited() {
    timer().bodyProgressed();
  }

  /** As {@link #bodyAwaited}, if they are awaited. */
  void bodyProgressed() {
    if (timer != null) {
      timer.bodyProgressed();
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

  /** Whether the response was found unwritable, and is no more. */
  boolean hasRoomAgain() {
    return foundUnwritable && owner.output.mayQueueAgain(queue.bytes());
  }

  /** Notifies the exchange of that. */
  void tellWritable() {
    if (hasRoomAgain()) {
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
      owner.ends.endSoon(this);
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
