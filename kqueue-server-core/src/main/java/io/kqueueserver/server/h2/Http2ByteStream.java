package io.kqueueserver.server.h2;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.loop.Deadline;
import io.kqueueserver.net.FlushCallback;
import io.kqueueserver.server.Closings;
import io.kqueueserver.server.StreamWire;
import io.kqueueserver.server.SwitchedStream;
import io.kqueueserver.stats.CloseReason;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a stream that CONNECT has opened (RFC 9113 8.5, RFC 8441): DATA frames both ways,
 * END_STREAM as the end of a side, RST_STREAM as a reset. Input is kept until the switch is made
 * and while the handler has paused; the window of the stream bounds it. The loop's thread only.
 */
final class Http2ByteStream implements StreamWire, FlushCallback {
  private final Http2Stream stream;

  /** The input; null if the client has ended its side with the head. */
  private final @Nullable StreamInput source;

  /** The stream after the switch; null until the handler has made the switch. */
  private @Nullable SwitchedStream switched;

  private final KeptInput kept;
  private boolean inputEnded;
  private boolean delivering;
  private boolean over;
  private @Nullable Timer timer;

  Http2ByteStream(Http2Stream stream) {
    this.stream = stream;
    this.source = stream.input;
    this.kept = new KeptInput(stream.context().bodyPieceBytes);
  }

  /** The switch is made: input goes to this stream from now on. */
  void bind(SwitchedStream made) {
    switched = made;
    made.on(this);
    if (stream.owner.isGoingAway()) {
      made.drain(stream.owner.departure.reason());
    }
  }

  @Nullable SwitchedStream switched() {
    return switched;
  }

  /** Whether the application gets no further call. */
  boolean isOver() {
    return switched == null || over;
  }

  // ---- the connection's calls

  /** Bytes of a DATA frame; the buffer is consumed. */
  void input(ByteBuffer in) {
    if (kept.bytes() == 0) {
      deliver(in);
    }
    int count = in.remaining();
    if (count > 0 && stream.isReceiving()) {
      kept.add(in);
      stream.keeps(count);
    } else if (count > 0) {
      in.position(in.limit());
      dropped(count);
    }
  }

  /** END_STREAM has come. */
  void inputEnded() {
    inputEnded = true;
    deliverKept();
  }

  private void deliver(ByteBuffer in) {
    SwitchedStream taker = switched;
    while (taker != null && !over && in.hasRemaining() && taker.wantsInput()) {
      int before = in.remaining();
      delivering = true;
      try {
        taker.input(in);
      } finally {
        delivering = false;
      }
      consumed(before - in.remaining());
    }
  }

  private void consumed(int bytes) {
    if (source != null) {
      source.consumed(bytes);
    }
  }

  private void dropped(int bytes) {
    if (source != null) {
      source.dropped(bytes);
    }
  }

  private void deliverKept() {
    SwitchedStream taker = switched;
    if (delivering || taker == null) {
      return;
    }
    while (taker.wantsInput()) {
      ByteBuffer first = kept.take(Integer.MAX_VALUE);
      if (first == null) {
        break;
      }
      stream.keeps(-first.remaining());
      deliver(first);
      int rest = first.remaining();
      if (over) {
        dropped(rest);
        return;
      }
      if (rest > 0) {
        kept.putBack(first);
        stream.keeps(rest);
      }
    }
    if (inputEnded && kept.bytes() == 0 && !over) {
      taker.inputEnded();
    }
  }

  void writable() {
    if (switched != null) {
      switched.writable();
    }
  }

  void drain(CloseReason reason) {
    if (switched != null && !over) {
      switched.drain(reason);
    }
  }

  /** The stream has ended without having been reset by the handler. */
  void failed(Reason reason, @Nullable String message, @Nullable Throwable cause) {
    if (!isOver()) {
      ended(new ExchangeException(reason, message, cause));
    }
  }

  /** The connection has gone. */
  void lost(CloseReason reason) {
    if (!isOver()) {
      ended(Closings.exception(reason));
    }
  }

  private void ended(@Nullable ExchangeException cause) {
    SwitchedStream taker = switched;
    over = true;
    if (taker != null) {
      taker.ended(cause);
    }
  }

  /** Drops waiting input, and cancels the deadline. */
  void drop() {
    int count = kept.clear();
    if (count > 0) {
      stream.keeps(-count);
      dropped(count);
    }
    deadline(Deadline.NEVER);
  }

  // ---- the stream's calls

  @Override
  public void write(ByteBuffer data, @Nullable Runnable release) {
    stream.write(data, release);
  }

  @Override
  public void holds(long change) {
    stream.owner.connection.holds(change);
  }

  @Override
  public boolean isWritable() {
    return stream.isWritable();
  }

  @Override
  public void flush() {
    stream.owner.connection.flushSoon();
  }

  @Override
  public void whenFlushed(FlushCallback callback) {
    stream.queue.whenFlushed(stream.owner.connection, callback);
  }

  @Override
  public void inputWanted() {
    deliverKept();
  }

  @Override
  public void finish() {
    if (stream.state().isActive()) {
      stream.owner.output.end(stream, HeaderSource.NONE);
    }
  }

  @Override
  public void end(boolean byPeer) {
    finish();
    stream.end.whenFlushed(this);
  }

  @Override
  public void onFlushed() {
    if (!isOver()) {
      ended(null);
    }
  }

  @Override
  public void onDropped(CloseReason reason) {
    lost(reason);
  }

  @Override
  public void reset(CloseReason reason, ExchangeException cause) {
    over = true;
    stream.owner.ends.close(stream, Http2Wire.codeOf(cause.reason()));
  }

  @Override
  public long unsentBytes() {
    return stream.queue.bytes();
  }

  @Override
  public boolean isBusy() {
    return !stream.queue.isEmpty()
        || stream.owner.connection.pendingBytes() > 0
        || stream.owner.connection.takeExcuse();
  }

  // ---- time

  private final class Timer extends Deadline {
    @Override
    protected void onDeadline(long nowNanos) {
      SwitchedStream taker = switched;
      if (taker != null && !over) {
        stream.owner.guarded(taker::deadlinePassed);
      }
    }
  }

  @Override
  public void deadline(long dueNanos) {
    Timer running = timer;
    if (running == null) {
      if (dueNanos == Deadline.NEVER) {
        return;
      }
      running = new Timer();
      timer = running;
    }
    stream.context().loop.deadline(running, over ? Deadline.NEVER : dueNanos);
  }
}
