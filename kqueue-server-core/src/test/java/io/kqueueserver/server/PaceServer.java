package io.kqueueserver.server;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.Headers;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** A server of HTTP/1.1 and HTTP/2 whose loop has a clock that the test moves by hand. */
final class PaceServer implements AutoCloseable {
  final BlockingQueue<Exchange> begun = new LinkedBlockingQueue<>();
  final BlockingQueue<ExchangeException> errors = new LinkedBlockingQueue<>();

  private final AtomicInteger served = new AtomicInteger();
  private final AtomicLong skew = new AtomicLong();
  private final ProtocolServer server;
  private final boolean secure;

  PaceServer(boolean secure, Pace pace, Consumer<Exchange> handler) {
    this.secure = secure;
    server =
        new ProtocolServer(
            secure,
            ProtocolServer::http2,
            List.of(),
            exchange -> {
              served.incrementAndGet();
              handler.accept(exchange);
            },
            10_000,
            () -> System.nanoTime() + skew.get(),
            pace);
  }

  WirePeer http1() {
    return secure
        ? WirePeer.on(TlsFixture.connect(TlsFixture.client(), server.port()))
        : WirePeer.connect(server.port());
  }

  Http2Peer http2(byte[]... settings) {
    Http2Peer peer = secure ? Http2Peer.tls(server.port()) : Http2Peer.clear(server.port());
    return peer.start(settings);
  }

  /** Moves the clock without letting the loop look at it. */
  void skew(Duration time) {
    skew.addAndGet(time.toNanos());
  }

  /** Lets time pass, and the loop look at its deadlines, twice. */
  void pass(Duration time) {
    skew(time);
    turn();
    skew(Duration.ofMillis(20)); // the second look
    turn();
  }

  void pass(long seconds) {
    pass(Duration.ofSeconds(seconds));
  }

  /** Waits for the end of a turn that has begun after this call, and so has fired its deadlines. */
  private void turn() {
    long begun = turnAfter(System.nanoTime() + skew.get());
    turnAfter(begun + 1);
  }

  private long turnAfter(long time) {
    long[] seen = new long[1];
    do {
      ask(() -> seen[0] = server.loop().now());
    } while (seen[0] - time < 0);
    return seen[0];
  }

  /** Runs an action on the loop, and waits for its end. */
  void ask(Runnable action) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    server
        .loop()
        .execute(
            () -> {
              action.run();
              done.complete(null);
            });
    done.join();
  }

  /** Number of calls of the handler. */
  int served() {
    return served.get();
  }

  /** Number of bytes that the loop has read, over TLS of plain text. */
  long bytesRead() {
    long[] read = new long[1];
    ask(() -> read[0] = server.loop().stats().bytesRead);
    return read[0];
  }

  /** Number of bytes that the loop has written, over TLS of plain text. */
  long bytesWritten() {
    long[] written = new long[1];
    ask(() -> written[0] = server.loop().stats().bytesWritten);
    return written[0];
  }

  /** How often the limit was met. */
  long hits(Limit limit) {
    return server.loop().stats().limitHits(limit);
  }

  /** Connections closed for that reason. */
  long closed(CloseReason reason) {
    return server.loop().stats().closedCount(reason);
  }

  /** Listens to an exchange, and demands the body without end if {@code demands}. */
  final class BodyReader extends Ends {
    private final Exchange exchange;
    private int count;

    BodyReader(Exchange exchange, boolean demands) {
      this.exchange = exchange;
      exchange.listener(this);
      if (demands) {
        exchange.demand(Long.MAX_VALUE);
      }
      begun.add(exchange);
    }

    @Override
    public void onBody(ByteBuffer data) {
      count += data.remaining();
    }

    @Override
    public void onBodyComplete(Headers trailers) {
      if (exchange.isCommitted()) {
        exchange.finish();
      } else {
        ServerExtension.answer(exchange, 200, Integer.toString(count));
      }
    }
  }

  /** Notes how exchanges fail. */
  class Ends implements ExchangeListener {
    @Override
    public void onError(ExchangeException cause) {
      errors.add(cause);
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
