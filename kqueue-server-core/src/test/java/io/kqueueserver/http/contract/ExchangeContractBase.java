package io.kqueueserver.http.contract;

import static io.kqueueserver.http.contract.ExchangeFixture.Request.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.contract.ExchangeFixture.Request;
import io.kqueueserver.http.contract.ExchangePeer.Answer;
import io.kqueueserver.http.contract.ExchangePeer.End;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/** One exchange, its client and its listener, and what tests do with them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ExchangeContractBase {
  static final HeaderSource TEXT = sink -> sink.field("Content-Type", "text/plain");

  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

  Heard heard;
  Exchange exchange;
  ExchangePeer peer;
  private final Random noise = new Random(1);
  private Loans loans;
  private ExchangeFixture fixture;

  /** Begins to serve; called once for all tests of a class. */
  protected abstract ExchangeFixture newFixture();

  @BeforeAll
  final void open() {
    fixture = newFixture();
  }

  @BeforeEach
  final void begin() {
    heard = new Heard();
    loans = new Loans();
    peer = null;
  }

  @AfterAll
  final void close() {
    fixture.close();
  }

  @AfterEach
  final void end() {
    if (peer != null) {
      peer.close();
    }
    fixture.settle();
    until(() -> loans.open().isEmpty(), () -> "lent: " + loans.open());
    assertThat(heard.count("complete") + heard.count("error"))
        .as("ends of one exchange")
        .isLessThanOrEqualTo(1);
    if (heard.hasEnded()) {
      assertThat(heard.calls.get(heard.calls.size() - 1)).isIn("complete", "error");
    }
  }

  ExchangeFixture fixture() {
    return fixture;
  }

  /** Sends the request; its exchange is then waiting for the test to act. */
  void serve(Request request) {
    serve(request, exchange -> {});
  }

  /** Sends the request; the handler has run when this returns. */
  void serve(Request request, ExchangeHandler handler) {
    CompletableFuture<Exchange> handed = new CompletableFuture<>();
    peer =
        fixture.open(
            request,
            bare -> {
              Exchange served = loans.counted(bare);
              served.listener(heard);
              try {
                handler.handle(served);
              } finally {
                handed.complete(served);
              }
            });
    until(handed::isDone);
    exchange = handed.join();
  }

  /** Runs the action on the exchange's loop and waits for it; what it throws is the answer. */
  @Nullable Throwable trying(Consumer<Exchange> action) {
    CompletableFuture<@Nullable Throwable> done = new CompletableFuture<>();
    boolean taken =
        exchange.execute(
            () -> {
              try {
                action.accept(exchange);
                done.complete(null);
              } catch (Throwable e) {
                done.complete(e);
              }
            });
    assertThat(taken).as("the loop takes tasks").isTrue();
    until(done::isDone);
    return done.join();
  }

  /** Runs the action on the exchange's loop, where it must not fail. */
  void onLoop(Consumer<Exchange> action) {
    Throwable thrown = trying(action);
    if (thrown != null) {
      throw new AssertionError("on the loop", thrown);
    }
  }

  void until(BooleanSupplier condition) {
    until(condition, () -> "heard: " + heard.calls);
  }

  private void until(BooleanSupplier condition, Supplier<String> facts) {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("not within ten seconds; " + facts.get());
      }
      fixture.turn();
      Thread.onSpinWait();
      if (!condition.getAsBoolean()) {
        pause();
      }
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(1);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  void untilHeard(String call) {
    until(() -> heard.count(call) > 0);
  }

  /** Another request is served as if nothing had been. */
  void assertServesOn() {
    try (ExchangePeer other = fixture.open(get(), served -> answer(served, 200, "next"))) {
      assertAnswered(other.answer(), 200, "next");
    }
  }

  /** Other bytes each time, or the next ones would be found in what an encoder remembers. */
  byte[] incompressible(int length) {
    byte[] bytes = new byte[length];
    noise.nextBytes(bytes);
    return bytes;
  }

  static void answer(Exchange exchange, int status, String body) {
    exchange.respond(status, TEXT, body.length());
    exchange.write(ascii(body), null);
    exchange.finish();
  }

  static void assertAnswered(Answer answer, int status, String body) {
    assertThat(answer.end()).isEqualTo(End.COMPLETE);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.body()).isEqualTo(body);
  }

  static ByteBuffer ascii(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
