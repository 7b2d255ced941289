package io.kqueueserver.server.h2;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.FileRegion;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.net.FileOpening;
import io.kqueueserver.net.FlushCallback;
import io.kqueueserver.server.ExchangeWire;
import io.kqueueserver.server.SwitchedStream;
import io.kqueueserver.stats.CloseReason;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** One exchange over HTTP/2: heads leave at once, the body waits in the queue of its stream. */
final class Http2Wire implements ExchangeWire {
  private final Http2Stream stream;
  private final Http2Connection owner;
  private final RequestHead head;

  Http2Wire(Http2Stream stream, RequestHead head) {
    this.stream = stream;
    this.owner = stream.owner;
    this.head = head;
  }

  @Override
  public long streamId() {
    return stream.id;
  }

  @Override
  public boolean keepsAlive() {
    return !owner.isGoingAway();
  }

  // ---- the request

  @Override
  public void bodyDemanded() {
    stream.bodyDemanded();
  }

  @Override
  public void bodyDiscarded(int count) {
    owner.context.loop.stats().bytesDiscarded += count;
  }

  // ---- the response

  @Override
  public void inform(int status, HeaderSource fields) {
    owner.output.inform(stream, status, fields);
  }

  @Override
  public long respond(int status, HeaderSource fields, long contentLength) {
    return owner.output.respond(stream, head, status, fields, contentLength);
  }

  @Override
  public void write(ByteBuffer data, @Nullable Runnable release) {
    stream.write(data, release);
  }

  @Override
  public void writeFile(Path file, long position, long count, @Nullable Runnable done) {
    new StreamFile(stream, file, position, count, done, null).write();
  }

  @Override
  public FileOpening openFile(
      FileRegion region, @Nullable Runnable done, FileOpening.Outcome outcome) {
    return new StreamFile(stream, region.file(), region.position(), region.count(), done, outcome);
  }

  @Override
  public void writeFile(FileOpening opened, long count) {
    opened.write();
  }

  @Override
  public void end(HeaderSource trailers) {
    owner.output.end(stream, trailers);
  }

  @Override
  public void responseEnded() {
    if (!stream.core.isRequestEnded()) {
      stream.core.discardRest();
    }
  }

  @Override
  public void reset(ExchangeException cause) {
    owner.output.breakOff(stream, codeOf(cause.reason()));
  }

  static ErrorCode codeOf(Reason reason) {
    return switch (reason) {
      case APPLICATION -> ErrorCode.INTERNAL_ERROR;
      case LIMIT -> ErrorCode.ENHANCE_YOUR_CALM;
      case BAD_REQUEST -> ErrorCode.PROTOCOL_ERROR;
      case PEER_CLOSED, PEER_RESET, TIMEOUT, SERVER_STOPPED -> ErrorCode.CANCEL;
    };
  }

  @Override
  public int switchTo(HeaderSource fields, SwitchedStream switched) {
    Http2ByteStream tunnel = stream.tunnel;
    if (tunnel == null) {
      throw new UnsupportedOperationException("only CONNECT can be switched over HTTP/2");
    }
    owner.output.respondSwitch(stream, fields);
    tunnel.bind(switched);
    return 200;
  }

  // ---- output

  @Override
  public void whenFlushed(FlushCallback callback) {
    if (stream.isSwitched()) {
      owner.connection.whenFlushed(callback);
    } else if (stream.core.isResponseEnded() && !stream.awaitsEnd()) {
      stream.whenEnded(callback);
    } else {
      stream.queue.whenFlushed(owner.connection, new Guarded(stream, callback));
    }
  }

  @Override
  public void holds(long change) {
    owner.connection.holds(change);
  }

  @Override
  public boolean isWritable() {
    return stream.isWritable();
  }

  @Override
  public void flush() {
    owner.connection.flushSoon();
  }

  /** What a callback of one stream throws must not reach the connection. */
  private record Guarded(Http2Stream stream, FlushCallback callback) implements FlushCallback {
    @Override
    public void onFlushed() {
      if (stream.core.end().hasEnded()) {
        return;
      }
      try {
        callback.onFlushed();
      } catch (Throwable e) {
        stream.owner.ends.callbackFailed(stream, e);
      }
    }

    @Override
    public void onDropped(CloseReason reason) {
      callback.onDropped(reason);
    }
  }
}
