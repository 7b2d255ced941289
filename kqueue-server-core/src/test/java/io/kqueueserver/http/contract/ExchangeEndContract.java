package io.kqueueserver.http.contract;

import static io.kqueueserver.http.contract.ExchangeFixture.Request.get;
import static io.kqueueserver.http.contract.ExchangeFixture.Request.post;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.FileRegion;
import io.kqueueserver.http.contract.ExchangePeer.Answer;
import io.kqueueserver.http.contract.ExchangePeer.End;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How exchanges end, once each, and what an application's errors cost. */
abstract class ExchangeEndContract extends ExchangeResponseContract {
  /** Of both sides of a loopback, {@code tcp_wmem} and {@code tcp_rmem}. */
  private static final int MORE_THAN_A_KERNEL_TAKES = 48 * 1024 * 1024;

  /** Where an application may throw. */
  enum Place {
    HANDLER,
    ON_BODY,
    ON_BODY_COMPLETE,
    ON_WRITABLE,
    ON_COMPLETE,
    ON_ERROR,
    FLUSH_CALLBACK,
    TASK
  }

  /** The errors that a JVM throws anywhere, which are no exceptions. */
  private enum Fatal {
    LINKAGE,
    STACK,
    MEMORY;

    Error make() {
      return switch (this) {
        case LINKAGE -> new NoClassDefFoundError("on purpose");
        case STACK -> new StackOverflowError("on purpose");
        case MEMORY -> new OutOfMemoryError("on purpose");
      };
    }
  }

  private Fatal fatal = Fatal.LINKAGE;

  private Error onPurpose() {
    return fatal.make();
  }

  static Stream<Arguments> errorsAtPlaces() {
    return Arrays.stream(Place.values())
        .flatMap(place -> Arrays.stream(Fatal.values()).map(fatal -> Arguments.of(place, fatal)));
  }

  // ---- order

  @Test
  void theCallsOfAnEchoComeInOrder() {
    serve(post(Exchange.UNKNOWN_LENGTH));
    onLoop(x -> x.demand(Long.MAX_VALUE));
    peer.sendBody("hello");
    untilHeard("body");
    peer.endBody();
    untilHeard("bodyComplete");
    onLoop(x -> answer(x, 200, "bye"));
    assertAnswered(peer.answer(), 200, "bye");
    untilHeard("complete");
    assertThat(heard.calls).containsExactly("body", "bodyComplete", "complete");
  }

  @Test
  void aFileForAResponseThatWasBrokenOffIsGivenBackOnce() {
    AtomicInteger released = new AtomicInteger();
    serve(get());
    onLoop(
        x -> {
          x.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          x.write(ascii("some"), null);
          x.flush();
          x.reset(new ExchangeException(Reason.APPLICATION, "on purpose"));
          FileRegion region = new FileRegion(fixture().file(), 0, 4);
          x.respondFile(200, TEXT, 4, region, released::incrementAndGet);
        });
    assertThat(released).hasValue(1);
  }

  @Test
  void theEndComesAfterTheResponseWasFinishedAndNotBefore() {
    serve(get());
    onLoop(x -> x.respond(200, TEXT, 2));
    onLoop(x -> x.write(ascii("ok"), null));
    onLoop(x -> x.flush());
    onLoop(x -> assertThat(heard.hasEnded()).isFalse());
    onLoop(Exchange::finish);
    assertAnswered(peer.answer(), 200, "ok");
    untilHeard("complete");
  }

  // ---- breaking off

  @Test
  void anExchangeThatIsResetBeforeItsHeadIsAnsweredWithAnError() {
    ExchangeException cause = new ExchangeException(Reason.APPLICATION, "on purpose");
    serve(get());
    onLoop(x -> x.reset(cause));
    untilHeard("error");
    assertThat(heard.cause).isSameAs(cause);
    Answer answer = peer.answer(); // and not nothing, at which clients send their request again
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.end()).isEqualTo(End.COMPLETE);
    assertServesOn();
  }

  @ParameterizedTest
  @ValueSource(longs = {Exchange.UNKNOWN_LENGTH, 100})
  void aResponseThatIsResetIsSeenToBeBroken(long length) {
    serve(get());
    onLoop(
        x -> {
          x.respond(200, TEXT, length);
          x.write(ascii("part"), null);
          x.flush();
        });
    onLoop(x -> x.reset(new ExchangeException(Reason.APPLICATION, "on purpose")));
    untilHeard("error");
    assertThat(peer.answer().end()).isEqualTo(End.BROKEN);
    assertServesOn();
  }

  @Test
  void aClientThatGoesIsAnErrorOnce() {
    serve(get());
    onLoop(x -> x.respond(200, TEXT, Exchange.UNKNOWN_LENGTH));
    peer.disappear();
    untilHeard("error");
    assertThat(heard.cause).isNotNull();
    assertThat(heard.cause.reason()).isIn(Reason.PEER_CLOSED, Reason.PEER_RESET);
    assertServesOn();
  }

  @Test
  void aFlushCallbackOfABrokenExchangeIsNotCalled() {
    AtomicInteger flushed = new AtomicInteger();
    serve(get());
    onLoop(
        x -> {
          x.respond(200, TEXT, 2L * MORE_THAN_A_KERNEL_TAKES);
          x.write(ByteBuffer.allocate(MORE_THAN_A_KERNEL_TAKES), () -> {});
          x.whenFlushed(flushed::incrementAndGet);
        });
    peer.disappear();
    untilHeard("error");
    onLoop(x -> x.whenFlushed(flushed::incrementAndGet));
    onLoop(x -> {});
    assertThat(flushed).hasValue(0);
  }

  @Test
  void aListenerMayResetInItsOwnCallback() {
    serve(post(5));
    heard.then =
        call -> {
          if (call.equals("body")) {
            exchange.reset(new ExchangeException(Reason.APPLICATION, "on purpose"));
          }
        };
    onLoop(x -> x.demand(1));
    peer.sendBody("hello");
    untilHeard("error");
    assertThat(heard.count("bodyComplete")).isZero();
    assertServesOn();
  }

  @Test
  void aListenerMayAnswerInItsOwnCallback() {
    serve(post(5));
    heard.then =
        call -> {
          if (call.equals("bodyComplete")) {
            answer(exchange, 200, "hi");
          }
        };
    onLoop(x -> x.demand(9));
    peer.sendBody("hello");
    assertAnswered(peer.answer(), 200, "hi");
    untilHeard("complete");
  }

  // ---- errors of the application

  @ParameterizedTest
  @MethodSource("errorsAtPlaces")
  void anErrorHarmsItsOwnExchangeOnly(Place place, Fatal error) {
    fatal = error;
    switch (place) {
      case HANDLER -> throwInHandler();
      case ON_BODY -> throwIn("body", x -> x.demand(1), true);
      case ON_BODY_COMPLETE -> throwIn("bodyComplete", x -> x.demand(9), true);
      case ON_WRITABLE -> throwWhenWritable();
      case ON_COMPLETE -> throwAtEnd("complete", x -> answer(x, 200, "ok"));
      case ON_ERROR ->
          throwAtEnd(
              "error", x -> x.reset(new ExchangeException(Reason.APPLICATION, "on purpose")));
      case FLUSH_CALLBACK -> throwWhenFlushed();
      case TASK -> throwInTask();
    }
    assertServesOn();
  }

  private void throwInHandler() {
    serve(
        get(),
        x -> {
          throw onPurpose();
        });
    assertThat(peer.answer().status()).isEqualTo(500);
    untilHeard("error");
  }

  private void throwIn(String callback, Consumer<Exchange> first, boolean answered) {
    serve(post(5));
    heard.then =
        call -> {
          if (call.equals(callback)) {
            throw onPurpose();
          }
        };
    onLoop(first);
    peer.sendBody("hello");
    assertThat(peer.answer().status()).isEqualTo(answered ? 500 : 0);
    untilHeard("error");
  }

  private void throwWhenWritable() {
    serve(get());
    heard.then =
        call -> {
          if (call.equals("writable")) {
            throw onPurpose();
          }
        };
    onLoop(
        x -> {
          x.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          byte[] noise = new byte[50_000];
          new Random(1).nextBytes(noise);
          while (x.isWritable()) {
            x.write(ByteBuffer.wrap(noise), null);
          }
        });
    assertThat(peer.answer().end()).isEqualTo(End.BROKEN);
    untilHeard("error");
  }

  private void throwAtEnd(String callback, Consumer<Exchange> end) {
    heard.then =
        call -> {
          if (call.equals(callback)) {
            throw onPurpose();
          }
        };
    serve(get());
    trying(end);
    peer.answer();
    untilHeard(callback);
  }

  private void throwWhenFlushed() {
    serve(get());
    trying(
        x -> {
          x.respond(200, TEXT, 100);
          x.write(ascii("part"), null);
          x.whenFlushed(
              () -> {
                throw onPurpose();
              });
        });
    assertThat(peer.answer().end()).isEqualTo(End.BROKEN);
    untilHeard("error");
  }

  /** Nobody knows which exchange a task was for: the loop logs it, and the exchange goes on. */
  private void throwInTask() {
    serve(get());
    exchange.execute(
        () -> {
          throw onPurpose();
        });
    assertThat(peer.answer().status()).isEqualTo(500);
    untilHeard("error");
  }

  @Test
  void aTaskRunsThoughItsExchangeHasEnded() {
    serve(get());
    onLoop(x -> answer(x, 200, "ok"));
    assertAnswered(peer.answer(), 200, "ok");
    untilHeard("complete");
    AtomicInteger ran = new AtomicInteger();
    exchange.execute(ran::incrementAndGet);
    onLoop(x -> assertThat(ran).hasValue(1));
  }
}
