package io.kqueueserver.spring;

import static io.kqueueserver.spring.WebServerExtension.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.is;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.web.server.GracefulShutdownResult;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.boot.web.server.Shutdown;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.WebServerException;
import org.springframework.http.server.reactive.HttpHandler;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

class KqueueWebServerTests {
  private static final HttpHandler HELLO =
      (request, response) -> response.writeWith(Mono.just(utf8("hello")));

  @RegisterExtension final WebServerExtension servers = new WebServerExtension();

  private static KqueueReactiveWebServerFactory factory(Shutdown shutdown) {
    KqueueReactiveWebServerFactory factory = new KqueueReactiveWebServerFactory(0);
    factory.setShutdown(shutdown);
    return factory;
  }

  // ---- life cycle

  @Test
  void aServerListensFromStartToStop() throws Exception {
    WebServer server = servers.create(factory(Shutdown.IMMEDIATE), HELLO);
    assertThat(server.getPort()).isEqualTo(-1);
    server.start();
    int port = server.getPort();
    assertThat(port).isPositive();
    assertThat(servers.get(server, "/").body()).isEqualTo("hello");
    server.stop();
    assertThat(server.getPort()).isEqualTo(-1);
    assertThatExceptionOfType(ConnectException.class)
        .isThrownBy(() -> new Socket("localhost", port).close());
  }

  @Test
  void aStoppedServerMayBeStartedAgain() {
    WebServer server = servers.start(HELLO);
    server.stop();
    server.start();
    assertThat(servers.get(server, "/").body()).isEqualTo("hello");
  }

  @Test
  void startingAndStoppingTwiceDoesNothing() {
    WebServer server = servers.start(HELLO);
    int port = server.getPort();
    server.start();
    assertThat(server.getPort()).isEqualTo(port);
    server.stop();
    server.stop();
    server.destroy();
    server.destroy();
  }

  @Test
  void aServerThatNeverStartedMayBeStopped() {
    WebServer server = servers.create(factory(Shutdown.GRACEFUL), HELLO);
    server.stop();
    server.destroy();
    assertThat(server.getPort()).isEqualTo(-1);
  }

  @Test
  void gettingAServerBindsNothing() throws IOException {
    try (ServerSocket taken = new ServerSocket(0)) {
      WebServer server =
          servers.create(new KqueueReactiveWebServerFactory(taken.getLocalPort()), HELLO);
      assertThat(server.getPort()).isEqualTo(-1);
    }
  }

  @Test
  void nothingIsAliveAfterStop() {
    List<String> before = kqueueThreads();
    WebServer server = servers.start(HELLO);
    assertThat(kqueueThreads()).hasSizeGreaterThan(before.size());
    server.stop();
    assertThat(kqueueThreads()).isEqualTo(before);
  }

  @Test
  void aRunningServerKeepsTheJvmAlive() {
    servers.start(HELLO);
    assertThat(Thread.getAllStackTraces().keySet())
        .anyMatch(thread -> thread.getName().startsWith("kqueue-loop-") && !thread.isDaemon());
  }

  @Test
  void aNegativePortMeansAServerThatDoesNotListen() {
    KqueueReactiveWebServerFactory factory = new KqueueReactiveWebServerFactory(-1);
    WebServer server = servers.start(factory, HELLO);
    assertThat(server.getPort()).isEqualTo(-1);
    assertThat(kqueueThreads()).containsExactly("kqueue-await");
    server.stop();
    await().untilAsserted(() -> assertThat(kqueueThreads()).isEmpty());
    server.start();
    assertThat(kqueueThreads()).containsExactly("kqueue-await");
  }

  @Test
  void aLineOfItsOwnNamesBackendLoopsAndLimits() {
    KqueueReactiveWebServerFactory factory = factory(Shutdown.IMMEDIATE);
    factory.addServerCustomizers(builder -> builder.loops(2).maxConnections(77));
    KqueueWebServer server = (KqueueWebServer) servers.start(factory, HELLO);
    Native natives = Native.load(NativeOptions.DEFAULTS);
    long limit = natives.descriptorLimit();
    assertThat(limit).isPositive();
    assertThat(StartReport.runsOn(server.getServer()))
        .isEqualTo(
            natives.describe()
                + ", loops kqueue-loop-0..1, max-connections 77, descriptor limit "
                + (limit == Long.MAX_VALUE ? "none" : Long.toString(limit)));
    assertThat(natives.describe()).matches("(epoll|kqueue) on [a-z]+-[a-z0-9_]+");
  }

  @Test
  void theStartedMessageNamesTheOnlyLoop() {
    KqueueReactiveWebServerFactory factory = factory(Shutdown.IMMEDIATE);
    factory.addServerCustomizers(builder -> builder.loops(1).name("kqueue-management"));
    KqueueWebServer server = (KqueueWebServer) servers.start(factory, HELLO);
    assertThat(StartReport.runsOn(server.getServer()))
        .contains(", loop kqueue-management-loop-0, ");
  }

  @Test
  void theStartedMessageNamesAUnixSocketBesideThePortOrInsteadOfIt(@TempDir Path folder) {
    Path path = folder.resolve("app.sock");
    KqueueReactiveWebServerFactory factory = factory(Shutdown.IMMEDIATE);
    factory.addServerCustomizers(builder -> builder.unixSocket(path));
    KqueueWebServer server = (KqueueWebServer) servers.start(factory, HELLO);
    assertThat(server.getStartedLogMessage())
        .isEqualTo(
            "Kqueue started on port %d (http), unix:%s (http)".formatted(server.getPort(), path));
    server.stop();
    factory.setPort(-1);
    server = (KqueueWebServer) servers.start(factory, HELLO);
    assertThat(server.getStartedLogMessage())
        .isEqualTo("Kqueue started on unix:" + path + " (http)");
    assertThat(server.getPort()).isEqualTo(-1);
  }

  @Test
  void moreConnectionsThanDescriptorsAreHintedAt() {
    assertThat(StartReport.descriptorHint(8192, 1, 1024))
        .isEqualTo(
            "kqueue.server.max-connections is 8192, but this process may open only 1024"
                + " descriptors, and accepting pauses when they are used up; raise the limit"
                + " (ulimit -n 8320) or set kqueue.server.max-connections=896");
    assertThat(StartReport.descriptorHint(896, 1, 1024)).isNull();
    assertThat(StartReport.descriptorHint(298, 3, 1024)).isNull();
    assertThat(StartReport.descriptorHint(299, 3, 1024))
        .contains("is 299, of 3 descriptors each with their TLS engine, but", "ulimit -n 1025")
        .endsWith("max-connections=298");
    assertThat(StartReport.descriptorHint(897, 1, 1024)).isNotNull();
    assertThat(StartReport.descriptorHint(8192, 1, Long.MAX_VALUE)).isNull();
    assertThat(StartReport.descriptorHint(8192, 1, -1)).isNull();
    assertThat(StartReport.descriptorHint(8192, 1, 100)).endsWith("max-connections=1");
  }

  private static List<String> kqueueThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("kqueue-loop") || name.equals("kqueue-await"))
        .sorted()
        .toList();
  }

  // ---- addresses

  @Test
  void onlyTheGivenAddressIsBound() throws Exception {
    KqueueReactiveWebServerFactory factory = factory(Shutdown.IMMEDIATE);
    factory.setAddress(InetAddress.getByName("127.0.0.1"));
    WebServer server = servers.start(factory, HELLO);
    new Socket("127.0.0.1", server.getPort()).close();
    assertThatIOException().isThrownBy(() -> new Socket("::1", server.getPort()).close());
  }

  @Test
  void aPortInUseIsReportedWithItsNumber() throws IOException {
    try (ServerSocket taken = new ServerSocket(0)) {
      WebServer server =
          servers.create(new KqueueReactiveWebServerFactory(taken.getLocalPort()), HELLO);
      PortInUseException failure = catchThrowableOfType(PortInUseException.class, server::start);
      assertThat(failure.getPort()).isEqualTo(taken.getLocalPort());
      assertThat(failure).hasCauseInstanceOf(RuntimeException.class);
      assertThat(server.getPort()).isEqualTo(-1);
      assertThat(kqueueThreads()).isEmpty();
    }
  }

  @Test
  void aFailedStartMayBeTriedAgain() throws IOException {
    WebServer server;
    try (ServerSocket taken = new ServerSocket(0)) {
      server = servers.create(new KqueueReactiveWebServerFactory(taken.getLocalPort()), HELLO);
      assertThatExceptionOfType(PortInUseException.class).isThrownBy(server::start);
    }
    server.start();
    assertThat(servers.get(server, "/").body()).isEqualTo("hello");
  }

  /** The connection that the server closed first keeps the port busy for a minute (TIME_WAIT). */
  @Test
  void aServerStartsAgainOnThePortItHadAMomentAgo() {
    WebServer first = servers.start(HELLO);
    int port = first.getPort();
    try (RawClient client = new RawClient(port)) {
      client.send("GET / HTTP/1.1\nHost: x\nConnection: close\n\n").readAll();
    }
    first.stop();
    WebServer second = servers.start(new KqueueReactiveWebServerFactory(port), HELLO);
    assertThat(second.getPort()).isEqualTo(port);
    assertThat(servers.get(second, "/").body()).isEqualTo("hello");
  }

  @Test
  void twoOfOurServersCannotShareAPort() {
    WebServer first = servers.start(HELLO);
    WebServer second = servers.create(new KqueueReactiveWebServerFactory(first.getPort()), HELLO);
    assertThatExceptionOfType(PortInUseException.class).isThrownBy(second::start);
  }

  @Test
  void anAddressThisMachineLacksIsNotAPortInUse() throws Exception {
    KqueueReactiveWebServerFactory factory = factory(Shutdown.IMMEDIATE);
    factory.setAddress(InetAddress.getByName("192.0.2.1"));
    WebServer server = servers.create(factory, HELLO);
    assertThatExceptionOfType(WebServerException.class)
        .isThrownBy(server::start)
        .isNotInstanceOf(PortInUseException.class)
        .withMessageContaining("EADDRNOTAVAIL");
  }

  // ---- shutdown

  @Test
  void immediateShutdownSaysSoAtOnce() {
    WebServer server = servers.start(factory(Shutdown.IMMEDIATE), HELLO);
    assertThat(shutDown(server)).containsExactly(GracefulShutdownResult.IMMEDIATE);
  }

  @Test
  void gracefulShutdownOfAnIdleServerEndsIdle() throws Exception {
    WebServer server = servers.start(factory(Shutdown.GRACEFUL), HELLO);
    int port = server.getPort();
    List<GracefulShutdownResult> results = shutDown(server);
    await().untilAsserted(() -> assertThat(results).containsExactly(GracefulShutdownResult.IDLE));
    assertThatExceptionOfType(ConnectException.class)
        .isThrownBy(() -> new Socket("localhost", port).close());
  }

  @Test
  void gracefulShutdownOfAServerThatNeverStartedEndsIdle() {
    WebServer server = servers.create(factory(Shutdown.GRACEFUL), HELLO);
    assertThat(shutDown(server)).containsExactly(GracefulShutdownResult.IDLE);
  }

  @Test
  void gracefulShutdownAnswersRunningRequestsAndClosesTheirConnections() {
    Sinks.Empty<Void> release = Sinks.empty();
    AtomicInteger running = new AtomicInteger();
    KqueueReactiveWebServerFactory factory = factory(Shutdown.GRACEFUL);
    factory.addServerCustomizers(builder -> builder.loops(1)); // all drain when one has
    WebServer server =
        servers.start(
            factory,
            (request, response) -> {
              running.incrementAndGet();
              return release.asMono().then(response.writeWith(Mono.just(utf8("late"))));
            });
    try (RawClient idle = new RawClient(server.getPort());
        RawClient client = new RawClient(server.getPort())) {
      client.send("GET / HTTP/1.1\nHost: x\n\n");
      await().untilAtomic(running, is(1));
      List<GracefulShutdownResult> results = shutDown(server);
      assertThat(idle.readAll()).isEmpty();
      assertThat(results).isEmpty();
      release.tryEmitEmpty().orThrow();
      assertThat(client.readAll()).contains("Connection: close").endsWith("late");
      await().untilAsserted(() -> assertThat(results).containsExactly(GracefulShutdownResult.IDLE));
    }
  }

  @Test
  void stoppingBeforeTheLastRequestEndedIsReported() {
    Sinks.Empty<Void> cancelled = Sinks.empty();
    AtomicInteger running = new AtomicInteger();
    WebServer server =
        servers.start(
            factory(Shutdown.GRACEFUL),
            (request, response) -> {
              running.incrementAndGet();
              return Mono.<Void>never().doOnCancel(cancelled::tryEmitEmpty);
            });
    try (RawClient client = new RawClient(server.getPort())) {
      client.send("GET / HTTP/1.1\nHost: x\n\n");
      await().untilAtomic(running, is(1));
      List<GracefulShutdownResult> results = shutDown(server);
      List<GracefulShutdownResult> again = shutDown(server);
      server.stop();
      await()
          .untilAsserted(
              () -> {
                assertThat(results).containsExactly(GracefulShutdownResult.REQUESTS_ACTIVE);
                assertThat(again).containsExactly(GracefulShutdownResult.REQUESTS_ACTIVE);
              });
      cancelled.asMono().block(Duration.ofSeconds(5));
    }
  }

  @Test
  void aServerMayBeStartedAgainAfterAGracefulShutdown() {
    WebServer server = servers.start(factory(Shutdown.GRACEFUL), HELLO);
    for (int i = 0; i < 2; i++) {
      List<GracefulShutdownResult> results = shutDown(server);
      await().untilAsserted(() -> assertThat(results).containsExactly(GracefulShutdownResult.IDLE));
      server.stop();
      server.start();
      assertThat(servers.get(server, "/").body()).isEqualTo("hello");
    }
  }

  private static List<GracefulShutdownResult> shutDown(WebServer server) {
    List<GracefulShutdownResult> results = new CopyOnWriteArrayList<>();
    server.shutDownGracefully(results::add);
    return results;
  }

  // ---- threads

  @Test
  void handlersRunOnLoopThreadsThatMustNotBlock() {
    AtomicReference<Thread> seen = new AtomicReference<>();
    AtomicReference<Boolean> nonBlocking = new AtomicReference<>();
    WebServer server =
        servers.start(
            (request, response) -> {
              seen.set(Thread.currentThread());
              nonBlocking.set(Schedulers.isInNonBlockingThread());
              return response.writeWith(Flux.just(utf8("a")));
            });
    servers.get(server, "/");
    assertThat(seen.get().getName()).matches("kqueue-loop-\\d+");
    assertThat(seen.get().getContextClassLoader()).isSameAs(getClass().getClassLoader());
    assertThat(nonBlocking.get()).isTrue();
  }

  @Test
  void blockingOnALoopThreadFailsFast() {
    WebServer server =
        servers.start(
            (request, response) -> {
              Mono.never().block();
              return Mono.empty();
            });
    assertThat(servers.get(server, "/").statusCode()).isEqualTo(500);
  }
}
