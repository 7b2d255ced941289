package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.is;

import io.kqueueserver.stats.CloseReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The time between the announcement of a drain and its beginning, and who arrives meanwhile. */
class AcceptPeriodTest {
  private static final Duration LONG = Duration.ofHours(1);

  @RegisterExtension final ServerExtension server = new ServerExtension();

  private final AtomicInteger done = new AtomicInteger();

  @Test
  void acceptingGoesOnAndEachResponseAnnouncesItsClose() {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    WirePeer idle = server.connect().get("/a");
    assertThat(idle.response().has("Connection: close")).isFalse();

    server.server().drain(LONG, done::incrementAndGet);

    for (WirePeer peer : List.of(idle, server.connect())) {
      WirePeer.Response last = peer.get("/a").response();
      assertThat(last.body()).isEqualTo("alpha");
      assertThat(last.has("Connection: close")).isTrue();
      assertThat(peer.isClosedByServer()).isTrue();
    }
    await().until(() -> server.closed(CloseReason.DRAIN) == 2);
    assertThat(done).hasValue(0);
  }

  @Test
  void atItsEndIdleConnectionsCloseAndConnectsAreRefused() {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    WirePeer idle = server.connect().get("/a");
    assertThat(idle.response().status()).isEqualTo(200);
    int port = server.port();

    server.server().drain(Duration.ofMillis(50), done::incrementAndGet);

    assertThat(idle.isClosedByServer()).isTrue();
    assertThatThrownBy(() -> WirePeer.connect(port).close()).isNotNull();
    await().untilAtomic(done, is(1));
  }

  @Test
  void aStopAndADrainWithoutPeriodEndIt() {
    server.server().drain(LONG, done::incrementAndGet);
    server.server().drain(done::incrementAndGet);
    await().untilAtomic(done, is(2));

    server.restart(builder -> {});
    server.server().drain(LONG, done::incrementAndGet);
    server.server().stop();
    assertThat(done).hasValue(3);
  }

  @Test
  void connectionsThatWaitToBeAcceptedAreServed() throws Exception {
    server.restart(builder -> builder.loops(1));
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch entered = new CountDownLatch(1);
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    server.on(
        "/block",
        exchange -> {
          entered.countDown();
          try {
            release.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          answer(exchange, 200, "blocked");
        });
    WirePeer blocked = server.connect().get("/block");
    entered.await();
    List<WirePeer> waiting = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      waiting.add(server.connect().get("/a"));
    }

    server.server().drain(done::incrementAndGet);
    release.countDown();

    assertThat(blocked.response().body()).isEqualTo("blocked");
    for (WirePeer peer : waiting) {
      WirePeer.Response last = peer.response();
      assertThat(last.body()).isEqualTo("alpha");
      assertThat(last.has("Connection: close")).isTrue();
    }
    await().untilAtomic(done, is(1));
  }

  @Test
  void aNewcomerBringsItsFirstRequestAndTheDrainWaitsForIt() {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    WirePeer newcomer = server.connect();
    await().until(() -> server.server().connections() == 1);

    server.server().drain(done::incrementAndGet);

    assertThat(done).hasValue(0);
    assertThat(newcomer.get("/a").response().body()).isEqualTo("alpha");
    assertThat(newcomer.isClosedByServer()).isTrue();
    await().untilAtomic(done, is(1));
  }

  @Test
  void aNewcomerThatStaysSilentHoldsUpTheDrainForASecondOnly() {
    WirePeer silent = server.connect();
    await().until(() -> server.server().connections() == 1);

    server.server().drain(done::incrementAndGet);

    assertThat(silent.isClosedByServer()).isTrue();
    await().untilAtomic(done, is(1));
  }
}
