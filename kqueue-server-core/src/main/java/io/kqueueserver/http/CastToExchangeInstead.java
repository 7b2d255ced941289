package io.kqueueserver.http;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Supplier;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * An {@link Exchange} for code that was written for another server, and casts what it gets to a
 * class of that server. The cast is compiled into that code, so the names of both classes are all
 * that the message of its {@code ClassCastException} has: this one's name is the advice. Delegates
 * everything.
 */
public final class CastToExchangeInstead implements Exchange {
  private final Exchange exchange;

  private CastToExchangeInstead(Exchange exchange) {
    this.exchange = exchange;
  }

  /** The exchange under this name. */
  public static Exchange of(Exchange exchange) {
    return new CastToExchangeInstead(exchange);
  }

  @Override
  public RequestHead request() {
    return exchange.request();
  }

  @Override
  public String scheme() {
    return exchange.scheme();
  }

  @Override
  public @Nullable SSLSession tlsSession() {
    return exchange.tlsSession();
  }

  @Override
  public String id() {
    return exchange.id();
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return exchange.remoteAddress();
  }

  @Override
  public boolean isClientKnown() {
    return exchange.isClientKnown();
  }

  @Override
  public InetSocketAddress localAddress() {
    return exchange.localAddress();
  }

  @Override
  public void listener(ExchangeListener listener) {
    exchange.listener(listener);
  }

  @Override
  public void handledBy(Supplier<@Nullable String> handler) {
    exchange.handledBy(handler);
  }

  @Override
  public <T> @Nullable T service(Class<T> type) {
    return exchange.service(type);
  }

  @Override
  public Runnable keepPlace() {
    return exchange.keepPlace();
  }

  @Override
  public boolean inLoop() {
    return exchange.inLoop();
  }

  @Override
  public boolean execute(Runnable task) {
    return exchange.execute(task);
  }

  @Override
  public void demand(long pieces) {
    exchange.demand(pieces);
  }

  @Override
  public void discardBody() {
    exchange.discardBody();
  }

  @Override
  public void inform(int status, HeaderSource fields) {
    exchange.inform(status, fields);
  }

  @Override
  public void respond(int status, HeaderSource fields, long contentLength) {
    exchange.respond(status, fields, contentLength);
  }

  @Override
  public void write(ByteBuffer data, @Nullable Runnable release) {
    exchange.write(data, release);
  }

  @Override
  public FileRegion openNow(FileRegion region) {
    return exchange.openNow(region);
  }

  @Override
  public void respondFile(
      int status,
      HeaderSource fields,
      long contentLength,
      FileRegion region,
      @Nullable Runnable done) {
    exchange.respondFile(status, fields, contentLength, region, done);
  }

  @Override
  public void writeFile(Path file, long position, long count, @Nullable Runnable done) {
    exchange.writeFile(file, position, count, done);
  }

  @Override
  public void holds(long change) {
    exchange.holds(change);
  }

  @Override
  public boolean isWritable() {
    return exchange.isWritable();
  }

  @Override
  public void flush() {
    exchange.flush();
  }

  @Override
  public void whenFlushed(Runnable callback) {
    exchange.whenFlushed(callback);
  }

  @Override
  public void finish() {
    exchange.finish();
  }

  @Override
  public void finish(HeaderSource trailers) {
    exchange.finish(trailers);
  }

  @Override
  public void reset(ExchangeException cause) {
    exchange.reset(cause);
  }

  @Override
  public boolean isCommitted() {
    return exchange.isCommitted();
  }

  @Override
  public void switchTo(HeaderSource fields, StreamHandler handler) {
    exchange.switchTo(fields, handler);
  }

  @Override
  public String toString() {
    return exchange.toString();
  }
}
