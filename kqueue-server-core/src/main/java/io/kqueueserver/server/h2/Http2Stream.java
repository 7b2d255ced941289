package io.kqueueserver.server.h2;

import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.Headers;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.h2.FlowWindow;
import io.kqueueserver.http.h2.Http2RequestHead;
import io.kqueueserver.http.h2.Priority;
import io.kqueueserver.http.h2.StreamEvent;
import io.kqueueserver.http.h2.StreamState;
import io.kqueueserver.http.h2.StreamState.Action;
import io.kqueueserver.http.h2.StreamState.Transition;
import io.kqueueserver.server.ExchangeCore;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Http2Stats;
import io.kqueueserver.stats.Http2Stats.Window;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One stream: its state, its two windows, its waiting bytes in both directions, and its exchange.
 * The connection keeps the stream until both sides have ended, the last frame has left, and the
 * handler has ended. The loop's thread only.
 */
final class Http2Stream {
  final int id;
  final Http2Connection owner;
  final ExchangeCore core;
  final StreamQueue queue = new StreamQueue();
  final FlowWindow send;
  final ResponseEnd end = new ResponseEnd(this);

  /** The input; null for a request that has ended with its head. */
  final @Nullable StreamInput input;

  /** The byte stream of CONNECT; null for another request. */
  final @Nullable Http2ByteStream tunnel;

  private StreamState state;
  private Priority priority;
  private boolean sequential;

  // Links of ReadyStreams: which of its lines the stream is in, or -1.
  int line = -1;
  @Nullable Http2Stream before;
  @Nullable Http2Stream behind;

  private long sentBytes;
  private boolean wasFull;

  /** Number of times that the application keeps the place of this stream. */
  private int placesKept;

  private boolean removed;

  private @Nullable StreamTimer timer;

  /** The time since which bytes wait for credit of this stream. */
  private long stalledSince = Http2Stats.NO_STALL;

  Http2Stream(int id, StreamState state, Http2Connection owner, RequestHead head, int sendWindow) {
    this.id = id;
    this.state = state;
    this.owner = owner;
    this.send = new FlowWindow(id, sendWindow);
    Http2Wire wire = new Http2Wire(this, head);
    this.core =
        new ExchangeCore(wire, wire, owner.connection.endpoint(), owner.context.exchanges, head);
    this.priority = head instanceof Http2RequestHead h2 ? h2.priority() : Priority.DEFAULT;
    this.sequential = isAskedFor(priority, head) && !priority.incremental();
    this.input = isReceiving() ? new StreamInput(this, owner.streams.receiveWindow()) : null;
    this.tunnel = head.method().equals("CONNECT") ? new Http2ByteStream(this) : null;
  }

  /** Whether the client has sent a priority. A client that has not does not want to wait. */
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
   * Applies a received or sent frame to the state.
   *
   * @return false if the frame has no effect
   */
  boolean on(StreamEvent event) {
    Transition cell = state.allow(event, id);
    state = cell.next();
    return cell.action() == Action.ACCEPT;
  }

  /**
   * Checks that the stream may send, before a field block is encoded. A block that is encoded and
   * not sent would corrupt the client's table.
   */
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

  // ---- the request

  /** The client has sent the last of its side. */
  void requestEnded(Headers trailers) {
    if (input != null) {
      input.end(trailers);
    }
  }

  /** Sets the whole body of the request, which ends with it. */
  void takesWhole(ByteBuffer body) {
    if (input != null) {
      input.takeWhole(body);
    }
    on(StreamEvent.DATA_END_STREAM_RECEIVED);
    requestEnded(Headers.EMPTY);
  }

  /** The rest of the request is not wanted. */
  void requestCut() {
    if (input != null) {
      input.drop();
    }
    if (tunnel != null) {
      tunnel.drop();
    }
  }

  /** Adds to the count of bytes that wait for a demand; negative for fewer. */
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

  /** As {@link #bodyAwaited}, if bytes of the body are awaited. */
  void bodyProgressed() {
    if (timer != null) {
      timer.bodyProgressed();
    }
  }

  // ---- the response

  Priority priority() {
    return priority;
  }

  /** Whether the client wants this response whole before others of its urgency. */
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
    long before = queue.weight();
    queue.add(data, release);
    owner.budget.written(queue.weight() - before);
    bytesCame();
  }

  /** Appends a file to the response. */
  void write(StreamFile file) {
    if (!state.isActive()) {
      file.close();
      return;
    }
    try {
      queue.add(file);
    } catch (RuntimeException | Error e) {
      file.close(); // nothing else knows of it
      throw e;
    }
    bytesCame();
  }

  /** The queue has bytes that a frame can take. */
  void bytesCame() {
    owner.output.offer(this);
  }

  /** Runs work outside of an event. An exception of the work ends the connection. */
  void guarded(Runnable work) {
    owner.guarded(work);
  }

  void fileFailed(IOException cause) {
    owner.ends.fileFailed(this, cause);
  }

  /** Whether the response may be written to. */
  boolean isWritable() {
    return owner.output.mayQueue(queue.weight());
  }

  /** Notes a response that is full, so that its exchange is notified when it has room again. */
  void noteFull() {
    if (!wasFull && !isWritable()) {
      wasFull = true;
      owner.streams.waitsForRoom(1);
    }
  }

  /** Takes back {@link #noteFull}: the exchange has been notified, or has ended. */
  void noteRoom() {
    if (wasFull) {
      wasFull = false;
      owner.streams.waitsForRoom(-1);
    }
  }

  /** Whether the response was full, and is writable again. */
  boolean hasRoomAgain() {
    return wasFull && owner.output.mayQueueAgain(queue.weight());
  }

  /** Notifies the exchange that the response is writable again. */
  void notifyWritable() {
    if (hasRoomAgain()) {
      noteRoom();
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

  /** Sets whether bytes wait for credit of this stream. */
  void stalls(boolean does) {
    Http2Stats stats = owner.context.loop.stats().http2;
    stalledSince = stats.stall(Window.STREAM, does, stalledSince, owner.now());
  }

  /** Number of framed bytes of DATA. Any thread, racily. */
  long sentBytes() {
    return sentBytes;
  }

  /** A DATA frame with {@code bytes} was written. */
  void sent(int bytes) {
    send.sent(bytes);
    sentBytes += bytes;
    if (timer != null) {
      timer.sendProgressed();
    }
  }

  /** Whether bytes have waited for credit for {@code nanos}, without progress. */
  boolean hasStalled(long nanos) {
    return timer != null && timer.hasStalled(nanos);
  }

  private StreamTimer timer() {
    StreamTimer running = timer;
    if (running == null) {
      running = new StreamTimer(this);
      timer = running;
    }
    return running;
  }

  // ---- the end

  /** Ends the exchange with a failure, unless it has ended. */
  void failed(Reason reason, @Nullable String message, @Nullable Throwable cause) {
    core.end().failed(reason, message, cause);
    if (tunnel != null) {
      tunnel.failed(reason, message, cause);
    }
  }

  /** As {@link #failed}, because the connection is closed. */
  void lost(CloseReason reason) {
    core.end().onDropped(reason);
    end.onDropped(reason);
    if (tunnel != null) {
      tunnel.lost(reason);
    }
  }

  /** The application has work that may go on after the end of the stream. */
  void placeKept() {
    placesKept++;
    if (removed && placesKept == 1) {
      owner.streams.keepsPlace(1);
    }
  }

  /** That work has ended. */
  void placeGivenBack() {
    placesKept--;
    if (removed && placesKept == 0) {
      owner.streams.keepsPlace(-1);
    }
  }

  /** The stream is not of its connection any more; its place may be kept. */
  void removed() {
    removed = true;
    if (placesKept > 0) {
      owner.streams.keepsPlace(1);
    }
  }

  /** Whether the stream is complete and may be removed. */
  boolean isDone() {
    return end.isFlushed()
        && !state.isActive()
        && core.end().hasEnded()
        && (tunnel == null || tunnel.isOver());
  }

  /** Drops waiting bytes of both directions. No further byte of the response is sent. */
  void drop() {
    end.abandon();
    noteRoom();
    stalls(false);
    owner.output.forget(this);
    requestCut();
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }
}
