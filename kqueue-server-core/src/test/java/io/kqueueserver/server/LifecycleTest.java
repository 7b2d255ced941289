package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.RunningServer;
import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.stats.CloseReason;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Start, stop, drain, limits on connections, and the spread of connections. */
class LifecycleTest {
  @RegisterExtension final ServerExtension server = new ServerExtension();

  @Test
  void startsAgainAfterAStopAndStopsTwice() {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    KqueueServer subject = server.server();
    subject.stop();
    subject.stop();
    assertThat(subject.port()).isEqualTo(-1);

    subject.start();
    subject.start();

    assertThat(server.connect().get("/a").response().body()).isEqualTo("alpha");
  }

  @Test
  void aPortInUseIsNamedWithItsErrnoAndLeavesNothingBehind() {
    KqueueServer second = KqueueServer.builder().port(server.port()).build();

    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(second::start)
          .isInstanceOf(NativeException.class)
          .hasMessageContaining("bind(")
          .hasMessageContaining(":" + server.port())
          .hasMessageContaining("EADDRINUSE");
    }
    assertThat(second.port()).isEqualTo(-1);
  }

  @Test
  void severalServersShareAPortOnlyIfAllAskForIt() {
    server.restart(builder -> builder.reusePort(true));
    KqueueServer second = KqueueServer.builder().port(server.port()).reusePort(true).build();
    second.start();
    second.stop();

    assertThatThrownBy(() -> KqueueServer.builder().port(server.port()).build().start())
        .isInstanceOf(NativeException.class);
  }

  @Test
  void stoppingEndsOpenExchanges() {
    server.on("/wait", server.listening(exchange -> {}));
    WirePeer peer = server.connect().get("/wait");
    await().until(() -> server.server().activeExchanges() == 1);

    server.server().stop();

    assertThat(server.errors.poll().reason()).isEqualTo(Reason.SERVER_STOPPED);
    assertThat(peer.response().status()).isEqualTo(503);
    assertThat(peer.isClosedByServer()).isTrue();
  }

  @Test
  void whoStopsDuringAStopReturnsWhenAllIsGone() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    CompletableFuture<Void> first = stopThatIsHeldUpUntil(release);
    CompletableFuture<Long> loopsLeft = new CompletableFuture<>();
    Thread second =
        new Thread(
            () -> {
              server.server().stop();
              loopsLeft.complete(
                  Thread.getAllStackTraces().keySet().stream()
                      .filter(thread -> thread.getName().startsWith("kqueue-loop"))
                      .count());
            });
    second.start();
    await().until(() -> loopsLeft.isDone() || second.getState() == Thread.State.TIMED_WAITING);
    release.countDown();
    assertThat(loopsLeft.get(30, TimeUnit.SECONDS)).isZero();
    first.get(30, TimeUnit.SECONDS);
  }

  @Test
  void whoStartsDuringAStopFindsThePortFree() throws Exception {
    int port = server.port();
    server.restart(builder -> builder.port(port));
    CountDownLatch release = new CountDownLatch(1);
    CompletableFuture<Void> stop = stopThatIsHeldUpUntil(release);
    Thread starting = new Thread(server.server()::start);
    starting.start();
    await().until(() -> !starting.isAlive() || starting.getState() == Thread.State.TIMED_WAITING);
    release.countDown();
    stop.get(30, TimeUnit.SECONDS);
    starting.join();
    assertThat(server.connect().get("/").response().status()).isEqualTo(404);
  }

  @Test
  void aStopWithinTheNewsOfAStopDoesNotWaitForItself() {
    AtomicInteger told = new AtomicInteger();
    server.on("/wait", exchange -> {});
    server.connect().get("/wait");
    await().until(() -> server.server().activeExchanges() == 1);
    server
        .server()
        .drain(
            () -> {
              told.incrementAndGet();
              server.server().stop();
            });
    server.server().stop();
    assertThat(told).hasValue(1);
  }

  /** A stop that waits for a handler, which ends when it is released. */
  private CompletableFuture<Void> stopThatIsHeldUpUntil(CountDownLatch release) throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    server.on(
        "/block",
        exchange -> {
          entered.countDown();
          try {
            release.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    server.connect().get("/block");
    entered.await();
    KqueueServer subject = server.server();
    CompletableFuture<Void> stop = CompletableFuture.runAsync(subject::stop);
    await().until(() -> subject.running() == null);
    return stop;
  }

  @Test
  void aDrainServesWhatIsPipelinedBehindAResponseThatPromisedToGoOn() throws Exception {
    BlockingQueue<Exchange> begun = new LinkedBlockingQueue<>();
    server.on(
        "/begun",
        exchange -> {
          exchange.respond(200, ServerExtension.TEXT, 2);
          exchange.write(ByteBuffer.wrap(new byte[] {'a'}), null);
          exchange.flush();
          begun.add(exchange);
        });
    server.on("/a", exchange -> answer(exchange, 200, "omega"));
    WirePeer peer = server.connect().get("/begun").get("/a");
    Exchange first = begun.take();
    AtomicInteger done = new AtomicInteger();
    server.server().drain(done::incrementAndGet);
    first.execute(
        () -> {
          first.write(ByteBuffer.wrap(new byte[] {'b'}), null);
          first.finish();
        });
    assertThat(peer.response().body()).isEqualTo("ab");
    WirePeer.Response last = peer.response();
    assertThat(last.body()).isEqualTo("omega");
    assertThat(last.has("Connection: close")).isTrue();
    assertThat(peer.isClosedByServer()).isTrue();
    await().until(() -> done.get() == 1);
  }

  @Test
  void drainingRefusesConnectsClosesIdleConnectionsAndWaitsForTheRest() {
    BlockingQueue<Exchange> waiting = new LinkedBlockingQueue<>();
    server.on("/wait", waiting::add).on("/a", exchange -> answer(exchange, 200, "alpha"));
    WirePeer idle = server.connect().get("/a");
    assertThat(idle.response().status()).isEqualTo(200);
    WirePeer busy = server.connect().get("/wait");
    Exchange exchange = await().until(waiting::poll, e -> e != null);
    int port = server.port();
    AtomicInteger done = new AtomicInteger();

    server.server().drain(done::incrementAndGet);

    assertThat(idle.isClosedByServer()).isTrue();
    await().untilAsserted(() -> assertThatThrownBy(() -> WirePeer.connect(port).close()));
    assertThat(done.get()).isZero();
    exchange.execute(() -> answer(exchange, 200, "last"));
    WirePeer.Response last = busy.response();
    assertThat(last.body()).isEqualTo("last");
    assertThat(last.has("Connection: close")).isTrue();
    assertThat(busy.isClosedByServer()).isTrue();
    await().until(() -> done.get() == 1);
    server.server().stop();
    assertThat(done.get()).isEqualTo(1);
  }

  @Test
  void aStopEndsADrainThatStillWaits() {
    server.on("/wait", server.listening(exchange -> {}));
    server.connect().get("/wait");
    await().until(() -> server.server().activeExchanges() == 1);
    AtomicInteger done = new AtomicInteger();

    server.server().drain(done::incrementAndGet);
    server.server().stop();

    assertThat(done.get()).isEqualTo(1);
  }

  @Test
  void drainingAServerThatDoesNotRunCallsBackAtOnce() {
    AtomicInteger done = new AtomicInteger();

    KqueueServer.builder().port(0).build().drain(done::incrementAndGet);

    assertThat(done.get()).isEqualTo(1);
  }

  @Test
  void acceptingPausesAtTheLimitAndGoesOnWhenAConnectionCloses() {
    server.restart(builder -> builder.maxConnections(3));
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    List<WirePeer> first = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      WirePeer peer = server.connect().get("/a");
      assertThat(peer.response().status()).isEqualTo(200);
      first.add(peer);
    }
    WirePeer fourth = server.connect().get("/a"); // waits in the kernel's backlog
    await().until(() -> paused() > 0);
    assertThat(server.server().connections()).isEqualTo(3);

    first.get(0).close();

    assertThat(fourth.response().body()).isEqualTo("alpha");
  }

  private long paused() {
    return workers().stream().mapToLong(w -> w.loop().stats().acceptPauses).sum();
  }

  private List<io.kqueueserver.net.Worker> workers() {
    RunningServer running = server.server().running();
    return running == null ? List.of() : running.workers();
  }

  @Test
  void sixtyFourConnectionsAreSpreadEvenlyOverTheLoops() {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    for (int i = 0; i < 64; i++) {
      server.connect();
    }
    await().until(() -> server.server().connections() == 64);

    assertThat(workers())
        .hasSize(2)
        .allSatisfy(worker -> assertThat(worker.connections()).isBetween(29, 35));
  }

  @Test
  void aBlockedLoopGetsNoConnectionsAndDelaysNone() throws InterruptedException {
    CountDownLatch unblock = new CountDownLatch(1);
    CountDownLatch blocked = new CountDownLatch(1);
    server.on(
        "/block",
        exchange -> {
          blocked.countDown();
          try {
            unblock.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          answer(exchange, 200, "unblocked");
        });
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    WirePeer blocker = server.connect().get("/block");
    blocked.await();
    await().until(() -> workers().stream().anyMatch(w -> w.loop().isBusyLongerThan(25_000_000)));

    for (int i = 0; i < 10; i++) {
      assertThat(server.connect().get("/a").response().body()).isEqualTo("alpha");
    }

    unblock.countDown();
    assertThat(blocker.response().body()).isEqualTo("unblocked");
  }

  @Test
  void fiveThousandConnectionsComeAndGo() {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    List<WirePeer> peers = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      peers.add(server.connect());
    }
    await().until(() -> server.server().connections() == 5_000);
    for (int i = 0; i < 5_000; i += 100) {
      assertThat(peers.get(i).get("/a").response().body()).isEqualTo("alpha");
    }

    peers.forEach(WirePeer::close);

    await().until(() -> server.server().connections() == 0);
    assertThat(server.closed(CloseReason.PEER_CLOSED)).isEqualTo(5_000);
  }
}
