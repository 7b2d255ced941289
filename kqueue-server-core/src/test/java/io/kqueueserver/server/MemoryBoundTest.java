package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.TEXT;
import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.Headers;
import io.kqueueserver.net.Connection;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is held in memory for clients, one by one and all together. */
class MemoryBoundTest {
  private static final String GET_A = "GET /a HTTP/1.1\r\nHost: t\r\n\r\n";
  private static final int LARGE = 16 << 20;

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(builder -> builder.loops(2).memory(new MemoryLimits(8192, 4 << 20)));

  private long held() {
    return server.server().running().heldBytes();
  }

  private long bytesRead() {
    return server.sum(stats -> stats.bytesRead);
  }

  /** A response of which most stays with us as long as the client reads nothing. */
  private static void respondAtLength(Exchange exchange) {
    exchange.respond(200, TEXT, LARGE);
    exchange.write(ByteBuffer.allocate(LARGE), null);
    exchange.finish();
  }

  @Test
  void ofWhatIsPipelinedBehindASlowRequestOneShortReadIsTaken() {
    server.on("/slow", server.listening(exchange -> {}));
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    for (int i = 0; i < 4; i++) {
      server.connect().send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n" + GET_A.repeat(2_000));
    }
    await().until(() -> server.server().activeExchanges() == 4);
    assertThat(server.connect().get("/a").response().body()).isEqualTo("alpha");

    assertThat(bytesRead()).isLessThanOrEqualTo(5L * Connection.SHORT_READ_BYTES);
    assertThat(held()).isBetween(1L, 5L * Connection.SHORT_READ_BYTES);
  }

  @Test
  void manyPipelinedRequestsAreAllAnswered() {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    WirePeer peer = server.connect();
    for (int round = 0; round < 3; round++) {
      peer.send(GET_A.repeat(400));
      for (int i = 0; i < 400; i++) {
        assertThat(peer.response().body()).isEqualTo("alpha");
      }
    }
    await().until(() -> held() == 0);
  }

  @Test
  void aConnectionThatHoldsMuchIsNotReadUntilMemoryIsFreeAgain() {
    server.on(
        "/both",
        exchange -> {
          exchange.listener(
              new ExchangeListener() {
                @Override
                public void onBodyComplete(Headers trailers) {
                  exchange.finish();
                }
              });
          exchange.demand(Long.MAX_VALUE);
          exchange.respond(200, TEXT, LARGE);
          exchange.write(ByteBuffer.allocate(LARGE), null);
        });
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    WirePeer peer =
        server.connect().send("POST /both HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\n");
    await().until(() -> held() > 4 << 20);
    peer.send("0123456789");
    await().until(() -> server.sum(stats -> stats.readPauses) == 1);
    assertThat(server.connect().get("/a").response().body()).isEqualTo("alpha");

    assertThat(peer.response().body()).hasSize(LARGE);
    await().until(() -> held() == 0);
    assertThat(server.limitHits(Limit.HELD_BYTES)).isZero();
  }

  @Test
  void aClientWhoseReadingPausesIsNotWaitedForWithoutEnd() {
    server.restart(
        builder ->
            builder.memory(new MemoryLimits(8192, 4 << 20)).bodyTimeout(Duration.ofMillis(1_500)));
    server.on("/large", MemoryBoundTest::respondAtLength);
    server.on("/body", server.collecting((exchange, body, trailers) -> {}));
    server.connect().get("/large");
    await().until(() -> held() > 4 << 20);
    WirePeer peer =
        server.connect().send("POST /body HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\n");
    await().until(() -> server.server().activeExchanges() == 2);

    peer.send("x");
    assertThat(peer.response().status()).isEqualTo(408);
    assertThat(server.sum(stats -> stats.readPauses)).isEqualTo(1);
    assertThat(server.limitHits(Limit.HELD_BYTES)).isZero();
  }

  @Test
  void aResponseThatHasJustBegunIsNotStuckHoweverLongItsRequestHasWaited() {
    AtomicReference<Exchange> late = new AtomicReference<>();
    server.on("/late", server.listening(late::set));
    server.on("/large", MemoryBoundTest::respondAtLength);
    WirePeer waiting = server.connect().get("/late");
    await().until(() -> late.get() != null);
    server.connect().get("/large");
    await().atMost(Duration.ofSeconds(20)).until(() -> server.limitHits(Limit.HELD_BYTES) == 1);

    late.get().execute(() -> respondAtLength(late.get()));
    assertThat(waiting.response().body()).hasSize(LARGE);
    assertThat(server.limitHits(Limit.HELD_BYTES)).isEqualTo(1);
  }

  @Test
  void atTheBoundTheLargestThatMakesNoProgressIsCutOff() {
    server.on("/large", MemoryBoundTest::respondAtLength);
    server.on("/slow", server.listening(exchange -> {}));
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    WirePeer small = server.connect().send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n" + GET_A);
    WirePeer large = server.connect().get("/large");
    await().until(() -> held() > 4 << 20);
    assertThat(server.connect().get("/a").response().body()).isEqualTo("alpha");

    await().atMost(Duration.ofSeconds(20)).until(() -> server.limitHits(Limit.HELD_BYTES) == 1);
    assertThat(server.closed(CloseReason.MEMORY)).isEqualTo(1);
    String rest = large.readAll();
    assertThat(rest.substring(Math.max(0, rest.length() - 60))).endsWith("<reset>");
    await().until(() -> held() < 1 << 20);
    assertThat(server.server().activeExchanges()).isEqualTo(1);
    small.close();
  }
}
