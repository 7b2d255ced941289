package io.kqueueserver.server;

import static io.kqueueserver.server.Http1ServerTest.ascii;
import static io.kqueueserver.server.ServerExtension.TEXT;
import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.Headers;
import io.kqueueserver.http.Limits;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What one request or its end does to the responses before it and the requests behind it. */
class PipeliningTest {
  private static final String GET_A = "GET /a HTTP/1.1\r\nHost: t\r\n\r\n";

  @RegisterExtension
  final ServerExtension server = ServerExtension.with(builder -> builder.loops(1));

  /** Lets a connection's bytes wait, FIN included, so that the server sees all of them at once. */
  private WirePeer sendAtOnce(Consumer<WirePeer> sending) throws InterruptedException {
    CountDownLatch blocked = new CountDownLatch(1);
    CountDownLatch unblock = new CountDownLatch(1);
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
    WirePeer peer = server.connect();
    assertThat(peer.send(GET_A).response().body()).isEqualTo("alpha");
    WirePeer blocker = server.connect().get("/block");
    blocked.await();
    sending.accept(peer);
    unblock.countDown();
    assertThat(blocker.response().body()).isEqualTo("unblocked");
    return peer;
  }

  @Test
  void eachHeadHasItsOwnTimeout() {
    server.restart(builder -> builder.loops(1).headerTimeout(Duration.ofSeconds(2)));
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    WirePeer peer = server.connect().send(GET_A);
    assertThat(peer.response().body()).isEqualTo("alpha");
    peer.send("GET /a HT");
    after(Duration.ofMillis(1_300));
    peer.send("TP/1.1\r\nHost: t\r\n\r\nGET /a HT");
    assertThat(peer.response().body()).isEqualTo("alpha");
    after(Duration.ofMillis(1_300)); // the first head would be too late now
    peer.send("TP/1.1\r\nHost: t\r\n\r\n");

    assertThat(peer.response().body()).isEqualTo("alpha");
  }

  @Test
  void aConnectionIsNotIdleWhileItsResponseIsOnItsWay() {
    server.restart(builder -> builder.loops(1).idleTimeout(Duration.ofSeconds(1)));
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    server.on(
        "/large",
        exchange -> {
          exchange.respond(200, TEXT, 20_000_000);
          exchange.write(ByteBuffer.allocate(20_000_000), () -> {});
          exchange.finish();
        });
    WirePeer peer = server.connect().get("/large");
    after(Duration.ofMillis(1_500));

    assertThat(peer.response().body()).hasSize(20_000_000);
    assertThat(peer.send(GET_A).response().body()).isEqualTo("alpha");
  }

  private static void after(Duration delay) {
    await().pollDelay(delay).until(() -> true);
  }
}
