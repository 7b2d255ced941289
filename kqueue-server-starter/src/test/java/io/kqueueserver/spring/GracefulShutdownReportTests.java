package io.kqueueserver.spring;

import static io.kqueueserver.spring.WebServerExtension.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.is;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.web.server.Shutdown;
import org.springframework.boot.web.server.WebServer;
import org.springframework.http.server.reactive.HttpHandler;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

class GracefulShutdownReportTests {
  @RegisterExtension final WebServerExtension servers = new WebServerExtension();

  private final LogLines log = new LogLines(GracefulShutdown.class);

  @AfterEach
  void stopListening() {
    log.close();
  }

  private WebServer start(Duration interval, HttpHandler handler) {
    KqueueReactiveWebServerFactory factory = new KqueueReactiveWebServerFactory(0);
    factory.setShutdown(Shutdown.GRACEFUL);
    factory.setShutdownTimes(ShutdownTimes.DEFAULTS.reportInterval(interval));
    factory.addServerCustomizers(builder -> builder.loops(2));
    return servers.start(factory, handler);
  }

  @Test
  void aDrainSaysHowManyRequestsItWaitsForAndWhichAreTheOldest() {
    Sinks.Empty<Void> release = Sinks.empty();
    AtomicInteger running = new AtomicInteger();
    WebServer server =
        start(
            Duration.ofMillis(20),
            (request, response) -> {
              running.incrementAndGet();
              return release.asMono().then(response.writeWith(Mono.just(utf8("late"))));
            });
    try (RawClient first = new RawClient(server.getPort());
        RawClient second = new RawClient(server.getPort())) {
      first.send("GET /oldest?secret=1 HTTP/1.1\nHost: x\n\n");
      await().untilAtomic(running, is(1));
      second.send("POST /younger HTTP/1.1\nHost: x\nContent-Length: 0\n\n");
      await().untilAtomic(running, is(2));

      server.shutDownGracefully(result -> {});

      String line =
          "Graceful shutdown has waited \\d+\\.\\d s for active requests: 2, the oldest:"
              + " GET /oldest for \\d+\\.\\d s, POST /younger for \\d+\\.\\d s";
      await().untilAsserted(() -> assertThat(log.lines()).anyMatch(said -> said.matches(line)));
      assertThat(log.lines()).noneMatch(said -> said.contains("secret"));
      release.tryEmitEmpty().orThrow();
      assertThat(first.readAll()).endsWith("late");
      assertThat(second.readAll()).endsWith("late");
      await().untilAsserted(() -> assertThat(reporters()).isZero());
    }
  }

  @Test
  void aDrainSaysSoEvenWhileTheLoopOfTheRequestIsStuck() throws InterruptedException {
    CountDownLatch stuck = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    WebServer server =
        start(
            Duration.ofMillis(20),
            (request, response) -> {
              stuck.countDown();
              try {
                release.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              return Mono.empty();
            });
    try (RawClient client = new RawClient(server.getPort())) {
      client.send("GET /stuck HTTP/1.1\nHost: x\n\n");
      stuck.await();
      server.shutDownGracefully(result -> {});
      await()
          .untilAsserted(
              () ->
                  assertThat(log.lines())
                      .anyMatch(said -> said.contains("requests: 1, the oldest: GET /stuck")));
      release.countDown();
    }
  }

  @Test
  void nothingIsReportedWhereTheIntervalIsZero() {
    Sinks.Empty<Void> release = Sinks.empty();
    AtomicInteger running = new AtomicInteger();
    WebServer server =
        start(
            Duration.ZERO,
            (request, response) -> {
              running.incrementAndGet();
              return release.asMono();
            });
    try (RawClient client = new RawClient(server.getPort())) {
      client.send("GET / HTTP/1.1\nHost: x\n\n");
      await().untilAtomic(running, is(1));
      server.shutDownGracefully(result -> {});
      assertThat(reporters()).isZero();
      release.tryEmitEmpty().orThrow();
    }
  }

  @Test
  void aStopEndsTheReportOfWhatItBreaksOff() {
    AtomicInteger running = new AtomicInteger();
    WebServer server =
        start(
            Duration.ofMinutes(1),
            (request, response) -> {
              running.incrementAndGet();
              return Mono.never();
            });
    try (RawClient client = new RawClient(server.getPort())) {
      client.send("GET / HTTP/1.1\nHost: x\n\n");
      await().untilAtomic(running, is(1));
      server.shutDownGracefully(result -> {});
      assertThat(reporters()).isEqualTo(1);
      server.stop();
      await().untilAsserted(() -> assertThat(reporters()).isZero());
    }
  }

  private static long reporters() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().endsWith("-shutdown-report"))
        .count();
  }
}
