package io.kqueueserver.spring;

import static io.kqueueserver.spring.WebServerExtension.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.is;

import java.net.ConnectException;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.web.server.GracefulShutdownResult;
import org.springframework.boot.web.server.Shutdown;
import org.springframework.boot.web.server.WebServer;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.HttpHandler;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** What connections go through while a server drains; its results are KqueueWebServerTests'. */
class GracefulShutdownTests {
  private static final String GET = "GET / HTTP/1.1\nHost: x\n\n";

  @RegisterExtension final WebServerExtension servers = new WebServerExtension();

  private final LogLines log = new LogLines(GracefulShutdown.class);
  private final AtomicInteger running = new AtomicInteger();
  private final Sinks.Empty<Void> release = Sinks.empty();
  private final List<GracefulShutdownResult> results = new CopyOnWriteArrayList<>();

  @AfterEach
  void stopListening() {
    log.close();
  }

  private WebServer start(HttpHandler handler) {
    KqueueReactiveWebServerFactory factory = new KqueueReactiveWebServerFactory(0);
    factory.setShutdown(Shutdown.GRACEFUL);
    return servers.start(
        factory,
        (request, response) -> {
          running.incrementAndGet();
          return handler.handle(request, response);
        });
  }

  private WebServer startHeld() {
    return start(
        (request, response) -> release.asMono().then(response.writeWith(Mono.just(utf8("late")))));
  }

  @Test
  void aConnectionThatWaitsForItsNextRequestIsClosedAtOnce() {
    WebServer server = start((request, response) -> response.writeWith(Mono.just(utf8("a"))));
    try (RawClient idle = new RawClient(server.getPort())) {
      idle.send(GET).readUntil("\n\na");
      server.shutDownGracefully(results::add);
      assertThat(idle.readAll()).isEmpty();
      await().untilAsserted(() -> assertThat(results).containsExactly(GracefulShutdownResult.IDLE));
    }
    assertThat(log.lines())
        .containsExactly(
            "Commencing graceful shutdown. Waiting for active requests to complete",
            "Graceful shutdown complete");
  }

  @Test
  void noFurtherRequestOfAnOldConnectionIsServed() {
    WebServer server = startHeld();
    try (RawClient client = new RawClient(server.getPort())) {
      client.send(GET);
      await().untilAtomic(running, is(1));
      server.shutDownGracefully(results::add);
      awaitRefused(server);
      client.send(GET);
      release.tryEmitEmpty().orThrow();
      String answer = client.readAll();
      assertThat(answer).contains("Connection: close").endsWith("late");
      assertThat(answer).containsOnlyOnce("HTTP/1.1");
    }
    assertThat(running).hasValue(1);
  }

  private static void awaitRefused(WebServer server) {
    assertThatExceptionOfType(ConnectException.class)
        .isThrownBy(() -> new Socket("localhost", server.getPort()).close());
  }

  @Test
  void aStreamHoldsTheShutdownUntilTheStopComes() {
    WebServer server =
        start(
            (request, response) ->
                response.writeWith(Flux.just(utf8("event")).concatWith(Flux.never())));
    try (RawClient client = new RawClient(server.getPort())) {
      client.send(GET).readUntil("event");
      server.shutDownGracefully(results::add);
      awaitRefused(server);
      assertThat(results).isEmpty();
      server.stop();
      await()
          .untilAsserted(
              () -> assertThat(results).containsExactly(GracefulShutdownResult.REQUESTS_ACTIVE));
    }
    assertThat(log.lines())
        .endsWith("Graceful shutdown aborted with one or more requests still active");
  }

  @Test
  void whoFailsOnTheNewsKeepsItFromNobodyElse() {
    WebServer server = startHeld();
    try (RawClient client = new RawClient(server.getPort())) {
      client.send(GET);
      await().untilAtomic(running, is(1));
      server.shutDownGracefully(
          result -> {
            throw new IllegalStateException("on purpose");
          });
      server.shutDownGracefully(results::add);
      release.tryEmitEmpty().orThrow();
      assertThat(client.readAll()).endsWith("late");
      await().untilAsserted(() -> assertThat(results).containsExactly(GracefulShutdownResult.IDLE));
    }
    assertThat(log.lines()).contains("A callback of the graceful shutdown failed");
  }

  @Test
  void everyoneWhoAskedIsToldOnce() {
    WebServer server = startHeld();
    try (RawClient client = new RawClient(server.getPort())) {
      client.send(GET);
      await().untilAtomic(running, is(1));
      server.shutDownGracefully(results::add);
      server.shutDownGracefully(results::add);
      release.tryEmitEmpty().orThrow();
      assertThat(client.readAll()).endsWith("late");
      await().untilAsserted(() -> assertThat(results).hasSize(2));
      server.shutDownGracefully(results::add);
      await().untilAsserted(() -> assertThat(results).hasSize(3));
      server.stop();
      assertThat(results).containsOnly(GracefulShutdownResult.IDLE).hasSize(3);
    }
  }

  @Test
  void duringTheAcceptPeriodConnectsAreServedAndTheResultWaits() {
    KqueueReactiveWebServerFactory factory = new KqueueReactiveWebServerFactory(0);
    factory.setShutdown(Shutdown.GRACEFUL);
    factory.setShutdownTimes(ShutdownTimes.DEFAULTS.acceptPeriod(Duration.ofHours(1)));
    WebServer server =
        servers.start(
            factory, (request, response) -> response.writeWith(Mono.just(utf8("late guest"))));
    server.shutDownGracefully(results::add);
    try (RawClient client = new RawClient(server.getPort())) {
      assertThat(client.send(GET).readAll()).contains("Connection: close").endsWith("late guest");
    }
    assertThat(results).isEmpty();
    server.stop();
    await().untilAsserted(() -> assertThat(results).hasSize(1));
    assertThat(log.lines())
        .first()
        .isEqualTo(
            "Graceful shutdown is near. Connections are accepted for another 3600000 ms, and"
                + " responses announce their end");
  }

  @Test
  void aStreamOfEventsEndsInGoodOrderBehindAnEvent() {
    KqueueReactiveWebServerFactory factory = new KqueueReactiveWebServerFactory(0);
    factory.setShutdown(Shutdown.GRACEFUL);
    factory.setShutdownTimes(ShutdownTimes.DEFAULTS.eventStreamTimeout(Duration.ZERO));
    Sinks.One<DataBuffer> half = Sinks.one();
    WebServer server =
        servers.start(
            factory,
            (request, response) -> {
              response.getHeaders().setContentType(MediaType.TEXT_EVENT_STREAM);
              return response.writeAndFlushWith(
                  Flux.<Flux<DataBuffer>>just(
                          Flux.just(utf8("data:1\r\n\r\n")),
                          Flux.concat(Flux.just(utf8("data:")), half.asMono()))
                      .concatWith(Flux.never()));
            });
    try (RawClient client = new RawClient(server.getPort())) {
      client.send(GET).readUntil("data:1\n\n");
      client.readUntil("data:");
      server.shutDownGracefully(results::add);
      awaitRefused(server);
      assertThat(results).isEmpty();
      half.tryEmitValue(utf8("2\r\n\r\n")).orThrow();
      assertThat(client.readAll()).contains("2\r\n\r\n").endsWith("0\r\n\r\n");
      await().untilAsserted(() -> assertThat(results).containsExactly(GracefulShutdownResult.IDLE));
    }
  }
}
