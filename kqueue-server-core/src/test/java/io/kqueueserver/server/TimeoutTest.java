package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.TEXT;
import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Every wait has an end. */
class TimeoutTest {
  private static final Duration SHORT = Duration.ofMillis(150);

  @RegisterExtension final ServerExtension server = new ServerExtension();

  @Test
  void aConnectionThatSaysNothingIsClosed() {
    server.restart(builder -> builder.headerTimeout(SHORT));

    assertThat(server.connect().isClosedByServer()).isTrue();
    await().until(() -> server.closed(CloseReason.HEADER_TIMEOUT) == 1);
    assertThat(server.limitHits(Limit.HEADER_TIMEOUT)).isEqualTo(1);
  }

  @Test
  void aHeadThatTricklesIsAnsweredWith408() {
    server.restart(builder -> builder.headerTimeout(SHORT));
    WirePeer peer = server.connect().send("GET / HT");

    assertThat(peer.response().status()).isEqualTo(408);
    assertThat(peer.isClosedByServer()).isTrue();
  }

  @Test
  void theTimeOutIsCountedThoughTheClientResetsOnItsAnswer() {
    server.restart(builder -> builder.headerTimeout(SHORT));
    WirePeer peer = server.connect().send("GET / HT");
    assertThat(peer.response().status()).isEqualTo(408);

    peer.reset();
    await().until(() -> server.server().connections() == 0);
    assertThat(server.limitHits(Limit.HEADER_TIMEOUT)).isEqualTo(1);
    assertThat(server.closed(CloseReason.PEER_RESET)).isZero();
  }

  @Test
  void anIdleConnectionIsClosedWithoutAWord() {
    server.restart(builder -> builder.idleTimeout(SHORT));
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    WirePeer peer = server.connect().get("/a");
    assertThat(peer.response().body()).isEqualTo("alpha");

    assertThat(peer.isClosedByServer()).isTrue();
    await().until(() -> server.closed(CloseReason.IDLE_TIMEOUT) == 1);
    assertThat(server.limitHits(Limit.IDLE_TIMEOUT)).isEqualTo(1);
  }

  @Test
  void aHandlerMayTakeLongerThanTheIdleTimeout() {
    server.restart(builder -> builder.idleTimeout(SHORT).headerTimeout(SHORT).bodyTimeout(SHORT));
    server.on(
        "/slow",
        exchange -> {
          Thread later =
              new Thread(
                  () -> {
                    await().pollDelay(SHORT.multipliedBy(3)).until(() -> true);
                    exchange.execute(() -> answer(exchange, 200, "late"));
                  });
          later.start();
        });

    assertThat(server.connect().get("/slow").response().body()).isEqualTo("late");
  }

  @Test
  void aBodyThatStopsComingIsAnsweredWith408() {
    server.restart(builder -> builder.bodyTimeout(SHORT));
    server.on("/body", server.collecting((exchange, body, trailers) -> {}));
    WirePeer peer =
        server.connect().send("POST /body HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\npart");

    assertThat(peer.response().status()).isEqualTo(408);
    assertThat(await().until(server.errors::poll, e -> e != null).reason())
        .isEqualTo(Reason.TIMEOUT);
  }

  @Test
  void aClientThatStopsReadingIsCutOff() {
    server.restart(builder -> builder.writeTimeout(SHORT));
    server.on(
        "/large",
        server.listening(
            exchange -> {
              exchange.respond(200, TEXT, 100_000_000);
              exchange.write(ByteBuffer.allocate(100_000_000), () -> {});
              exchange.finish();
            }));
    WirePeer peer = server.connect().get("/large");

    assertThat(await().until(server.errors::poll, e -> e != null).reason())
        .isEqualTo(Reason.TIMEOUT);
    assertThat(server.closed(CloseReason.WRITE_TIMEOUT)).isEqualTo(1);
    assertThat(server.limitHits(Limit.WRITE_TIMEOUT)).isEqualTo(1);
    peer.close();
  }
}
