package io.kqueueserver.server;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.FileRegion;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.Headers;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.ResponseHolder;
import io.kqueueserver.http.StreamHandler;
import io.kqueueserver.net.Endpoint;
import io.kqueueserver.net.FileOpening;
import io.kqueueserver.stats.CurrentRequest;
import io.kqueueserver.stats.RequestWork;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * One request and its response: the half of an exchange that every HTTP version shares. It holds
 * the listener to its order of calls and the application to the length it has announced, keeps the
 * demand, and has one {@link ExchangeEnd}. What differs is its {@link ExchangeWire}. Request and
 * response advance on their own: the response may end first, and the wire decides what becomes of
 * the rest of the body.
 */
public final class ExchangeCore implements Exchange, RequestWork {
  private final ExchangeWire wire;
  private final Endpoint endpoint;
  private final ExchangeContext context;
  private final RequestHead head;
  private final long number;
  private final long startedNanos;
  private final ExchangeEnd end;

  /** Null for a request without body. */
  private final @Nullable BodyDemand body;

  private boolean requestEnded;
  private @Nullable Headers trailers;

  private @Nullable Supplier<@Nullable String> handledBy;
  private boolean committed;
  private long announced = UNKNOWN_LENGTH;
  private long bodySent;
  private boolean responseEnded;

  public ExchangeCore(
      ExchangeWire wire, Endpoint endpoint, ExchangeContext context, RequestHead head) {
    this.wire = wire;
    this.endpoint = endpoint;
    this.context = context;
    this.head = head;
    this.number = context.ids.next();
    this.startedNanos = context.loop.now();
    this.body =
        head.contentLength() == 0
            ? null
            : new BodyDemand(context.limits.maxUnreadBodyBytes(), head.expectsContinue());
    this.end = new ExchangeEnd(this, head, context, ExchangeNotes.of(this, endpoint, context));
  }

  /** Whether the client may send further requests after this one. */
  boolean keepsAlive() {
    return wire.keepsAlive();
  }

  /** The number of the stream that carries it, or {@link CurrentRequest#NO_STREAM}. */
  long streamId() {
    return wire.streamId();
  }

  // ---- the request, as the protocol receives it

  /** Has the application handle the request. */
  public void handle() {
    call(ExchangeHandler::handle, context.handler, this);
  }

  /** Runs a callback of the application; observers see this exchange at work meanwhile. */
  private <T, A> void call(BiConsumer<T, A> callback, T application, A argument) {
    RequestWork outer = context.loop.running(this);
    try {
      callback.accept(application, argument);
    } catch (Throwable e) {
      handlerFailed(e);
    } finally {
      context.loop.running(outer);
    }
  }

  /** Whether a piece of body may be received now. */
  public boolean wantsBody() {
    return body != null && !requestEnded && body.wantsMore(responseEnded);
  }

  /** A piece of body, in a buffer that will be used again. */
  public void bodyReceived(ByteBuffer data) {
    if (body == null || !body.take(data.remaining())) {
      wire.bodyDiscarded(data.remaining());
      return;
    }
    ByteBuffer copy = ByteBuffer.allocate(data.remaining());
    copy.put(data).flip();
    call(ExchangeListener::onBody, end.listener(), copy);
  }

  public void requestEnded(Headers received) {
    requestEnded = true;
    trailers = received;
    if (!end.hasEnded() && end.hasListener() && !isRestDiscarded()) {
      call(ExchangeListener::onBodyComplete, end.listener(), received);
    }
  }

  public boolean isRequestEnded() {
    return requestEnded;
  }

  /** Whether the client holds its body back until it is told to send it. */
  public boolean awaitsContinue() {
    return body != null && !requestEnded && body.isHeldBack();
  }

  /** The response is complete: what is left of the body is thrown away, whatever wanted it. */
  public void discardRest() {
    if (body != null) {
      body.discardRest();
      wire.bodyDemanded();
    }
  }

  public boolean isRestDiscarded() {
    return body != null && body.isRestDiscarded();
  }

  // ---- the response, as the protocol sees it

  public void writable() {
    if (!end.hasEnded()) {
      call((application, core) -> application.onWritable(), end.listener(), this);
    }
  }

  public boolean isResponseEnded() {
    return responseEnded;
  }

  /** Body bytes written so far. */
  long bodyBytes() {
    return bodySent;
  }

  // ---- the end

  /** The application threw: 500 if nothing was sent, else the client must see that it is broken. */
  void handlerFailed(Throwable error) {
    if (end.hasEnded()) {
      return;
    }
    end.applicationFailed(error);
    ExchangeException cause =
        new ExchangeException(Reason.APPLICATION, "the handler failed: " + error, error);
    if (committed && !responseEnded && end.listener() instanceof ResponseHolder holder) {
      holder.reset(cause); // sends first what was written before the failure
    } else if (!responseEnded) {
      reset(cause);
    }
  }

  /** The request was refused: the protocol has answered it, unless the application had. */
  public void refused(int status, Reason why, @Nullable String message, @Nullable Throwable cause) {
    if (!committed) {
      end.answered(status);
    }
    end.failed(why, message, cause);
  }

  public ExchangeEnd end() {
    return end;
  }

  // ---- what the application asks of the request

  @Override
  public RequestHead request() {
    return head;
  }

  @Override
  public String scheme() {
    return endpoint.isSecure() ? "https" : "http";
  }

  @Override
  public @Nullable SSLSession tlsSession() {
    return endpoint.tlsSession();
  }

  @Override
  public String id() {
    return context.ids.text(number);
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return endpoint.remoteAddress();
  }

  @Override
  public boolean isClientKnown() {
    return endpoint.isClientKnown();
  }

  @Override
  public InetSocketAddress localAddress() {
    InetSocketAddress known = endpoint.localAddress();
    return known != null ? known : context.listenAddress;
  }

  @Override
  public void listener(ExchangeListener application) {
    end.listener(application);
    Headers received = trailers;
    if (requestEnded && received != null && !end.hasEnded()) {
      application.onBodyComplete(received);
    }
  }

  @Override
  public <T> @Nullable T service(Class<T> type) {
    return context.service(type);
  }

  @Override
  public boolean inLoop() {
    return context.loop.inLoop();
  }

  @Override
  public boolean execute(Runnable task) {
    return context.loop.execute(task);
  }

  @Override
  public void demand(long pieces) {
    if (body == null || requestEnded || end.hasEnded() || pieces <= 0) {
      return;
    }
    body.add(pieces);
    if (body.isHeldBack() && !committed) {
      body.continued();
      wire.inform(100, HeaderSource.NONE);
    }
    wire.bodyDemanded();
  }

  @Override
  public void discardBody() {
    if (body != null && !requestEnded && !body.isDiscarding() && !body.isHeldBack()) {
      body.discard();
      wire.bodyDemanded();
    }
  }

  // ---- what it does to the response

  private boolean isClosed() {
    return end.hasEnded() || responseEnded;
  }

  @Override
  public void inform(int status, HeaderSource fields) {
    if (!isClosed() && !committed) {
      if (status == 100 && body != null) {
        body.continued();
      }
      wire.inform(status, fields);
    }
  }

  @Override
  public void respond(int status, HeaderSource fields, long contentLength) {
    if (isClosed()) {
      return;
    }
    if (committed) {
      throw new IllegalStateException("the response head was already sent");
    }
    announced = wire.respond(status, fields, contentLength);
    committed = true;
    end.responded(status, fields);
  }

  @Override
  public void write(ByteBuffer data, @Nullable Runnable release) {
    if (accountFor(data.remaining())) {
      wire.write(data, release);
    } else {
      data.position(data.limit());
      run(release);
    }
  }

  @Override
  public void writeFile(Path file, long position, long count, @Nullable Runnable done) {
    if (accountFor(count)) {
      wire.writeFile(file, position, count, done);
    } else {
      run(done);
    }
  }

  @Override
  public void respondFile(
      int status,
      HeaderSource fields,
      long contentLength,
      FileRegion region,
      @Nullable Runnable done) {
    if (isClosed() || committed || region.count() == 0 || head.method().equals("HEAD")) {
      Exchange.super.respondFile(status, fields, contentLength, region, done);
    } else {
      FileAnswer answer = new FileAnswer(this, wire, status, fields, contentLength, region, done);
      end.atEnd(answer::abandon);
    }
  }

  /** Writes a file that is open. */
  void writeFile(FileOpening opened, long count) {
    if (accountFor(count)) {
      wire.writeFile(opened, count);
    } else {
      opened.close();
    }
  }

  /** Counts bytes that are to be sent; false if they must not be. */
  private boolean accountFor(long count) {
    if (isClosed() || count == 0) {
      return false;
    }
    if (!committed) {
      throw new IllegalStateException("body bytes before the response head");
    }
    if (announced == ExchangeWire.NO_BODY) {
      return false;
    }
    if (announced >= 0 && bodySent + count > announced) {
      reset(
          new ExchangeException(
              Reason.APPLICATION, "more body bytes than Content-Length " + announced));
      return false;
    }
    bodySent += count;
    return true;
  }

  @Override
  public void holds(long change) {
    wire.holds(change);
  }

  @Override
  public boolean isWritable() {
    return wire.isWritable();
  }

  @Override
  public void flush() {
    wire.flush();
  }

  @Override
  public void whenFlushed(Runnable callback) {
    if (!end.hasEnded()) {
      wire.whenFlushed(callback::run);
    }
  }

  @Override
  public void finish(HeaderSource trailers) {
    if (isClosed()) {
      return;
    }
    if (!committed) {
      throw new IllegalStateException("the response has no head");
    }
    if (announced >= 0 && bodySent < announced) {
      reset(
          new ExchangeException(
              Reason.APPLICATION,
              "the body ended after " + bodySent + " of " + announced + " bytes"));
      return;
    }
    wire.end(trailers);
    responseEnded = true;
    wire.whenFlushed(end);
    wire.responseEnded();
  }

  @Override
  public void reset(ExchangeException cause) {
    if (end.hasEnded()) {
      return;
    }
    if (committed || responseEnded) {
      wire.reset(cause);
    } else {
      // A client that meets the end of the connection and no byte may send its request again.
      int status = FailureStatus.of(head, cause);
      respond(status, HeaderSource.NONE, 0);
      finish();
      end.answered(status);
    }
    end.failed(cause);
  }

  @Override
  public boolean isCommitted() {
    return committed;
  }

  @Override
  public void switchTo(HeaderSource fields, StreamHandler handler) {
    if (isClosed() || committed) {
      throw new IllegalStateException("the exchange has ended or its response has begun");
    }
    if (!requestEnded) {
      throw new IllegalStateException("the request's body has not been read"); // RFC 9110 7.8
    }
    SwitchedStream stream = new SwitchedStream(this, context, handler);
    int status = wire.switchTo(fields, stream);
    committed = true;
    responseEnded = true;
    end.responded(status, fields);
    wire.whenFlushed(end);
    stream.open();
  }

  private static void run(@Nullable Runnable action) {
    if (action != null) {
      action.run();
    }
  }

  // ---- observers

  @Override
  public void handledBy(Supplier<@Nullable String> handler) {
    handledBy = handler;
  }

  /** Any thread. */
  @Override
  public CurrentRequest observed() {
    return observed(null);
  }

  /** As {@link #observed()}, after a switch to the protocol of this name. Any thread. */
  CurrentRequest observed(@Nullable String protocol) {
    return new ObservedRequest(head, streamId(), startedNanos, handledBy, protocol);
  }

  long startedNanos() {
    return startedNanos;
  }
}
