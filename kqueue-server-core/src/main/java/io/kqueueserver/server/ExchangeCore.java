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
import io.kqueueserver.http.StreamHandler;
import io.kqueueserver.net.Endpoint;
import io.kqueueserver.net.FileOpening;
import io.kqueueserver.net.Releases;
import io.kqueueserver.stats.CurrentRequest;
import io.kqueueserver.stats.RequestWork;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Supplier;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * One request and its response: the half of an exchange that every HTTP version shares. The core
 * holds the application to the order of a response and to the announced length. {@link RequestBody}
 * is the request's part, and {@link ExchangeEnd} the end. {@link ExchangeWire} is the half that
 * differs between versions, and {@link WireOutput} takes the bytes. Request and response advance
 * independently: the response may end first, and the wire then decides what becomes of the rest of
 * the body.
 */
public final class ExchangeCore implements Exchange, RequestWork {
  final ExchangeContext context;

  private final ExchangeWire wire;
  private final WireOutput output;
  final Endpoint endpoint;
  private final RequestHead head;
  final long number;
  private final long startedNanos;
  private final ExchangeEnd end;
  private final RequestBody body;

  private @Nullable Supplier<@Nullable String> handledBy;
  private boolean committed;
  private long announced = UNKNOWN_LENGTH;
  private long bodySent;
  private boolean responseEnded;

  /**
   * Begins an exchange.
   *
   * @param wire the version's half
   * @param output takes the bytes of the response; may be the wire itself
   */
  public ExchangeCore(
      ExchangeWire wire,
      WireOutput output,
      Endpoint endpoint,
      ExchangeContext context,
      RequestHead head) {
    this.wire = wire;
    this.output = output;
    this.endpoint = endpoint;
    this.context = context;
    this.head = head;
    this.number = context.ids.next();
    this.startedNanos = context.loop.now();
    this.body = head.contentLength() == 0 ? RequestBody.NONE : new RequestBody(this, context);
    this.end = new ExchangeEnd(this, ExchangeNotes.of(this, endpoint, context));
  }

  ExchangeWire wire() {
    return wire;
  }

  // ---- the request

  /** Calls the application's handler. */
  public void handle() {
    end.clock(RequestClock.start(this));
    ApplicationCalls.run(this, ExchangeHandler::handle, context.handler, this);
  }

  /** The request's body. */
  public RequestBody body() {
    return body;
  }

  // ---- the response, driven by the protocol

  public void writable() {
    if (!end.hasEnded()) {
      ApplicationCalls.run(this, (listener, core) -> listener.onWritable(), end.listener(), this);
    }
  }

  public boolean isResponseEnded() {
    return responseEnded;
  }

  /** Number of body bytes written so far. */
  long bodyBytes() {
    return bodySent;
  }

  // ---- the end

  /** The request was refused by the protocol, which has sent a response, unless one was begun. */
  public void refused(int status, Reason why, @Nullable String message, @Nullable Throwable cause) {
    if (!committed) {
      end.answered(status);
    }
    end.failed(why, message, cause);
  }

  public ExchangeEnd end() {
    return end;
  }

  // ---- the application's calls about the request

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
    return context.localAddress(endpoint);
  }

  @Override
  public void listener(ExchangeListener application) {
    end.listener(application);
    Headers trailers = body.trailers();
    if (trailers != null && !end.hasEnded()) {
      application.onBodyComplete(trailers);
    }
  }

  @Override
  public <T> @Nullable T service(Class<T> type) {
    return context.service(type);
  }

  @Override
  public Runnable keepPlace() {
    return wire.keepPlace();
  }

  @Override
  public boolean inLoop() {
    return context.loop.inLoop();
  }

  @Override
  public boolean execute(Runnable task) {
    return ApplicationCalls.execute(this, task);
  }

  @Override
  public void demand(long pieces) {
    body.demand(pieces);
  }

  @Override
  public void discardBody() {
    body.discard();
  }

  // ---- the application's calls about the response

  private boolean isClosed() {
    return end.hasEnded() || responseEnded;
  }

  @Override
  public void inform(int status, HeaderSource fields) {
    if (!isClosed() && !committed) {
      if (status == 100) {
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
      output.write(data, release);
    } else {
      data.position(data.limit());
      Releases.run(release);
    }
  }

  @Override
  public void writeFile(Path file, long position, long count, @Nullable Runnable done) {
    if (accountFor(count)) {
      FileRegion region = new FileRegion(file, position, count);
      wire.writeFile(wire.openFile(region, done, null), count);
    } else {
      Releases.run(done);
    }
  }

  @Override
  public FileRegion openNow(FileRegion region) {
    return wire.openNow(region);
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
      answer.begin();
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

  /** Counts bytes to be sent. Returns false if the bytes must not be sent. */
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
      reset("more body bytes than Content-Length " + announced);
      return false;
    }
    bodySent += count;
    return true;
  }

  @Override
  public void holds(long change) {
    output.holds(change);
  }

  @Override
  public boolean isWritable() {
    return output.isWritable();
  }

  @Override
  public void flush() {
    output.flush();
  }

  @Override
  public void whenFlushed(Runnable callback) {
    if (!end.hasEnded()) {
      output.whenFlushed(callback::run);
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
      reset("the body ended after " + bodySent + " of " + announced + " bytes");
      return;
    }
    wire.end(trailers);
    responseEnded = true;
    output.whenFlushed(end);
    wire.advanced();
  }

  private void reset(String why) {
    reset(new ExchangeException(Reason.APPLICATION, why));
  }

  @Override
  public void reset(ExchangeException cause) {
    if (end.hasEnded()) {
      return;
    }
    if (committed || responseEnded) {
      wire.reset(cause);
    } else {
      // A client that gets the end of the connection and no byte may repeat its request.
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
    if (!body.isEnded()) {
      throw new IllegalStateException("the request's body has not been read"); // RFC 9110 7.8
    }
    handledBy = ObservedRequest.asOfNow(handledBy);
    SwitchedStream stream = new SwitchedStream(this, context, handler);
    int status = wire.switchTo(fields, stream);
    committed = true;
    responseEnded = true;
    end.responded(status, fields);
    end.switched();
    output.whenFlushed(end);
    stream.open();
  }

  // ---- observers

  @Override
  public void handledBy(Supplier<@Nullable String> handler) {
    handledBy = handler;
  }

  @Override
  public CurrentRequest observed() {
    return observed(null);
  }

  /** As {@link #observed()}, after a switch to the protocol of this name. Any thread. */
  ObservedRequest observed(@Nullable String protocol) {
    return ObservedRequest.of(head, wire.streamId(), startedNanos, handledBy, protocol);
  }

  long startedNanos() {
    return startedNanos;
  }
}
