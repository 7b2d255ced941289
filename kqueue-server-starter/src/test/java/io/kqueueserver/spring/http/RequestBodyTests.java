package io.kqueueserver.spring.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.http.ExchangeException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.web.util.DisconnectedClientHelper;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

class RequestBodyTests {
  private final ScriptedExchange exchange = ScriptedExchange.post();
  private final AtomicReference<@Nullable KqueueServerHttpRequest> request =
      new AtomicReference<>();

  private KqueueServerHttpRequest open() {
    new HttpHandlerAdapter(
            (request, response) -> {
              this.request.set((KqueueServerHttpRequest) request);
              return Mono.never();
            })
        .handle(exchange);
    KqueueServerHttpRequest opened = request.get();
    assertThat(opened).isNotNull();
    return opened;
  }

  @Test
  void nothingIsReadWithoutDemand() {
    open().getBody().subscribe(new Recorder(0));
    assertThat(exchange.demanded).isZero();
  }

  @Test
  void demandReachesTheExchangePieceByPiece() {
    Recorder recorder = new Recorder(1);
    open().getBody().subscribe(recorder);
    assertThat(exchange.demanded).isEqualTo(1);
    exchange.body("a");
    assertThat(exchange.demanded).isZero();
    recorder.request(2);
    exchange.body("b");
    exchange.body("c");
    exchange.endBody();
    assertThat(recorder.seen).containsExactly("a", "b", "c", "complete");
  }

  @Test
  void demandWithinOnNextDoesNotRecurse() {
    Recorder recorder =
        new Recorder(1) {
          @Override
          protected void hookOnNext(DataBuffer buffer) {
            super.hookOnNext(buffer);
            request(1);
            assertThat(exchange.demanded).isZero();
          }
        };
    open().getBody().subscribe(recorder);
    exchange.body("a");
    assertThat(exchange.demanded).isEqualTo(1);
  }

  @Test
  void theEndNeedsNoDemandAndIsRememberedForALateSubscriber() {
    KqueueServerHttpRequest request = open();
    exchange.endBody();
    StepVerifier.create(request.getBody(), 0).verifyComplete();
  }

  @Test
  void aSecondSubscriberIsRefused() {
    KqueueServerHttpRequest request = open();
    request.getBody().subscribe(new Recorder(1));
    StepVerifier.create(request.getBody()).verifyError(IllegalStateException.class);
  }

  @Test
  void cancellingThrowsTheRestAway() {
    Recorder recorder = new Recorder(1);
    open().getBody().subscribe(recorder);
    recorder.cancel();
    assertThat(exchange.discarded).isTrue();
    exchange.body("late");
    exchange.endBody();
    assertThat(recorder.seen).isEmpty();
  }

  @Test
  void aClientThatGoesIsRecognisedAsSuch() {
    Recorder recorder = new Recorder(1);
    open().getBody().subscribe(recorder);
    exchange.fail(ExchangeException.Reason.PEER_RESET, "Connection reset by peer");
    assertThat(recorder.error).isNotNull();
    assertThat(DisconnectedClientHelper.isClientDisconnectedException(recorder.error)).isTrue();
    assertThat(recorder.seen).containsExactly("error");
  }

  @Test
  void aMalformedBodyIsNotADisconnect() {
    Recorder recorder = new Recorder(1);
    open().getBody().subscribe(recorder);
    exchange.fail(ExchangeException.Reason.BAD_REQUEST, "chunk-size is not hexadecimal");
    assertThat(recorder.error).isInstanceOf(ExchangeException.class);
    assertThat(DisconnectedClientHelper.isClientDisconnectedException(recorder.error)).isFalse();
  }

  @Test
  void aSubscriberWhoComesAfterAnErrorHearsOfIt() {
    KqueueServerHttpRequest request = open();
    exchange.fail(ExchangeException.Reason.PEER_CLOSED, "the peer closed the connection");
    StepVerifier.create(request.getBody()).verifyError(AbortedException.class);
  }

  @Test
  void aBodyStillReadWhenTheResponseIsCompleteEndsWithAnError() {
    Recorder recorder = new Recorder(1);
    new HttpHandlerAdapter(
            (request, response) -> {
              request.getBody().subscribe(recorder);
              return response.setComplete();
            })
        .handle(exchange);
    exchange.endTurn();
    assertThat(recorder.error).isInstanceOf(AbortedException.class);
  }

  @Test
  void signalsFromOtherThreadsCrossToTheLoop() {
    KqueueServerHttpRequest request = open();
    Recorder recorder = new Recorder(0);
    Mono.fromRunnable(
            () -> {
              request.getBody().subscribe(recorder);
              for (int i = 0; i < 100; i++) {
                recorder.request(1);
              }
            })
        .subscribeOn(Schedulers.boundedElastic())
        .block();
    assertThat(exchange.demanded).isZero();
    assertThat(exchange.tasksTaken).hasValue(2);
    exchange.runTasks();
    assertThat(exchange.demanded).isEqualTo(100);
    exchange.body("a");
    exchange.endBody();
    assertThat(recorder.seen).containsExactly("a", "complete");
  }

  @Test
  void aSubscriberWhoComesAfterTheLoopEndedHearsOfIt() {
    KqueueServerHttpRequest request = open();
    exchange.endLoop();
    StepVerifier.create(request.getBody().subscribeOn(Schedulers.boundedElastic()))
        .verifyError(AbortedException.class);
  }

  private static class Recorder extends BaseSubscriber<DataBuffer> {
    final List<String> seen = new ArrayList<>();
    @Nullable Throwable error;
    private final long first;

    Recorder(long first) {
      this.first = first;
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
      if (first > 0) {
        request(first);
      }
    }

    @Override
    protected void hookOnNext(DataBuffer buffer) {
      seen.add(buffer.toString(StandardCharsets.UTF_8));
    }

    @Override
    protected void hookOnComplete() {
      seen.add("complete");
    }

    @Override
    protected void hookOnError(Throwable throwable) {
      error = throwable;
      seen.add("error");
    }

    @Override
    protected void hookFinally(SignalType type) {}
  }
}
