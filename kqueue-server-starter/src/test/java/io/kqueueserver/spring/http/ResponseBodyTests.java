package io.kqueueserver.spring.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.ExchangeException.Reason;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.core.io.buffer.NettyDataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.util.DisconnectedClientHelper;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.publisher.TestPublisher;

class ResponseBodyTests {
  private static final int LARGE = 10_000;

  private final ScriptedExchange exchange = ScriptedExchange.get();
  private final AtomicBoolean completed = new AtomicBoolean();
  private final NettyDataBufferFactory pool =
      new NettyDataBufferFactory(PooledByteBufAllocator.DEFAULT);
  private final List<NettyDataBuffer> pooled = new ArrayList<>();

  /** Answers with what the function writes. */
  private void answer(Function<ServerHttpResponse, Mono<Void>> write) {
    new HttpHandlerAdapter(
            (request, response) -> write.apply(response).doOnSuccess(v -> completed.set(true)))
        .handle(exchange);
  }

  @AfterEach
  void everyPooledBufferWasReleasedOnce() {
    assertThat(pooled).allMatch(buffer -> buffer.getNativeBuffer().refCnt() == 0);
  }

  @Test
  void aMonoLeavesWithItsLengthAtOnce() {
    answer(response -> response.writeWith(Mono.just(utf8("hello"))));
    assertThat(exchange.events).containsExactly("respond 200 5", "write 5", "finish");
    assertThat(exchange.tasksTaken).hasValue(0);
    assertThat(completed).isFalse();
    exchange.endTurn();
    assertThat(completed).isTrue();
  }

  @Test
  void aFluxOfOneBufferGetsItsLengthToo() {
    answer(response -> response.writeWith(Flux.just(utf8("hello"))));
    assertThat(exchange.events).containsExactly("respond 200 5", "write 5", "finish");
    exchange.endTurn();
    assertThat(completed).isTrue();
  }

  @Test
  void anEmptyFluxIsAnEmptyBody() {
    answer(response -> response.writeWith(Flux.empty()));
    assertThat(exchange.events).containsExactly("respond 200 0", "finish");
  }

  @Test
  void severalBuffersHaveNoKnownLength() {
    answer(response -> response.writeWith(Flux.just(utf8("a"), utf8("bc"))));
    assertThat(exchange.events).containsExactly("respond 200 -1", "write 1", "write 2", "finish");
  }

  @Test
  void aLengthTheApplicationSetGoesFirst() {
    answer(
        response -> {
          response.getHeaders().setContentLength(3);
          return response.writeWith(Flux.just(utf8("a"), utf8("bc")));
        });
    assertThat(exchange.fields).containsExactly("Content-Length: 3");
    assertThat(exchange.events).containsExactly("respond 200 -1", "write 1", "write 2", "finish");
  }

  @Test
  void theFirstBufferOfASourceThatPausesIsSentAtTheEndOfTheTurn() {
    Sinks.Many<DataBuffer> source = Sinks.many().unicast().onBackpressureBuffer();
    answer(response -> response.writeWith(source.asFlux()));
    source.tryEmitNext(utf8("a")).orThrow();
    exchange.endTurn();
    assertThat(exchange.sent()).isEqualTo("a");
    source.tryEmitNext(utf8("b")).orThrow();
    exchange.endTurn();
    assertThat(exchange.sent()).isEqualTo("ab");
    source.tryEmitComplete().orThrow();
    assertThat(exchange.finished).isTrue();
  }

  @Test
  void groupsAreFlushedOneByOne() {
    answer(
        response ->
            response.writeAndFlushWith(
                Flux.just(Flux.just(utf8("a"), utf8("b")), Mono.just(utf8("c")))));
    assertThat(exchange.events)
        .containsExactly(
            "respond 200 -1", "write 1", "write 1", "flush", "write 1", "flush", "finish");
  }

  @Test
  void aSourceOfEventsThatCannotWaitMayRunAhead() {
    TestPublisher<Mono<DataBuffer>> events = TestPublisher.create();
    AtomicLong requested = new AtomicLong();
    answer(response -> response.writeAndFlushWith(events.flux().doOnRequest(requested::addAndGet)));
    assertThat(requested).hasValue(1);
    events.next(Mono.just(utf8("first")));
    assertThat(requested.get()).isBetween(32L, 64L);
    exchange.fail(Reason.PEER_CLOSED, "the peer closed the connection");
    events.assertCancelled();
  }

  @Test
  void demandIsBoundedByWritability() {
    TestPublisher<DataBuffer> source = TestPublisher.create();
    AtomicLong requested = new AtomicLong();
    answer(response -> response.writeWith(source.flux().doOnRequest(requested::addAndGet)));
    exchange.congest();
    long before = 0;
    while (requested.get() > before) {
      before++;
      source.next(utf8("x"));
    }
    exchange.runTasks();
    assertThat(before).isBetween(2L, 32L);
    exchange.becomeWritable();
    assertThat(requested.get()).isGreaterThan(before);
    source.complete();
    assertThat(exchange.finished).isTrue();
    assertThat(exchange.bytesQueued()).hasSize((int) before);
  }

  @Test
  void ofLargeBuffersTwoAreAskedForAhead() {
    TestPublisher<DataBuffer> source = TestPublisher.create();
    AtomicLong requested = new AtomicLong();
    answer(response -> response.writeWith(source.flux().doOnRequest(requested::addAndGet)));
    exchange.congest();
    source.next(utf8("x".repeat(64 * 1024)), utf8("x".repeat(64 * 1024)));
    exchange.runTasks();
    assertThat(requested).hasValue(2);
    exchange.becomeWritable();
    assertThat(requested).hasValue(4);
    source.complete();
    assertThat(exchange.finished).isTrue();
  }

  @Test
  void signalsFromAnotherThreadShareOneTask() {
    AtomicReference<Thread> emitter = new AtomicReference<>();
    answer(
        response ->
            response.writeWith(
                Flux.range(0, 16)
                    .map(i -> utf8("x"))
                    .doOnComplete(() -> emitter.set(Thread.currentThread()))
                    .subscribeOn(Schedulers.boundedElastic())));
    await()
        .pollInSameThread()
        .until(
            () -> {
              exchange.endTurn();
              return completed.get();
            });
    assertThat(exchange.sent()).isEqualTo("x".repeat(16));
    assertThat(exchange.tasksTaken.get()).isLessThan(16);
  }

  @Test
  void readPositionsStayWhereTheyAre() {
    DataBuffer small = utf8("again");
    DataBuffer large = utf8("l".repeat(LARGE));
    answer(response -> response.writeWith(Flux.just(small, large, small)));
    exchange.endTurn();
    assertThat(small.readPosition()).isZero();
    assertThat(large.readPosition()).isZero();
    assertThat(exchange.sent()).isEqualTo("again" + "l".repeat(LARGE) + "again");
  }

  @Test
  void onlyTheReadablePartIsSent() {
    DataBuffer buffer = utf8("0123456789");
    buffer.readPosition(3);
    buffer.writePosition(6);
    answer(response -> response.writeWith(Mono.just(buffer)));
    exchange.endTurn();
    assertThat(exchange.sent()).isEqualTo("345");
  }

  @Test
  void pooledBuffersAreReleasedWhenSent() {
    answer(response -> response.writeWith(Flux.just(pooled("small"), pooled("l".repeat(LARGE)))));
    assertThat(pooled.get(0).getNativeBuffer().refCnt()).isZero();
    assertThat(pooled.get(1).getNativeBuffer().refCnt()).isEqualTo(1);
    exchange.endTurn();
    assertThat(completed).isTrue();
  }

  @Test
  void aPooledMonoIsReleasedWhenSent() {
    answer(response -> response.writeWith(Mono.just(pooled("l".repeat(LARGE)))));
    assertThat(pooled.get(0).getNativeBuffer().refCnt()).isPositive();
    exchange.endTurn();
    assertThat(completed).isTrue();
  }

  @Test
  void aBufferSharedByTheApplicationKeepsItsOtherReference() {
    NettyDataBuffer shared = pooled("l".repeat(LARGE));
    shared.retain();
    exchange.rejectsFields = true;
    answer(response -> response.writeWith(Mono.just(shared)));
    exchange.endTurn();
    assertThat(shared.getNativeBuffer().refCnt()).isEqualTo(1);
    shared.release();
  }

  @Test
  void aSharedMonoBufferOfAClientThatGoesKeepsItsOtherReference() {
    NettyDataBuffer shared = pooled("l".repeat(LARGE));
    shared.retain();
    answer(response -> response.writeWith(Mono.just(shared)));
    exchange.fail(Reason.PEER_RESET, "Broken pipe");
    assertThat(shared.getNativeBuffer().refCnt()).isEqualTo(1);
    shared.release();
  }

  @Test
  void aBufferOfManyPartsIsReleasedOnce() {
    NettyDataBuffer joined =
        (NettyDataBuffer) pool.join(List.of(pooled("a".repeat(LARGE)), pooled("b".repeat(LARGE))));
    answer(response -> response.writeWith(Flux.just(joined, pooled("c"))));
    assertThat(exchange.buffersKept()).isEqualTo(2);
    exchange.endTurn();
    assertThat(exchange.sent()).isEqualTo("a".repeat(LARGE) + "b".repeat(LARGE) + "c");
  }

  @Test
  void buffersNotYetWrittenAreReleasedWhenTheClientGoes() {
    Sinks.Many<DataBuffer> source = Sinks.many().unicast().onBackpressureBuffer();
    answer(response -> response.writeWith(source.asFlux()));
    source.tryEmitNext(pooled("held")).orThrow();
    exchange.fail(Reason.PEER_CLOSED, "the peer closed the connection");
    exchange.endTurn();
    assertThat(exchange.isCommitted()).isFalse();
    assertThat(source.currentSubscriberCount()).isZero();
  }

  @Test
  void buffersOnTheirWayToTheLoopAreReleasedWhenTheClientGoes() {
    AtomicBoolean emitted = new AtomicBoolean();
    answer(
        response ->
            response.writeWith(
                Flux.range(0, 2)
                    .<DataBuffer>map(i -> pooled("x"))
                    .concatWith(Flux.<DataBuffer>never().doOnSubscribe(s -> emitted.set(true)))
                    .subscribeOn(Schedulers.boundedElastic())));
    await().untilTrue(emitted);
    exchange.fail(Reason.PEER_RESET, "Broken pipe");
    exchange.runTasks();
    assertThat(exchange.isCommitted()).isFalse();
  }

  @Test
  void groupsThatWaitedInVainAreReleased() {
    TestPublisher<Mono<DataBuffer>> groups = TestPublisher.create();
    answer(response -> response.writeAndFlushWith(groups.flux()));
    groups.next(Mono.<DataBuffer>never().doOnSubscribe(s -> {}));
    groups.next(Mono.just(pooled("a")));
    groups.next(Mono.just(pooled("b")));
    exchange.fail(Reason.PEER_RESET, "Broken pipe");
    groups.assertCancelled();
  }

  @Test
  void aWriterCancelCannotReachHearsThatTheClientWent() {
    AtomicReference<Throwable> error = new AtomicReference<>();
    answer(
        response -> {
          response
              .writeWith(Flux.<DataBuffer>never().startWith(utf8("a")))
              .subscribe(null, error::set);
          return Mono.never();
        });
    exchange.fail(Reason.PEER_RESET, "Broken pipe");
    assertThat(DisconnectedClientHelper.isClientDisconnectedException(error.get())).isTrue();
  }

  @Test
  void aWriterThatComesTooLateHearsThatTheClientWent() {
    AtomicReference<ServerHttpResponse> kept = new AtomicReference<>();
    answer(
        response -> {
          kept.set(response);
          return Mono.never();
        });
    exchange.fail(Reason.PEER_RESET, "Broken pipe");
    AtomicReference<Throwable> error = new AtomicReference<>();
    kept.get().writeWith(Flux.just(pooled("a"))).subscribe(null, error::set);
    assertThat(error.get()).isInstanceOf(AbortedException.class);
  }

  @Test
  void buffersAreReleasedWhenTheLoopHasEnded() {
    AtomicReference<Throwable> error = new AtomicReference<>();
    exchange.endLoop();
    answer(
        response ->
            response
                .writeWith(
                    Flux.range(0, 4)
                        .<DataBuffer>map(i -> pooled("x"))
                        .subscribeOn(Schedulers.boundedElastic()))
                .doOnError(error::set));
    await().until(() -> error.get() != null);
    assertThat(error.get()).isInstanceOf(AbortedException.class);
  }

  private static DataBuffer utf8(String text) {
    return DefaultDataBufferFactory.sharedInstance.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private NettyDataBuffer pooled(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    NettyDataBuffer buffer = pool.allocateBuffer(bytes.length);
    buffer.write(bytes);
    pooled.add(buffer);
    return buffer;
  }
}
