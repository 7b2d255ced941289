package io.kqueueserver.server.h1;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.FileRegion;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.HttpVersion;
import io.kqueueserver.http.OpenFile;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.h1.Http1Request;
import io.kqueueserver.http.h1.ResponseFraming;
import io.kqueueserver.net.FileOpening;
import io.kqueueserver.net.FlushCallback;
import io.kqueueserver.net.OpenDescriptor;
import io.kqueueserver.server.ExchangeCore;
import io.kqueueserver.server.ExchangeWire;
import io.kqueueserver.server.SwitchedStream;
import io.kqueueserver.server.WireOutput;
import io.kqueueserver.stats.CloseReason;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** One exchange over HTTP/1.x. The response is framed by length, by chunks, or by the close. */
final class Http1Wire implements ExchangeWire, WireOutput {
  private static final byte[] CRLF = {'\r', '\n'};

  final ExchangeCore core;

  private final Http1Connection owner;
  private @Nullable ResponseFraming framing;

  Http1Wire(Http1Connection owner, RequestHead head) {
    this.owner = owner;
    this.core =
        new ExchangeCore(this, this, owner.connection.endpoint(), owner.context.exchanges, head);
  }

  /** Whether the end of the connection is the end of the response. */
  boolean endsWithConnection() {
    return isFramed(ResponseFraming.Kind.CLOSE);
  }

  private boolean isFramed(ResponseFraming.Kind kind) {
    return framing != null && framing.kind() == kind;
  }

  @Override
  public boolean keepsAlive() {
    return framing != null && framing.keepAlive();
  }

  @Override
  public void inform(int status, HeaderSource fields) {
    if (core.request().version() != HttpVersion.HTTP_1_0) {
      owner.context.encoder.encodeInformational(status, fields);
      writeHead();
    }
  }

  @Override
  public long respond(int status, HeaderSource fields, long contentLength) {
    boolean keepAlive = owner.keepAlive(core) && !core.body().isHeldBack();
    ResponseFraming decided =
        owner.context.encoder.encodeHead(
            core.request(),
            status,
            fields,
            contentLength,
            keepAlive,
            owner.context.date.line(),
            owner.context.serverLine);
    framing = decided;
    writeHead();
    return decided.kind() == ResponseFraming.Kind.NONE ? NO_BODY : decided.length();
  }

  @Override
  public void write(ByteBuffer data, @Nullable Runnable release) {
    int length = data.remaining();
    beginChunk(length);
    if (release != null
        && isFramed(ResponseFraming.Kind.CHUNKED)
        && owner.connection.copies(data)) {
      owner.connection.write(data, null);
      endChunk();
      release.run(); // after the chunk's end, because it may write the next chunk, or the last
    } else {
      owner.connection.write(data, release);
      endChunk();
    }
  }

  /** Hides the descriptor from the application. */
  private record Opened(OpenDescriptor descriptor) implements OpenFile {
    @Override
    public void close() {
      descriptor.close();
    }
  }

  @Override
  public FileRegion openNow(FileRegion region) {
    OpenDescriptor descriptor =
        owner.connection.openNow(region.file(), region.position(), region.count());
    if (descriptor == null) {
      return region;
    }
    try {
      return new FileRegion(
          region.file(), region.position(), region.count(), new Opened(descriptor));
    } catch (Throwable e) { // there may be no memory for it
      descriptor.close();
      throw e;
    }
  }

  @Override
  public FileOpening openFile(
      FileRegion region, @Nullable Runnable done, FileOpening.@Nullable Outcome outcome) {
    OpenDescriptor opened = region.opened() instanceof Opened before ? before.descriptor() : null;
    return owner.connection.openFile(
        region.file(), region.position(), region.count(), opened, done, outcome);
  }

  @Override
  public void writeFile(FileOpening opened, long count) {
    try {
      beginChunk(count);
    } catch (RuntimeException | Error e) {
      opened.close(); // nothing else knows of it
      throw e;
    }
    opened.write();
    endChunk();
  }

  private void beginChunk(long count) {
    Http1WireRows rows = owner.rows;
    if (rows != null) {
      rows.responseBody(count);
    }
    if (isFramed(ResponseFraming.Kind.CHUNKED)) {
      owner.context.encoder.encodeChunkHead(count);
      writeEncoded();
    }
  }

  private void endChunk() {
    if (isFramed(ResponseFraming.Kind.CHUNKED)) {
      owner.connection.write(CRLF, 0, CRLF.length);
    }
  }

  @Override
  public void end(HeaderSource trailers) {
    boolean chunked = isFramed(ResponseFraming.Kind.CHUNKED);
    if (chunked) {
      owner.context.encoder.encodeLastChunk(trailers);
      writeEncoded();
    }
    Http1WireRows rows = owner.rows;
    if (rows != null) {
      rows.responseEnd(chunked ? owner.context.encoder : null);
    }
  }

  @Override
  public void advanced() {
    owner.advanced(this);
  }

  @Override
  public void whenFlushed(FlushCallback callback) {
    owner.connection.whenFlushed(callback);
  }

  @Override
  public void holds(long change) {
    owner.connection.holds(change);
  }

  @Override
  public boolean isWritable() {
    return owner.connection.isWritable();
  }

  @Override
  public void flush() {
    owner.connection.flushNow();
  }

  @Override
  public void reset(ExchangeException cause) {
    owner.broken(this);
  }

  @Override
  public void cut(CloseReason reason, String message) {
    owner.connection.reset(reason);
  }

  @Override
  public int switchTo(HeaderSource fields, SwitchedStream stream) {
    boolean tunnel = core.request().method().equals("CONNECT");
    String offered = core.request() instanceof Http1Request request ? request.upgrade() : null;
    if (!tunnel && offered == null) {
      throw new UnsupportedOperationException("the request offers no other protocol");
    }
    int status = tunnel ? 200 : 101;
    owner.context.encoder.encodeSwitch(status, fields, tunnel ? null : offered);
    writeHead();
    owner.takeOver(stream);
    return status;
  }

  private void writeHead() {
    Http1WireRows rows = owner.rows;
    if (rows != null) {
      rows.response(owner.context.encoder);
    }
    writeEncoded();
  }

  private void writeEncoded() {
    owner.connection.write(owner.context.encoder.bytes(), 0, owner.context.encoder.length());
  }
}
