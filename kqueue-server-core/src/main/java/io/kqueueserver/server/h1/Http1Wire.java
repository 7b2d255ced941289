package io.kqueueserver.server.h1;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.FileRegion;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.HttpVersion;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.h1.Http1Request;
import io.kqueueserver.http.h1.ResponseFraming;
import io.kqueueserver.net.Connection;
import io.kqueueserver.net.FileOpening;
import io.kqueueserver.net.FlushCallback;
import io.kqueueserver.server.ExchangeCore;
import io.kqueueserver.server.ExchangeWire;
import io.kqueueserver.server.SwitchedStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** One exchange over HTTP/1.x: its response is framed by length, by chunks, or by the close. */
final class Http1Wire implements ExchangeWire {
  private static final byte[] CRLF = {'\r', '\n'};

  final ExchangeCore core;

  private final Http1Connection owner;
  private final Connection connection;
  private final Http1Context context;
  private final RequestHead head;
  private @Nullable ResponseFraming framing;

  Http1Wire(Http1Connection owner, Connection connection, Http1Context context, RequestHead head) {
    this.owner = owner;
    this.connection = connection;
    this.context = context;
    this.head = head;
    this.core = new ExchangeCore(this, connection.endpoint(), context.exchanges, head);
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
    if (head.version() != HttpVersion.HTTP_1_0) {
      context.encoder.encodeInformational(status, fields);
      writeHead();
    }
  }

  @Override
  public long respond(int status, HeaderSource fields, long contentLength) {
    boolean keepAlive = owner.keepAlive(core) && !core.awaitsContinue();
    ResponseFraming decided =
        context.encoder.encodeHead(
            head,
            status,
            fields,
            contentLength,
            keepAlive,
            context.date.line(),
            context.serverLine);
    framing = decided;
    writeHead();
    return decided.kind() == ResponseFraming.Kind.NONE ? NO_BODY : decided.length();
  }

  @Override
  public void write(ByteBuffer data, @Nullable Runnable release) {
    int length = data.remaining();
    beginChunk(length);
    if (release != null && isFramed(ResponseFraming.Kind.CHUNKED) && connection.copies(length)) {
      connection.write(data, null);
      endChunk();
      release.run(); // behind the chunk's end, for it may write the next chunk, or the last
    } else {
      connection.write(data, release);
      endChunk();
    }
  }

  @Override
  public void writeFile(Path file, long position, long count, @Nullable Runnable done) {
    beginChunk(count);
    connection.writeFile(file, position, count, done);
    endChunk();
  }

  @Override
  public FileOpening openFile(
      FileRegion region, @Nullable Runnable done, FileOpening.Outcome outcome) {
    return connection.openFile(region.file(), region.position(), region.count(), done, outcome);
  }

  @Override
  public void writeFile(FileOpening opened, long count) {
    beginChunk(count);
    opened.write();
    endChunk();
  }

  private void beginChunk(long count) {
    Http1WireRows rows = owner.rows;
    if (rows != null) {
      rows.responseBody(count);
    }
    if (isFramed(ResponseFraming.Kind.CHUNKED)) {
      context.encoder.encodeChunkHead(count);
      writeEncoded();
    }
  }

  private void endChunk() {
    if (isFramed(ResponseFraming.Kind.CHUNKED)) {
      connection.write(CRLF, 0, CRLF.length);
    }
  }

  @Override
  public void end(HeaderSource trailers) {
    boolean chunked = isFramed(ResponseFraming.Kind.CHUNKED);
    if (chunked) {
      context.encoder.encodeLastChunk(trailers);
      writeEncoded();
    }
    Http1WireRows rows = owner.rows;
    if (rows != null) {
      rows.responseEnd(chunked ? context.encoder : null);
    }
  }

  @Override
  public void responseEnded() {
    owner.endIfDone(this);
  }

  @Override
  public void whenFlushed(FlushCallback callback) {
    connection.whenFlushed(callback);
  }

  @Override
  public void holds(long change) {
    connection.holds(change);
  }

  @Override
  public boolean isWritable() {
    return connection.isWritable();
  }

  @Override
  public void flush() {
    connection.flushNow();
  }

  @Override
  public void bodyDemanded() {
    owner.bodyDemanded();
  }

  @Override
  public void bodyDiscarded(int count) {
    owner.discarded(this, count);
  }

  @Override
  public void reset(ExchangeException cause) {
    owner.broken(this);
  }

  @Override
  public int switchTo(HeaderSource fields, SwitchedStream stream) {
    boolean tunnel = head.method().equals("CONNECT");
    String offered = head instanceof Http1Request request ? request.upgrade() : null;
    if (!tunnel && offered == null) {
      throw new UnsupportedOperationException("the request offers no other protocol");
    }
    int status = tunnel ? 200 : 101;
    context.encoder.encodeSwitch(status, fields, tunnel ? null : offered);
    writeHead();
    owner.takeOver(stream);
    return status;
  }

  private void writeHead() {
    Http1WireRows rows = owner.rows;
    if (rows != null) {
      rows.response(context.encoder);
    }
    writeEncoded();
  }

  private void writeEncoded() {
    connection.write(context.encoder.bytes(), 0, context.encoder.length());
  }
}
