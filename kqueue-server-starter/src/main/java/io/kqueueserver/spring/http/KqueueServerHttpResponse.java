package io.kqueueserver.spring.http;

import io.kqueueserver.http.CastToExchangeInstead;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.FileRegion;
import io.kqueueserver.http.HeaderSink;
import io.kqueueserver.http.HeaderSource;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ResponseCookie;
import org.springframework.http.ZeroCopyHttpOutputMessage;
import org.springframework.util.MultiValueMap;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * The WebFlux response of an exchange. The commit only freezes status, fields and cookies. The head
 * is sent with the first body byte, or by {@link #sendEmpty()} when the handler ends without a
 * body, so that a WebSocket upgrade can take its place until then.
 */
final class KqueueServerHttpResponse extends CommittingResponse
    implements ZeroCopyHttpOutputMessage, HeaderSource, SingleBodyTarget {
  /** 16 KiB: size of the buffers for a file that the kernel cannot send. */
  private static final int FILE_BUFFER_BYTES = 16 * 1024;

  private final Exchange exchange;
  private final EventStreams eventStreams;
  private final KqueueResponseHeaders fields;
  private final boolean isHead;
  private volatile @Nullable BodyWriter writer;
  private volatile @Nullable ExchangeException failure;
  private volatile List<String> cookieLines = List.of();
  private boolean finished;

  KqueueServerHttpResponse(Exchange exchange, EventStreams eventStreams) {
    this(exchange, eventStreams, new KqueueResponseHeaders());
  }

  private KqueueServerHttpResponse(
      Exchange exchange, EventStreams eventStreams, KqueueResponseHeaders fields) {
    super(DefaultDataBufferFactory.sharedInstance, new HttpHeaders(fields));
    this.exchange = exchange;
    this.eventStreams = eventStreams;
    this.fields = fields;
    this.isHead = exchange.request().method().equals("HEAD");
  }

  Exchange exchange() {
    return exchange;
  }

  /** The {@link Exchange}, in the guise of {@link CastToExchangeInstead}. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // Spring's signature
  @Override
  public <T> T getNativeResponse() {
    return (T) CastToExchangeInstead.of(exchange);
  }

  /** The status; 200 until one is set, because metrics would report an unknown status otherwise. */
  @Override
  public HttpStatusCode getStatusCode() {
    HttpStatusCode status = super.getStatusCode();
    return status != null ? status : HttpStatus.OK;
  }

  @Override
  protected Mono<Void> writeWithInternal(Publisher<? extends DataBuffer> body) {
    return new BodyMono(
        this,
        body instanceof Mono
            ? subscriber -> new SingleBodyWriter(this, subscriber, body)
            : subscriber -> StreamBodyWriter.of(this, subscriber, body));
  }

  @Override
  protected Mono<Void> writeAndFlushWithInternal(
      Publisher<? extends Publisher<? extends DataBuffer>> body) {
    Publisher<? extends Publisher<? extends DataBuffer>> endable =
        eventStreams.endable(getHeaders(), body);
    return new BodyMono(this, subscriber -> StreamBodyWriter.flushing(this, subscriber, endable));
  }

  @Override
  public Mono<Void> writeWith(Path file, long position, long count) {
    if (file.getFileSystem() != FileSystems.getDefault()) {
      return writeWith(bytesOf(file, position, count));
    }
    return doCommit(
        () ->
            new BodyMono(
                this, subscriber -> new FileBodyWriter(this, subscriber, file, position, count)));
  }

  /** Reads the file off the loop, for file systems that the kernel cannot open (a jar, memory). */
  private Flux<DataBuffer> bytesOf(Path file, long position, long count) {
    Flux<DataBuffer> bytes =
        DataBufferUtils.readByteChannel(
            () -> Files.newByteChannel(file), bufferFactory(), FILE_BUFFER_BYTES);
    bytes = position == 0 ? bytes : DataBufferUtils.skipUntilByteCount(bytes, position);
    return DataBufferUtils.takeUntilByteCount(bytes, count)
        .subscribeOn(Schedulers.boundedElastic());
  }

  boolean hasContentLength() {
    return fields.containsKey(HttpHeaders.CONTENT_LENGTH);
  }

  @Override
  public boolean commitFor(SingleBodyWriter single) {
    if (!beginCommit()) {
      return false;
    }
    if (hasActions()) {
      Runnable done = () -> committed(single);
      single.awaits(runActions().subscribe(null, single::fail, done, single.context()));
    } else {
      committed(single);
    }
    return true;
  }

  private void committed(SingleBodyWriter single) {
    if (!single.isActive()) {
      return;
    }
    try {
      endCommit();
    } catch (RuntimeException e) {
      single.fail(e);
      return;
    }
    start(single);
  }

  @Override
  public void sendWhole(@Nullable DataBuffer body) {
    sendHead(body == null ? 0 : body.readableByteCount());
    if (body != null) {
      DataBuffers.write(exchange, body);
    }
    finish();
  }

  @Override
  public void bodyFailed() {
    getHeaders().clearContentHeaders();
  }

  /** Sets the body writer of this response and starts it. Any thread. */
  void start(BodyWriter bodyWriter) {
    writer = bodyWriter;
    ExchangeException cause = failure;
    if (cause != null) {
      bodyWriter.fail(AbortedException.from(cause));
    } else {
      bodyWriter.start();
    }
  }

  /**
   * Loop thread: sends status, fields and cookies.
   *
   * @param bodyBytes the length of the body if known; a Content-Length set by the application
   *     overrides it
   */
  void sendHead(long bodyBytes) {
    exchange.respond(sentStatus(), this, hasContentLength() ? Exchange.UNKNOWN_LENGTH : bodyBytes);
  }

  /**
   * The status, but 400 for a success that answers a WebSocket handshake over HTTP/2 without an
   * upgrade: the client would take what follows for frames (RFC 8441 5).
   */
  private int sentStatus() {
    HttpStatusCode status = getStatusCode();
    boolean misleads = status.is2xxSuccessful() && Connects.isWebSocket(exchange.request());
    return misleads ? HttpStatus.BAD_REQUEST.value() : status.value();
  }

  /**
   * Loop thread: sends the head, part of a file, and the end, or an error if the file cannot be
   * opened.
   */
  void sendFile(FileRegion region) {
    finished = true;
    long length = hasContentLength() ? Exchange.UNKNOWN_LENGTH : region.count();
    exchange.respondFile(sentStatus(), this, length, region, null);
  }

  /** Loop thread: ends the response; nothing may be written after it. */
  void finish() {
    finished = true;
    exchange.finish();
  }

  /** Loop thread: whether a body was begun and has not ended. */
  boolean isBodyOpen() {
    return writer != null && !finished;
  }

  /** Loop thread: sends a response without a body, unless a response was begun. */
  void sendEmpty() {
    if (writer != null || exchange.isCommitted()) {
      return;
    }
    int status = sentStatus();
    boolean isBodiless = isHead || status == 204 || status == 304;
    if (isBodiless) {
      sendHead(Exchange.UNKNOWN_LENGTH);
    } else {
      // A Content-Length of a body that was not written (WebFlux's own 416 sets one) must not be
      // sent: the client would wait for the body.
      exchange.respond(status, sink -> writeTo(withoutLength(sink)), 0);
    }
    finish();
  }

  private static HeaderSink withoutLength(HeaderSink sink) {
    return (name, value) -> {
      if (!name.equalsIgnoreCase(HttpHeaders.CONTENT_LENGTH)) {
        sink.field(name, value);
      }
    };
  }

  /** Loop thread: the connection takes bytes again. */
  void onWritable() {
    BodyWriter current = writer;
    if (current != null) {
      current.onWritable();
    }
  }

  /** Loop thread: the last byte was handed to the kernel. */
  void onSent() {
    BodyWriter current = writer;
    if (current != null) {
      current.onSent();
    }
  }

  /** Loop thread: the exchange has ended by an error; nothing more can be sent. */
  void onError(ExchangeException cause) {
    failure = cause;
    BodyWriter current = writer;
    if (current != null) {
      current.fail(AbortedException.from(cause));
    }
  }

  @Override
  public void writeTo(HeaderSink sink) {
    fields.writeTo(sink);
    for (String cookie : cookieLines) {
      sink.field(HttpHeaders.SET_COOKIE, cookie);
    }
  }

  @Override
  void checkHead() {
    MultiValueMap<String, ResponseCookie> cookies = getCookies();
    if (!cookies.isEmpty()) {
      cookieLines = ResponseCookies.lines(cookies);
    }
  }
}
