package io.kqueueserver.server.h2;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.FileRegion;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.net.FileOpening;
import io.kqueueserver.net.FlushCallback;
import io.kqueueserver.server.ExchangeCore;
import io.kqueueserver.server.ExchangeWire;
import io.kqueueserver.server.SwitchedStream;
import io.kqueueserver.server.WireOutput;
import io.kqueueserver.stats.CloseReason;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** One exchange over HTTP/2. Heads leave at once; the body waits in the queue of its stream. */
final class Http2Wire implements ExchangeWire, WireOutput {
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
  public Runnable keepPlace() {
    return new KeptPlace(stream);
  }

  @Override
  public boolean keepsAlive() {
    return !owner.isGoingAway();
  }

  @Override
  public void advanced() {
    ExchangeCore core = stream.core;
    if (!core.body().isEnded()) {
      if (core.isResponseEnded()) {
        core.body().discardRest();
      }
      stream.bodyDemanded();
    }
  }

  // ---- the response

  @Override
  public void inform(int status, HeaderSource fields) {
    owner.output.heads.inform(stream, status, fields);
  }

  @Override
  public long respond(int status, HeaderSource fields, long contentLength) {
    return owner.output.heads.respond(stream, head, status, fields, contentLength);
  }

  @Override
  public void write(ByteBuffer data, @Nullable Runnable release) {
    stream.write(data, release);
  }

  @Override
  public FileOpening openFile(
      FileRegion region, @Nullable Runnable done, FileOpening.@Nullable Outcome outcome) {
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
  public void reset(ExchangeException cause) {
    owner.output.breakOff(stream, codeOf(cause.reason()));
  }

  @Override
  public void cut(CloseReason reason, String message) {
    owner.ends.reset(stream, ErrorCode.CANCEL, Reason.LIMIT, message, null);
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
    owner.output.heads.respondSwitch(stream, fields);
    tunnel.bind(switched);
    return 200;
  }

  // ---- output

  @Override
  public void whenFlushed(FlushCallback callback) {
    if (stream.isSwitched()) {
      owner.connection.whenFlushed(callback);
    } else if (stream.core.isResponseEnded() && !stream.end.isAwaited()) {
      stream.end.whenFlushed(callback);
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

  /** A callback of one stream, whose exceptions must not reach the connection. */
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
