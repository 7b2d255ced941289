package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.queue.Filter;
import io.kqueueserver.server.observe.LoopView;
import io.kqueueserver.stats.DescriptorKind;
import io.kqueueserver.stats.LoopStats;
import io.kqueueserver.stats.PauseCause;
import io.kqueueserver.stats.WireProtocol;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a loop writes down about itself. */
class LoopStatsTest {
  @RegisterExtension final ServerExtension server = new ServerExtension();

  @BeforeEach
  void start() {
    server.restart(builder -> builder.loops(1));
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
  }

  private LoopStats stats() {
    return server.workers().get(0).loop().stats();
  }

  @Test
  void readyDescriptorsThatWaitForAHandlerCountTheirWait() throws Exception {
    CountDownLatch blocked = new CountDownLatch(1);
    CountDownLatch free = new CountDownLatch(1);
    server.on(
        "/block",
        exchange -> {
          blocked.countDown();
          try {
            free.await(5, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          answer(exchange, 200, "");
        });
    WirePeer peer = server.connect();
    peer.get("/block");
    blocked.await();
    // These become ready while the loop is stuck: they come in one batch, and the second waits.
    List<WirePeer> peers = Stream.generate(server::connect).limit(3).toList();
    free.countDown();
    peer.response();
    peers.forEach(other -> other.get("/a").response());

    await().until(() -> stats().latency.count() >= 5);
    assertThat(stats().events(Filter.EVFILT_READ)).isGreaterThanOrEqualTo(5);
    assertThat(stats().eventsPerTurn.count()).isPositive();
    assertThat(stats().changes).as("one per connection and the listener").isGreaterThanOrEqualTo(5);
  }

  @Test
  void registrationsAreCountedByKindAndConnectionsByProtocol() {
    assertThat(stats().registered(DescriptorKind.WAKE_UP)).isEqualTo(1);
    await().until(() -> stats().registered(DescriptorKind.LISTENER) == 1);
    WirePeer peer = server.connect();
    peer.get("/a").response();

    assertThat(stats().registered(DescriptorKind.CONNECTION)).isEqualTo(1);
    assertThat(stats().active(WireProtocol.HTTP_1)).isEqualTo(1);
    peer.close();
    await().until(() -> stats().registered(DescriptorKind.CONNECTION) == 0);
    assertThat(stats().active(WireProtocol.HTTP_1)).isZero();
  }

  @Test
  void aLoopThatWaitsIsWokenAndTheTasksWaitIsTimed() {
    long before = stats().wakeups;
    await()
        .untilAsserted(
            () -> {
              server.workers().get(0).loop().execute(() -> {});
              assertThat(stats().wakeups).isGreaterThan(before);
              assertThat(stats().taskWait.count()).isPositive();
            });
  }

  @Test
  void unsentBytesAreCountedUntilTheyAreTakenOrGivenUp() {
    server.on(
        "/large",
        exchange -> {
          exchange.respond(200, ServerExtension.TEXT, 50_000_000);
          exchange.write(ByteBuffer.allocate(50_000_000), () -> {});
          exchange.finish();
        });
    WirePeer peer = server.connect();
    peer.get("/large");

    await().until(() -> stats().queuedBytes > 1_000_000);
    peer.close();
    await().until(() -> stats().queuedBytes == 0);
  }

  @Test
  void aTimeoutToldLateIsCountedWithItsLag() {
    server.restart(builder -> builder.loops(1).idleTimeout(java.time.Duration.ofMillis(50)));
    server.connect().get("/a").response();

    await().until(() -> stats().timerLag.count() > 0);
    assertThat(stats().timerLag.totalNanos()).isPositive();
  }

  @Test
  void aPauseAtTheLimitTellsItsCauseAndSinceWhen() {
    server.restart(builder -> builder.loops(1).maxConnections(1));
    WirePeer first = server.connect();
    first.get("/a").response();
    WirePeer second = server.connect();
    LoopView loop = server.server().running().loops().get(0);

    await().until(() -> stats().acceptorsPaused == 1);
    assertThat(stats().acceptPauseCause).isEqualTo(PauseCause.CONNECTION_LIMIT);
    assertThat(loop.acceptPausedNanos()).isPositive();
    first.close();
    assertThat(second.get("/a").response().body()).isEqualTo("alpha");
    second.close();
    await().until(() -> loop.acceptPausedNanos() == 0);
  }
}
