package io.kqueueserver.spring.http;

import static io.kqueueserver.spring.WebServerExtension.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.spring.KqueueReactiveWebServerFactory;
import io.kqueueserver.spring.LogLines;
import io.kqueueserver.spring.WebServerExtension;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import org.springframework.boot.web.server.Compression;
import org.springframework.boot.web.server.WebServer;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferWrapper;
import org.springframework.core.io.buffer.NettyDataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * Body publishers that break the rules of Reactive Streams, in each way a body is written, with and
 * without compression, on the loop's thread and on another: every exchange ends, nothing is sent
 * after the end, the log cites the rule, every buffer is released.
 */
class MisbehavingPublishersTests {
  private static final String FAILS = "fails";
  private static final String ENDS = "ends somehow";

  @RegisterExtension final WebServerExtension servers = new WebServerExtension();

  private final NettyDataBufferFactory pool =
      new NettyDataBufferFactory(PooledByteBufAllocator.DEFAULT);
  private final ConcurrentLinkedQueue<Pooled> pooled = new ConcurrentLinkedQueue<>();

  private record Pooled(String owner, NettyDataBuffer buffer) {
    boolean isReleased() {
      return buffer.getNativeBuffer().refCnt() == 0;
    }
  }

  /** Signals of a source; {@code items} makes what it sends. */
  private interface Script {
    void play(Subscriber<Object> subscriber, Items items);
  }

  private interface Items {
    Object item(String text);
  }

  @SuppressWarnings("ImmutableEnumChecker") // the lambdas of a test hold nothing
  private enum Misbehaviour {
    NULL_ITEM("2.13", FAILS, FAILS, (s, items) -> begin(s).onNext(null)),
    NULL_AFTER_AN_ITEM("2.13", FAILS, "a", (s, items) -> first(s, items).onNext(null)),
    NULL_ERROR("2.13", FAILS, FAILS, (s, items) -> begin(s).onError(null)),
    NULL_SUBSCRIPTION("2.13", FAILS, FAILS, (s, items) -> s.onSubscribe(null)),
    ITEM_AFTER_COMPLETE(
        "1.7",
        "a",
        "a",
        (s, items) -> {
          first(s, items).onComplete();
          s.onNext(items.item("late"));
          s.onNext(items.item("late"));
        }),
    ITEM_AFTER_AN_EMPTY_BODY(
        "1.7",
        "",
        "",
        (s, items) -> {
          begin(s).onComplete();
          s.onNext(items.item("late"));
          s.onComplete();
        }),
    ITEM_AFTER_ERROR(
        "1.7",
        FAILS,
        FAILS,
        (s, items) -> {
          begin(s).onError(new IllegalStateException("expected by this test"));
          s.onNext(items.item("late"));
        }),
    ERROR_AFTER_COMPLETE(
        "1.7",
        "a",
        "a",
        (s, items) -> {
          first(s, items).onComplete();
          s.onError(new IllegalStateException("too late to matter"));
        }),
    TWO_SUBSCRIPTIONS(
        "2.12",
        FAILS,
        FAILS,
        (s, items) -> {
          begin(s);
          begin(s);
        }),
    /** On the loop's thread the writer asks as fast as items come, so perhaps nothing is wrong. */
    ITEMS_NOBODY_ASKED_FOR(
        null,
        ENDS,
        "a",
        (s, items) -> {
          begin(s);
          for (int i = 0; i < 1_000; i++) {
            s.onNext(items.item("a"));
          }
          s.onComplete();
        }),
    ITEMS_BEFORE_ON_SUBSCRIBE(
        "1.9",
        FAILS,
        "a",
        (s, items) -> {
          s.onNext(items.item("a"));
          s.onComplete();
        }),
    SUBSCRIBE_THROWS(
        "1.9",
        FAILS,
        FAILS,
        (s, items) -> {
          throw new AssertionError("expected by this test");
        }),
    SUBSCRIBE_THROWS_LATE(
        "1.9",
        FAILS,
        "a",
        (s, items) -> {
          first(s, items);
          throw new IllegalStateException("expected by this test");
        }),
    REQUEST_THROWS(
        "3.16",
        FAILS,
        FAILS,
        (s, items) ->
            s.onSubscribe(
                new Deaf() {
                  @Override
                  public void request(long n) {
                    throw new IllegalStateException("expected by this test");
                  }
                })),
    CANCEL_THROWS(
        "3.15",
        FAILS,
        FAILS,
        (s, items) -> {
          s.onSubscribe(
              new Deaf() {
                @Override
                public void cancel() {
                  throw new IllegalStateException("expected by this test");
                }
              });
          s.onNext(null);
        }),
    ITEM_OF_ANOTHER_TYPE(null, FAILS, FAILS, (s, items) -> begin(s).onNext("no buffer")),
    BUFFER_WITH_AN_ERROR(
        null,
        FAILS,
        FAILS,
        (s, items) -> {
          begin(s).onNext(items.item("broken"));
          s.onComplete();
        });

    /** The rule that the log cites; null for none. */
    final @Nullable String rule;

    final String ofMany;
    final String ofOne;
    final Script script;

    Misbehaviour(@Nullable String rule, String ofMany, String ofOne, Script script) {
      this.rule = rule;
      this.ofMany = ofMany;
      this.ofOne = ofOne;
      this.script = script;
    }

    private static Subscriber<Object> begin(Subscriber<Object> subscriber) {
      subscriber.onSubscribe(new Deaf());
      return subscriber;
    }

    private static Subscriber<Object> first(Subscriber<Object> subscriber, Items items) {
      begin(subscriber).onNext(items.item("a"));
      return subscriber;
    }
  }

  /** A subscription that ignores demand and cancel. */
  private static class Deaf implements Subscription {
    @Override
    public void request(long n) {}

    @Override
    public void cancel() {}
  }

  /** How a body is written. */
  private enum Form {
    MONO {
      @Override
      Mono<Void> write(ServerHttpResponse response, Source source) {
        return response.writeWith(source.mono());
      }
    },
    FLUX {
      @Override
      Mono<Void> write(ServerHttpResponse response, Source source) {
        return response.writeWith(Flux.from(source.buffers()));
      }
    },
    PUBLISHER {
      @Override
      Mono<Void> write(ServerHttpResponse response, Source source) {
        return response.writeWith(source.buffers());
      }
    },
    GROUPS {
      @Override
      Mono<Void> write(ServerHttpResponse response, Source source) {
        return response.writeAndFlushWith(source.groups());
      }
    },
    A_GROUP {
      @Override
      Mono<Void> write(ServerHttpResponse response, Source source) {
        return response.writeAndFlushWith(Flux.just(source.buffers()));
      }
    };

    abstract Mono<Void> write(ServerHttpResponse response, Source source);
  }

  /** Plays a script for each subscriber. */
  private final class Source {
    private final Misbehaviour misbehaviour;
    private final Executor thread;

    Source(Misbehaviour misbehaviour, Executor thread) {
      this.misbehaviour = misbehaviour;
      this.thread = thread;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // that is what some of them are about
    private void play(Subscriber subscriber, Items items) {
      if (misbehaviour == Misbehaviour.SUBSCRIBE_THROWS
          || misbehaviour == Misbehaviour.SUBSCRIBE_THROWS_LATE) {
        misbehaviour.script.play(subscriber, items);
      } else {
        thread.execute(() -> misbehaviour.script.play(subscriber, items));
      }
    }

    Publisher<DataBuffer> buffers() {
      return subscriber -> play(subscriber, text -> buffer(text, misbehaviour.name()));
    }

    Publisher<Publisher<DataBuffer>> groups() {
      return subscriber -> play(subscriber, text -> Mono.just(buffer(text, misbehaviour.name())));
    }

    Mono<DataBuffer> mono() {
      return new Mono<>() {
        @Override
        public void subscribe(CoreSubscriber<? super DataBuffer> actual) {
          play(actual, text -> buffer(text, misbehaviour.name()));
        }
      };
    }
  }

  static Stream<Arguments> everyForm() {
    return Stream.of(Form.values())
        .flatMap(form -> Stream.of(true, false).map(compressed -> Arguments.of(form, compressed)));
  }

  @ParameterizedTest(name = "{0}, compressed: {1}")
  @MethodSource("everyForm")
  void everyExchangeEnds(Form form, boolean compressed) throws Exception {
    WebServer server = start(form, compressed);
    try (LogLines log = new LogLines(HttpHandlerAdapter.class)) {
      Map<String, String> expected = new LinkedHashMap<>();
      Map<String, CompletableFuture<String>> answers = new LinkedHashMap<>();
      for (Misbehaviour misbehaviour : Misbehaviour.values()) {
        for (String thread : List.of("loop", "other")) {
          String path = "/" + thread + "/" + misbehaviour;
          expected.put(path, form == Form.MONO ? misbehaviour.ofOne : misbehaviour.ofMany);
          answers.put(path, answer(server, path, compressed));
        }
      }
      Map<String, String> outcomes = new LinkedHashMap<>();
      answers.forEach(
          (path, answer) -> {
            String outcome = answer.join();
            boolean any = ENDS.equals(expected.get(path)) && !outcome.equals("hangs");
            outcomes.put(path, any ? ENDS : outcome);
          });
      assertThat(outcomes).isEqualTo(expected);
      assertThat(answer(server, "/fine", compressed).join()).isEqualTo("fine");

      Map<Misbehaviour, String> uncited = new EnumMap<>(Misbehaviour.class);
      for (Misbehaviour misbehaviour : Misbehaviour.values()) {
        String rule = misbehaviour.rule;
        boolean harmless = form == Form.MONO && rule != null && rule.equals("1.9");
        if (rule != null
            && !harmless
            && log.lines().stream().noneMatch(line -> line.contains("rule " + rule + " of"))) {
          uncited.put(misbehaviour, rule);
        }
      }
      assertThat(uncited).isEmpty();
      await().untilAsserted(() -> assertThat(pooled).allMatch(Pooled::isReleased));
    }
  }

  private WebServer start(Form form, boolean compressed) {
    KqueueReactiveWebServerFactory factory = new KqueueReactiveWebServerFactory(0);
    Compression compression = new Compression();
    compression.setEnabled(compressed);
    factory.setCompression(compression);
    return servers.start(factory, (request, response) -> answer(form, request, response));
  }

  private Mono<Void> answer(Form form, ServerHttpRequest request, ServerHttpResponse response) {
    response.getHeaders().setContentType(MediaType.TEXT_PLAIN);
    String[] path = request.getPath().value().split("/", -1);
    if (path[1].equals("fine")) {
      return response.writeWith(Mono.just(buffer("fine")));
    }
    Executor thread = path[1].equals("loop") ? Runnable::run : task -> new Thread(task).start();
    return form.write(response, new Source(Misbehaviour.valueOf(path[2]), thread));
  }

  private DataBuffer buffer(String text) {
    return buffer(text, text);
  }

  private DataBuffer buffer(String text, String owner) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    NettyDataBuffer buffer = pool.allocateBuffer(bytes.length);
    buffer.write(bytes);
    if (text.equals("broken")) {
      return new DataBufferWrapper(buffer) {
        @Override
        public ByteBufferIterator readableByteBuffers() {
          buffer.release();
          throw new AssertionError("expected by this test");
        }
      };
    }
    pooled.add(new Pooled(owner, buffer));
    return buffer;
  }

  /** The body of a response that came whole; else {@link #FAILS}, or that there was no end. */
  private CompletableFuture<String> answer(WebServer server, String path, boolean compressed) {
    var request = request(server, path);
    if (compressed) {
      request.header("Accept-Encoding", "gzip");
    }
    return servers
        .client()
        .sendAsync(request.build(), BodyHandlers.ofByteArray())
        .orTimeout(5, TimeUnit.SECONDS) // of the body, too
        .handle(
            (response, error) -> {
              if (error instanceof TimeoutException) {
                return "hangs";
              }
              return error != null || response.statusCode() != 200 ? FAILS : text(response);
            });
  }

  private static String text(HttpResponse<byte[]> response) {
    byte[] body = response.body();
    if (response.headers().firstValue("Content-Encoding").isPresent()) {
      try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(body))) {
        body = in.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return new String(body, StandardCharsets.UTF_8);
  }

  @Test
  void anItemNobodyAskedForEndsTheBody() {
    AtomicReference<Throwable> error = new AtomicReference<>();
    GuardedBody.of(
            subscriber -> {
              subscriber.onSubscribe(new Deaf());
              subscriber.onNext(buffer("asked for"));
              subscriber.onNext(buffer("not asked for"));
            })
        .subscribe(
            new BaseSubscriber<DataBuffer>() {
              @Override
              protected void hookOnSubscribe(Subscription subscription) {
                subscription.request(1);
              }

              @Override
              protected void hookOnNext(DataBuffer buffer) {
                ((NettyDataBuffer) buffer).release();
              }

              @Override
              protected void hookOnError(Throwable cause) {
                error.set(cause);
              }
            });
    assertThat(error.get()).hasMessageContaining("rule 1.1");
    assertThat(pooled).hasSize(2).allMatch(Pooled::isReleased);
  }

  @Test
  void signalsFromTwoThreadsAtOnceEndTheBody() throws Exception {
    AtomicReference<Subscriber<? super DataBuffer>> source = new AtomicReference<>();
    CountDownLatch inOnNext = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    AtomicReference<Throwable> error = new AtomicReference<>();
    GuardedBody.of(
            subscriber -> {
              subscriber.onSubscribe(Operators.emptySubscription());
              source.set(subscriber);
            })
        .subscribe(
            new BaseSubscriber<DataBuffer>() {
              @Override
              protected void hookOnNext(DataBuffer buffer) {
                ((NettyDataBuffer) buffer).release();
                inOnNext.countDown();
                try {
                  assertThat(goOn.await(10, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              }

              @Override
              protected void hookOnError(Throwable cause) {
                error.set(cause);
              }
            });
    Thread first = new Thread(() -> source.get().onNext(buffer("first")));
    first.start();
    assertThat(inOnNext.await(10, TimeUnit.SECONDS)).isTrue();
    NettyDataBuffer second = (NettyDataBuffer) buffer("second");
    source.get().onNext(second);
    assertThat(error).hasValue(null);
    assertThat(second.getNativeBuffer().refCnt()).isZero();
    goOn.countDown();
    first.join();
    assertThat(error.get()).hasMessageContaining("rule 1.3");
  }

  /** {@code Mono.from} completes after the item that was refused, as it must. */
  @ParameterizedTest
  @EnumSource(names = {"NULL_ITEM", "ITEM_OF_ANOTHER_TYPE"})
  void whatFollowsARefusedItemIsNoSecondBreach(Misbehaviour misbehaviour) {
    WebServer server =
        servers.start(
            (request, response) ->
                response.writeWith(Mono.from(new Source(misbehaviour, Runnable::run).buffers())));
    try (LogLines log = new LogLines(HttpHandlerAdapter.class)) {
      assertThat(servers.get(server, "/").statusCode()).isEqualTo(500);
      assertThat(log.lines()).noneMatch(line -> line.contains("rule 1.7"));
    }
  }

  @Test
  void aHandlersErrorAfterItsEndBreaksNothing() {
    WebServer server =
        servers.start(
            (request, response) ->
                new Mono<>() {
                  @Override
                  public void subscribe(CoreSubscriber<? super Void> actual) {
                    response
                        .writeWith(Mono.just(buffer("whole")))
                        .subscribe(
                            null,
                            actual::onError,
                            () -> {
                              actual.onComplete();
                              actual.onError(new IllegalStateException("too late to matter"));
                            });
                  }
                });
    assertThat(servers.get(server, "/").body()).isEqualTo("whole");
  }
}
