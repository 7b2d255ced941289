package io.kqueueserver.server.coding;

import io.kqueueserver.http.BodyPiece;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.FileRegion;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.Headers;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.ResponseHolder;
import io.kqueueserver.http.StreamHandler;
import io.kqueueserver.http.coding.CodedFields;
import io.kqueueserver.http.coding.ContentCoding;
import io.kqueueserver.http.coding.ContentEncoder;
import io.kqueueserver.net.Releases;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Supplier;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * An exchange whose response body may be coded. The response head decides whether the body is
 * coded. A coded body passes a {@link CodedBody}; all other calls go to the delegate.
 */
public final class CompressingExchange implements Exchange, ResponseHolder {
  private static final ExchangeListener DEAF = new ExchangeListener() {};

  private final Exchange delegate;
  private final CodingContext context;
  private final @Nullable ContentCoding accepted;

  private ExchangeListener listener = DEAF;
  private boolean listening;
  private boolean ended;

  /** Whether the application has ended the response; bytes may still have to be coded. */
  private boolean finished;

  /** Whether this response is not coded. */
  private boolean isPlain;

  private @Nullable CodedBody body;

  public CompressingExchange(Exchange delegate, CodingContext context) {
    this.delegate = delegate;
    this.context = context;
    Headers headers = delegate.request().headers();
    accepted = context.excludes(headers) ? null : context.choose(headers.all("Accept-Encoding"));
  }

  /** The coded body; null if body bytes go to the delegate. */
  private @Nullable CodedBody coding() {
    CodedBody coded = body;
    return coded == null || coded.isFinished() ? null : coded;
  }

  // ---- the response head

  @Override
  public void respond(int status, HeaderSource source, long contentLength) {
    respond(status, source, contentLength, delegate::respond);
  }

  /** Sends a response that is not coded, with or without a body. */
  @FunctionalInterface
  private interface Plain {
    void send(int status, HeaderSource fields, long contentLength);
  }

  private void respond(int status, HeaderSource source, long contentLength, Plain plain) {
    if (ended || isPlain) {
      plain.send(status, source, contentLength);
      return;
    }
    if (finished) {
      return;
    }
    if (body != null) {
      throw new IllegalStateException("the response head was already sent");
    }
    CodedFields copy = new CodedFields(source);
    boolean compressible = copy.isCompressible(context.options, status, contentLength);
    if (compressible || (status == 304 && copy.mayStandForCompressible(context.options))) {
      copy.vary();
    }
    if (status == 304) {
      copy.weakenTagIfAskedFor(delegate.request().headers().all("If-None-Match"));
    }
    ContentCoding chosen = compressible ? accepted : null;
    if (isHead()) {
      describe(status, copy, contentLength, chosen, plain);
      return;
    }
    ContentEncoder acquired = chosen == null ? null : context.acquire(chosen);
    if (acquired == null) {
      plain.send(status, copy.differs() ? copy : source, contentLength);
      isPlain = true;
      return;
    }
    long announced = contentLength >= 0 ? contentLength : copy.contentLength();
    body =
        new CodedBody(delegate, context, acquired, copy, status, announced, this::notifyWritable);
    if (!listening) {
      delegate.listener(this); // so that the encoder comes back in every case
    }
  }

  /**
   * Answers HEAD with the fields of GET, but without the length of a coded body. That length is
   * unknown, and the length of the plain body would be wrong and make caches drop their copy (RFC
   * 9110 8.6, 9.3.2, RFC 9111 4.3.5). Without a given length the body of GET may be a short one,
   * which is not coded.
   */
  private void describe(
      int status,
      CodedFields copy,
      long contentLength,
      @Nullable ContentCoding chosen,
      Plain plain) {
    boolean coded = chosen != null && (contentLength > 0 || copy.contentLength() > 0);
    copy.coding(coded ? chosen : null);
    plain.send(status, copy, coded ? UNKNOWN_LENGTH : contentLength);
    isPlain = true;
  }

  private boolean isHead() {
    return delegate.request().method().equals("HEAD");
  }

  @Override
  public FileRegion openNow(FileRegion region) {
    return delegate.openNow(region);
  }

  /** Opens the file. A coded head is held until bytes of the file have come. */
  @Override
  public void respondFile(
      int status,
      HeaderSource source,
      long contentLength,
      FileRegion region,
      @Nullable Runnable done) {
    if (finished) {
      Releases.run(done);
      return;
    }
    CodedBody before = body;
    respond(
        status,
        source,
        contentLength,
        (sent, fields, length) -> delegate.respondFile(sent, fields, length, region, done));
    if (body != before) {
      writeFile(region.file(), region.position(), region.count(), done);
      finish(HeaderSource.NONE);
    }
  }

  // ---- the response body

  @Override
  public void write(ByteBuffer data, @Nullable Runnable release) {
    CodedBody coded = coding();
    if (coded == null) {
      delegate.write(data, release);
    } else if (finished) {
      data.position(data.limit());
      Releases.run(release);
    } else {
      coded.write(data, release);
    }
  }

  @Override
  public void writeFile(Path file, long position, long count, @Nullable Runnable done) {
    CodedBody coded = coding();
    if (coded == null) {
      delegate.writeFile(file, position, count, done);
    } else if (finished) {
      Releases.run(done);
    } else {
      coded.writeFile(file, position, count, done);
    }
  }

  @Override
  public void flush() {
    CodedBody coded = coding();
    if (coded == null) {
      delegate.flush();
    } else {
      coded.flush();
    }
  }

  @Override
  public void whenFlushed(Runnable callback) {
    CodedBody coded = coding();
    if (coded == null) {
      delegate.whenFlushed(callback);
    } else {
      coded.whenFlushed(callback);
    }
  }

  @Override
  public void finish(HeaderSource trailers) {
    CodedBody coded = coding();
    if (coded == null) {
      delegate.finish(trailers);
    } else if (!finished) {
      finished = true;
      coded.finish(trailers);
    }
  }

  @Override
  public void holds(long change) {
    delegate.holds(change);
  }

  @Override
  public boolean isWritable() {
    return body == null ? delegate.isWritable() : body.isWritable();
  }

  // ---- callbacks

  private void notifyWritable() {
    try {
      listener.onWritable();
    } catch (RuntimeException | Error e) {
      reset(new ExchangeException(Reason.APPLICATION, "the handler failed: " + e, e));
      throw e; // the loop logs and counts it
    }
  }

  private void cleanUp() {
    ended = true;
    if (body != null) {
      body.drop();
    }
  }

  @Override
  public void onBody(ByteBuffer data) {
    listener.onBody(data);
  }

  @Override
  public void onLentBody(BodyPiece piece) {
    listener.onLentBody(piece);
  }

  @Override
  public void onBodyComplete(Headers trailers) {
    listener.onBodyComplete(trailers);
  }

  @Override
  public void onWritable() {
    if (body == null) {
      notifyWritable();
    } else {
      body.onWritable();
    }
  }

  @Override
  public void onComplete() {
    cleanUp();
    listener.onComplete();
  }

  @Override
  public void onError(ExchangeException cause) {
    cleanUp();
    listener.onError(cause);
  }

  // ---- calls that the delegate serves alone

  @Override
  public void listener(ExchangeListener listener) {
    this.listener = listener;
    listening = true;
    delegate.listener(this);
  }

  @Override
  public boolean isCommitted() {
    return body != null || delegate.isCommitted();
  }

  @Override
  public void reset(ExchangeException cause) {
    CodedBody coded = coding();
    if (coded == null) {
      delegate.reset(cause);
    } else {
      coded.reset(cause);
    }
  }

  @Override
  public void inform(int status, HeaderSource fields) {
    if (coding() == null) {
      delegate.inform(status, fields);
    }
  }

  @Override
  public void switchTo(HeaderSource fields, StreamHandler handler) {
    if (body != null && body.holdsHead()) {
      throw new IllegalStateException("its response has begun");
    }
    delegate.switchTo(fields, handler);
  }

  @Override
  public RequestHead request() {
    return delegate.request();
  }

  @Override
  public <T> @Nullable T service(Class<T> type) {
    return delegate.service(type);
  }

  @Override
  public String scheme() {
    return delegate.scheme();
  }

  @Override
  public @Nullable SSLSession tlsSession() {
    return delegate.tlsSession();
  }

  @Override
  public String id() {
    return delegate.id();
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return delegate.remoteAddress();
  }

  @Override
  public boolean isClientKnown() {
    return delegate.isClientKnown();
  }

  @Override
  public InetSocketAddress localAddress() {
    return delegate.localAddress();
  }

  @Override
  public Runnable keepPlace() {
    return delegate.keepPlace();
  }

  @Override
  public void handledBy(Supplier<@Nullable String> handler) {
    delegate.handledBy(handler);
  }

  @Override
  public boolean inLoop() {
    return delegate.inLoop();
  }

  @Override
  public boolean execute(Runnable task) {
    return delegate.execute(task);
  }

  @Override
  public void demand(long pieces) {
    delegate.demand(pieces);
  }

  @Override
  public void discardBody() {
    delegate.discardBody();
  }
}
