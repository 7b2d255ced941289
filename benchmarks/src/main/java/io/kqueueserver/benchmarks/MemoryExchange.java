package io.kqueueserver.benchmarks;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.Headers;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.StreamHandler;
import io.kqueueserver.http.h1.Http1Encoder;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** An exchange whose bytes go nowhere: request without body, response encoded and counted. */
final class MemoryExchange implements Exchange {
  private static final Http1Encoder ENCODER = new Http1Encoder();
  private static final byte[] DATE = Http1Encoder.dateLine(0);
  private static final InetSocketAddress ADDRESS = new InetSocketAddress("127.0.0.1", 8080);

  private final RequestHead head;
  private final Queue<Runnable> callbacks = new ArrayDeque<>(2);
  private ExchangeListener listener = new ExchangeListener() {};
  private boolean committed;
  private boolean finished;
  private long bytes;

  MemoryExchange(RequestHead head) {
    this.head = head;
  }

  /** Ends the turn: callbacks run as after a flush; tells how many bytes it was. */
  long flushed() {
    for (Runnable callback; (callback = callbacks.poll()) != null; ) {
      callback.run();
    }
    if (finished) {
      listener.onComplete();
    }
    return bytes;
  }

  @Override
  public RequestHead request() {
    return head;
  }

  @Override
  public String scheme() {
    return "http";
  }

  @Override
  public String id() {
    return "benchmark-1";
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return ADDRESS;
  }

  @Override
  public InetSocketAddress localAddress() {
    return ADDRESS;
  }

  @Override
  public void listener(ExchangeListener listener) {
    this.listener = listener;
    listener.onBodyComplete(Headers.EMPTY);
  }

  @Override
  public boolean inLoop() {
    return true;
  }

  @Override
  public boolean execute(Runnable task) {
    callbacks.add(task);
    return true;
  }

  @Override
  public void demand(long pieces) {}

  @Override
  public void discardBody() {}

  @Override
  public void inform(int status, HeaderSource fields) {}

  @Override
  public void respond(int status, HeaderSource fields, long contentLength) {
    committed = true;
    ENCODER.encodeHead(head, status, fields, contentLength, true, DATE, null);
    bytes += ENCODER.length();
  }

  @Override
  public void write(ByteBuffer data, @Nullable Runnable release) {
    bytes += data.remaining();
    data.position(data.limit());
    if (release != null) {
      release.run();
    }
  }

  @Override
  public void writeFile(Path file, long position, long count, @Nullable Runnable done) {
    bytes += count;
    if (done != null) {
      done.run();
    }
  }

  @Override
  public boolean isWritable() {
    return true;
  }

  @Override
  public void flush() {}

  @Override
  public void whenFlushed(Runnable callback) {
    callbacks.add(callback);
  }

  @Override
  public void finish(HeaderSource trailers) {
    finished = true;
  }

  @Override
  public void reset(ExchangeException cause) {
    listener.onError(cause);
  }

  @Override
  public boolean isCommitted() {
    return committed;
  }

  @Override
  public void switchTo(HeaderSource fields, StreamHandler handler) {
    throw new UnsupportedOperationException("no byte stream to hand over");
  }
}
