package io.kqueueserver.server;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.Headers;
import io.kqueueserver.http.HttpVersion;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.UpgradeHandler;
import io.kqueueserver.http.h1.Http1Encoder;
import io.kqueueserver.http.h1.ResponseFraming;
import io.kqueueserver.net.Connection;
import io.kqueueserver.stats.CurrentRequest;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Supplier;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request and its response over HTTP/1.x. Request and response advance on their own: the
 * response may end first, and then the rest of the request is thrown away or the connection closed.
 */
final class Http1Exchange extends ListenedExchange implements CurrentRequest {
  private static final Logger log = LoggerFactory.getLogger(Http1Exchange.class);
  private static final byte[] CRLF = {'\r', '\n'};

  private final Http1Connection owner;
  private final Connection connection;
  private final Http1Context context;
  private final long id;
  private final long startedNanos;

  private @Nullable Headers trailers;
  private volatile @Nullable InetSocketAddress localAddress;

  private long demand;
  private boolean discarding;
  private boolean restDiscarded;
  private long discarded;
  private boolean requestEnded;
  private boolean bodySeen;
  private boolean continueSent;

  private @Nullable Supplier<@Nullable String> handledBy;
  private @Nullable ResponseFraming framing;
  private long bodySent;
  private boolean responseEnded;

  Http1Exchange(
      Http1Connection owner, Connection connection, Http1Context context, RequestHead head) {
    super(context, head);
    this.owner = owner;
    this.connection = connection;
    this.context = context;
    this.id = context.nextId();
    this.startedNanos = connection.loop().now();
    listenedBy(Ending.of(this, connection, context));
  }

  // ---- what the connection tells

  /** Whether body bytes may be decoded now. */
  boolean wantsBody() {
    return !requestEnded && (discarding ? mayDiscard() : demand > 0);
  }

  /** Before it has its response a client is read only as far as keeps the connection. */
  private boolean mayDiscard() {
    return responseEnded || discarded <= context.options.limits().maxUnreadBodyBytes();
  }

  /** A piece of body, in a buffer that will be used again. */
  void bodyReceived(ByteBuffer data) {
    bodySeen = true;
    if (discarding) {
      discarded += data.remaining();
      owner.discarded(this, data.remaining());
      return;
    }
    demand--;
    ByteBuffer copy = ByteBuffer.allocate(data.remaining());
    copy.put(data).flip();
    try {
      listener().onBody(copy);
    } catch (Throwable e) {
      handlerFailed(e);
    }
  }

  void requestEnded(Headers trailers) {
    requestEnded = true;
    discarding = false;
    this.trailers = trailers;
    if (!hasEnded() && hasListener() && !restDiscarded) {
      try {
        listener().onBodyComplete(trailers);
      } catch (Throwable e) {
        handlerFailed(e);
      }
    }
  }

  /** The application threw: 500 if nothing was sent, else the client must see that it is broken. */
  void handlerFailed(Throwable error) {
    if (hasEnded()) {
      return;
    }
    log.error("{} {} failed", head.method(), head.path(), error);
    context.tell(listener -> listener.onHandlerError(head, error));
    ExchangeException cause =
        new ExchangeException(Reason.APPLICATION, "the handler failed: " + error, error);
    if (framing == null) {
      respond(500, HeaderSource.NONE, 0);
      finish();
      answered(500);
      ended(cause);
    } else if (!responseEnded) {
      reset(cause);
    }
  }

  void writable() {
    if (!hasEnded()) {
      try {
        listener().onWritable();
      } catch (Throwable e) {
        handlerFailed(e);
      }
    }
  }

  long bodyBytes() {
    return bodySent;
  }

  boolean isResponseEnded() {
    return responseEnded;
  }

  boolean isRequestEnded() {
    return requestEnded;
  }

  boolean isRestDiscarded() {
    return restDiscarded;
  }

  /** The response is complete: what is left of the body is thrown away, whoever wanted it. */
  void discardRest() {
    restDiscarded = true;
    discarding = true;
    owner.bodyDemanded();
  }

  /** Whether the end of the connection is the end of the response. */
  boolean endsWithConnection() {
    return framing != null && framing.kind() == ResponseFraming.Kind.CLOSE;
  }

  /** Whether the client holds its body back until it is told to send it. */
  boolean awaitsContinue() {
    return head.expectsContinue() && !continueSent && !bodySeen && !requestEnded;
  }

  boolean keepsAlive() {
    return framing != null && framing.keepAlive();
  }

  // ---- request

  @Override
  public RequestHead request() {
    return head;
  }

  @Override
  public String method() {
    return head.method();
  }

  @Override
  public String path() {
    String target = head.path();
    int query = target.indexOf('?');
    return query < 0 ? target : target.substring(0, query);
  }

  @Override
  public long startedNanos() {
    return startedNanos;
  }

  @Override
  public @Nullable String handler() {
    Supplier<@Nullable String> told = handledBy;
    try {
      return told == null ? null : told.get();
    } catch (RuntimeException e) {
      return null; // an observer's question must not fail for what an application put there
    }
  }

  @Override
  public void handledBy(Supplier<@Nullable String> handler) {
    handledBy = handler;
  }

  @Override
  public String scheme() {
    return connection.isSecure() ? "https" : "http";
  }

  @Override
  public @Nullable SSLSession tlsSession() {
    return connection.tlsSession();
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return connection.remoteAddress();
  }

  @Override
  public InetSocketAddress localAddress() {
    InetSocketAddress known = localAddress;
    if (known == null) {
      // Another thread must not ask about a descriptor that this loop may close meanwhile.
      InetSocketAddress asked = inLoop() ? connection.localAddress() : null;
      known = asked != null ? asked : context.listenAddress;
      localAddress = known;
    }
    return known;
  }

  @Override
  public void listener(ExchangeListener listener) {
    super.listener(listener);
    Headers received = trailers;
    if (requestEnded && received != null && !hasEnded()) {
      listener.onBodyComplete(received);
    }
  }

  @Override
  public boolean inLoop() {
    return connection.loop().inLoop();
  }

  @Override
  public boolean execute(Runnable task) {
    return connection.loop().execute(task);
  }

  @Override
  public void demand(long pieces) {
    if (requestEnded || hasEnded() || pieces <= 0) {
      return;
    }
    demand = demand + pieces < 0 ? Long.MAX_VALUE : demand + pieces;
    if (awaitsContinue() && framing == null) {
      continueSent = true;
      context.encoder.encodeInformational(100, HeaderSource.NONE);
      writeEncoded();
    }
    owner.bodyDemanded();
  }

  @Override
  public void discardBody() {
    if (requestEnded || discarding || awaitsContinue()) {
      return;
    }
    discarding = true;
    owner.bodyDemanded();
  }

  // ---- response

  private boolean isClosed() {
    return hasEnded() || responseEnded;
  }

  @Override
  public void inform(int status, HeaderSource fields) {
    if (isClosed() || framing != null || head.version() == HttpVersion.HTTP_1_0) {
      return;
    }
    continueSent |= status == 100;
    context.encoder.encodeInformational(status, fields);
    writeEncoded();
  }

  @Override
  public void respond(int status, HeaderSource fields, long contentLength) {
    if (isClosed()) {
      return;
    }
    if (framing != null) {
      throw new IllegalStateException("the response head was already sent");
    }
    boolean keepAlive = owner.keepAlive(this) && !awaitsContinue();
    Http1Encoder encoder = context.encoder;
    framing =
        encoder.encodeHead(
            head,
            status,
            fields,
            contentLength,
            keepAlive,
            context.date.line(),
            context.serverLine);
    writeEncoded();
    responded(status, fields);
  }

  @Override
  public void write(ByteBuffer data, @Nullable Runnable release) {
    if (!beginBody(data.remaining())) {
      data.position(data.limit());
      run(release);
      return;
    }
    connection.write(data, release);
    endBody();
  }

  @Override
  public void writeFile(Path file, long position, long count, @Nullable Runnable done) {
    if (!beginBody(count)) {
      run(done);
      return;
    }
    connection.writeFile(file, position, count, done);
    endBody();
  }

  /** Accounts for and frames {@code count} bytes; false if they must not be sent. */
  private boolean beginBody(long count) {
    if (isClosed() || count == 0) {
      return false;
    }
    ResponseFraming current = framing;
    if (current == null) {
      throw new IllegalStateException("body bytes before the response head");
    }
    switch (current.kind()) {
      case NONE -> {
        return false;
      }
      case LENGTH -> {
        if (bodySent + count > current.length()) {
          reset(
              new ExchangeException(
                  Reason.APPLICATION, "more body bytes than Content-Length " + current.length()));
          return false;
        }
      }
      case CHUNKED -> {
        context.encoder.encodeChunkHead(count);
        writeEncoded();
      }
      case CLOSE -> {}
    }
    bodySent += count;
    return true;
  }

  private void endBody() {
    if (framing != null && framing.kind() == ResponseFraming.Kind.CHUNKED) {
      connection.write(CRLF, 0, CRLF.length);
    }
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
  public void whenFlushed(Runnable callback) {
    if (!hasEnded()) {
      connection.whenFlushed(callback::run);
    }
  }

  @Override
  public void finish(HeaderSource trailers) {
    if (isClosed()) {
      return;
    }
    ResponseFraming current = framing;
    if (current == null) {
      throw new IllegalStateException("the response has no head");
    }
    if (current.kind() == ResponseFraming.Kind.LENGTH && bodySent < current.length()) {
      reset(
          new ExchangeException(
              Reason.APPLICATION,
              "the body ended after " + bodySent + " of " + current.length() + " bytes"));
      return;
    }
    if (current.kind() == ResponseFraming.Kind.CHUNKED) {
      context.encoder.encodeLastChunk(trailers);
      writeEncoded();
    }
    responseEnded = true;
    connection.whenFlushed(this);
    owner.endIfDone(this);
  }

  @Override
  public void reset(ExchangeException cause) {
    if (!hasEnded()) {
      owner.broken(this);
      ended(cause);
    }
  }

  @Override
  public boolean isCommitted() {
    return framing != null;
  }

  @Override
  public void upgrade(int status, HeaderSource fields, UpgradeHandler handler) {
    if (isClosed() || framing != null) {
      throw new IllegalStateException("the exchange has ended or its response has begun");
    }
    context.encoder.encodeInformational(status, fields);
    writeEncoded();
    responded(status, fields);
    responseEnded = true;
    requestEnded = true;
    connection.whenFlushed(this);
    owner.takeOver(handler);
  }

  private void writeEncoded() {
    connection.write(context.encoder.bytes(), 0, context.encoder.length());
  }

  private static void run(@Nullable Runnable action) {
    if (action != null) {
      action.run();
    }
  }
}
