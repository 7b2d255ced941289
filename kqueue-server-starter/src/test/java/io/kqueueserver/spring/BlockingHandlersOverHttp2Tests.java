package io.kqueueserver.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.spring.RawHttp2Client.Frame;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.web.server.Http2;
import org.springframework.boot.web.server.WebServer;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Handlers that block a thread of a scheduler and do not heed an interrupt, behind a client that
 * resets its requests. Reactor's cancel does not end them.
 */
@Timeout(60)
class BlockingHandlersOverHttp2Tests {
  private static final int STREAMS = 100;

  @RegisterExtension final WebServerExtension servers = new WebServerExtension();

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch end = new CountDownLatch(1);
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();

  @AfterEach
  void close() {
    end.countDown();
    threads.shutdown();
  }

  private void block() {
    most.accumulateAndGet(running.incrementAndGet(), Math::max);
    while (end.getCount() > 0) {
      try {
        end.await();
      } catch (InterruptedException e) {
        // as a driver that waits for its database
      }
    }
    running.decrementAndGet();
  }

  private String blocked() {
    block();
    return "done";
  }

  /**
   * A way to block.
   *
   * @param handle makes the result from the body that was read
   */
  private record Way(String name, Handle handle) {
    private interface Handle {
      Mono<Void> handle(
          BlockingHandlersOverHttp2Tests test,
          ServerHttpRequest request,
          ServerHttpResponse response,
          Scheduler scheduler);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Way> ways() {
    return Stream.of(
        new Way(
            "a call on another scheduler",
            (test, request, response, on) ->
                Mono.fromCallable(test::blocked).subscribeOn(on).then()),
        new Way(
            "a call behind the body",
            (test, request, response, on) ->
                request
                    .getBody()
                    .then(Mono.defer(() -> Mono.fromCallable(test::blocked).subscribeOn(on)))
                    .then()),
        new Way(
            "a call behind a hop",
            (test, request, response, on) ->
                Mono.just("")
                    .publishOn(Schedulers.parallel())
                    .flatMap(any -> Mono.fromRunnable(test::block).subscribeOn(on))
                    .then()),
        new Way(
            "a source of the response that was asked for more",
            (test, request, response, on) ->
                response.writeWith(
                    Flux.range(1, 20)
                        .map(
                            number -> {
                              if (number == 20) {
                                test.block();
                              }
                              return WebServerExtension.utf8("x");
                            })
                        .subscribeOn(on))));
  }

  @ParameterizedTest
  @MethodSource("ways")
  void noMoreRunAtATimeThanStreamsAreAllowed(Way way) throws Exception {
    Scheduler scheduler = Schedulers.fromExecutorService(threads);
    HttpHandler handler =
        (request, response) ->
            request.getPath().value().equals("/a")
                ? response.setComplete()
                : way.handle().handle(this, request, response, scheduler);
    try (RawHttp2Client client = new RawHttp2Client(connect(start(handler)))) {
      List<Integer> streams = new ArrayList<>();
      for (int i = 0; i < STREAMS; i++) {
        streams.add(open(client, "/blocks"));
      }
      await().until(() -> running.get() == STREAMS);
      for (int stream : streams) {
        client.cancel(stream);
      }
      for (int i = 0; i < 20; i++) {
        assertThat(client.next(open(client, "/blocks")).errorCode())
            .isEqualTo(ErrorCode.REFUSED_STREAM.number());
      }
      assertThat(most).hasValue(STREAMS);

      end.countDown();
      await().until(() -> running.get() == 0);
      await().until(() -> isServed(client));
    }
  }

  private static int open(RawHttp2Client client, String path) throws IOException {
    int stream =
        client.open(false, ":method: POST", ":scheme: http", ":authority: a", ":path: " + path);
    client.endData(stream);
    return stream;
  }

  private static boolean isServed(RawHttp2Client client) throws IOException {
    Frame first = client.next(open(client, "/a"));
    return first.is(FrameType.HEADERS) && first.status() == 200;
  }

  private WebServer start(HttpHandler handler) {
    KqueueReactiveWebServerFactory factory = new KqueueReactiveWebServerFactory(0);
    Http2 http2 = new Http2();
    http2.setEnabled(true);
    factory.setHttp2(http2);
    return servers.start(factory, handler);
  }

  private static Socket connect(WebServer server) throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), server.getPort());
  }
}
