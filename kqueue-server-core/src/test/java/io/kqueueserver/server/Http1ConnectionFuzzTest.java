package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.RunningServer;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.Headers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Random pipelines of HTTP/1 on real sockets, in random pieces, read now and then, some of them
 * wrong at one octet, half-closed or reset. Whatever comes: answers are in order, each octet of a
 * body comes back once, bytes held stay within their limit, and exchanges end once. The seed of a
 * failure is in its message; {@code -Dkqueue.fuzz.seconds} sets how long new seeds are tried.
 */
@Timeout(600)
class Http1ConnectionFuzzTest {
  private static final int SECONDS = Integer.getInteger("kqueue.fuzz.seconds", 3);
  private static final long MAX_HELD_BYTES = 1 << 20;

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(builder -> builder.loops(1).allowHalfClose(true));

  private final Queue<Ends> exchanges = new ConcurrentLinkedQueue<>();

  /** Counts the ends of an exchange. */
  private class Ends implements ExchangeListener {
    final Exchange exchange;
    private final AtomicInteger ends = new AtomicInteger();

    Ends(Exchange exchange) {
      this.exchange = exchange;
      exchanges.add(this);
    }

    void begin() {
      exchange.listener(this);
    }

    void answer(byte[] body) {
      int length = body.length;
      exchange.respond(200, sink -> sink.field("N", number()), length);
      exchange.write(ByteBuffer.wrap(body, 0, length / 2), null);
      exchange.write(ByteBuffer.wrap(body, length / 2, length - length / 2), () -> {});
      exchange.finish();
    }

    String number() {
      String path = exchange.request().path();
      return path.substring(path.indexOf('?') + 1);
    }

    @Override
    public void onComplete() {
      ends.incrementAndGet();
    }

    @Override
    public void onError(ExchangeException cause) {
      ends.incrementAndGet();
    }
  }

  /** Hands each piece of the body back. */
  private final class Echo extends Ends {
    Echo(Exchange exchange) {
      super(exchange);
    }

    @Override
    void begin() {
      exchange.respond(200, sink -> sink.field("N", number()), Exchange.UNKNOWN_LENGTH);
      exchange.listener(this);
      exchange.demand(1);
    }

    @Override
    public void onBody(ByteBuffer data) {
      exchange.write(ByteBuffer.allocate(data.remaining()).put(data).flip(), () -> {});
      exchange.demand(1);
    }

    @Override
    public void onBodyComplete(Headers trailers) {
      exchange.finish(sink -> sink.field("x", "y"));
    }
  }

  /** Answers with the body when all of it has come. */
  private final class Collect extends Ends {
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();

    Collect(Exchange exchange) {
      super(exchange);
    }

    @Override
    void begin() {
      exchange.listener(this);
      exchange.demand(1);
    }

    @Override
    public void onBody(ByteBuffer data) {
      byte[] piece = new byte[data.remaining()];
      data.get(piece);
      body.writeBytes(piece);
      exchange.demand(1);
    }

    @Override
    public void onBodyComplete(Headers trailers) {
      answer(body.toByteArray());
    }
  }

  @BeforeEach
  void handlers() {
    server.on("/short", exchange -> answer(exchange, 5));
    server.on("/long", exchange -> answer(exchange, 60_000));
    server.on("/echo", exchange -> new Echo(exchange).begin());
    server.on("/collect", exchange -> new Collect(exchange).begin());
    server.on(
        "/later",
        exchange -> {
          Ends ends = new Ends(exchange);
          ends.begin();
          assertThat(exchange.execute(() -> ends.answer(Http1Pipeline.body(7)))).isTrue();
        });
  }

  private void answer(Exchange exchange, int length) {
    Ends ends = new Ends(exchange);
    ends.begin();
    ends.answer(Http1Pipeline.body(length));
  }

  private RunningServer served() {
    return Objects.requireNonNull(server.server().running());
  }

  @Test
  void whateverComesAnswersAreInOrderAndWhole(TestReporter reporter) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    int seed = 0;
    int answers = 0;
    for (; System.nanoTime() < deadline; seed++) {
      try {
        answers += run(new Random(seed));
        assertThat(served().heldBytes()).isLessThanOrEqualTo(MAX_HELD_BYTES);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
    reporter.publishEntry("connections", Integer.toString(seed));
    reporter.publishEntry("answers", Integer.toString(answers));
    assertThat(answers).isPositive();
    await().until(() -> served().activeExchanges() == 0 && served().heldBytes() == 0);
    assertThat(exchanges).isNotEmpty().allMatch(ends -> ends.ends.get() == 1);
  }

  /** The number of answers that were checked. */
  private int run(Random random) throws IOException {
    Http1Pipeline pipeline = new Http1Pipeline(random);
    try (PiecewiseClient client = new PiecewiseClient(server.port(), random)) {
      boolean isAborted = random.nextInt(10) == 0;
      if (isAborted) {
        client.send(pipeline.octets(), random.nextInt(pipeline.octets().length));
        client.reset();
        return 0;
      }
      client.send(pipeline.octets(), pipeline.octets().length);
      byte[] answers = client.readAll();
      try {
        return pipeline.check(answers);
      } catch (AssertionError e) {
        throw new AssertionError(pipeline + ", " + answers.length + " octets back: " + e, e);
      }
    }
  }
}
