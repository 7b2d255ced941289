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
  void aResponseReachesAClientWhoseNextRequestStopsInItsHead() throws InterruptedException {
    WirePeer peer = sendAtOnce(p -> p.send(GET_A + "GET /b HT").shutdownOutput());

    assertThat(peer.response().body()).isEqualTo("alpha");
    assertThat(peer.readAll()).isEmpty();
  }

  @Test
  void aResponseReachesAClientWhoseNextRequestStopsInItsBody() throws InterruptedException {
    server.on("/body", server.collecting((exchange, body, trailers) -> {}));
    WirePeer peer =
        sendAtOnce(
            p ->
                p.send(GET_A + "POST /body HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\npart")
                    .shutdownOutput());

    assertThat(peer.response().body()).isEqualTo("alpha");
    assertThat(peer.readAll()).isEmpty();
  }

  @Test
  void aRefusalReachesAClientThatHasSentItsBodyAndFin() throws InterruptedException {
    server.restart(
        builder -> builder.loops(1).limits(new Limits(8192, 8192, 100, 1000, 65536, -1)));
    WirePeer peer =
        sendAtOnce(
            p ->
                p.send("POST /x HTTP/1.1\r\nHost: t\r\nContent-Length: 500000\r\n\r\n")
                    .send(new byte[500_000])
                    .shutdownOutput());

    assertThat(peer.response().status()).isEqualTo(413);
    assertThat(peer.readAll()).isEmpty();
  }

  @Test
  void aResponseIsNotLostToTheMalformedRestOfItsRequest() {
    server.on("/early", exchange -> answer(exchange, 200, "early"));
    WirePeer peer =
        server
            .connect()
            .send(
                "POST /early HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhelXX");

    assertThat(peer.response().body()).isEqualTo("early");
    assertThat(peer.readAll()).isEmpty();
  }

  @Test
  void aDrainDoesNotDestroyAResponseByResettingUnreadRequests() {
    BlockingQueue<Exchange> waiting = new LinkedBlockingQueue<>();
    server.on(
        "/wait",
        exchange -> {
          exchange.respond(200, TEXT, 4);
          exchange.write(ascii("last"), null);
          waiting.add(exchange);
        });
    WirePeer peer = server.connect().get("/wait");
    Exchange exchange = await().until(waiting::poll, e -> e != null);
    assertThat(peer.response().body()).isEqualTo("last");
    long before = readEvents();
    peer.send(GET_A.repeat(1_000));
    await().until(() -> readEvents() > before);

    server.server().drain(() -> {});
    exchange.execute(exchange::finish);

    WirePeer.Response last = peer.response(); // the first response has promised to go on
    assertThat(last.status()).isEqualTo(404);
    assertThat(last.has("Connection: close")).isTrue();
    assertThat(peer.readAll()).isEmpty();
  }

  private long readEvents() {
    return server.workers().get(0).loop().stats().events(io.kqueueserver.queue.Filter.EVFILT_READ);
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

  @Test
  void theEndOfABodyIsToldWithoutFurtherDemand() {
    server.on(
        "/exact",
        exchange -> {
          exchange.listener(
              new ExchangeListener() {
                @Override
                public void onBodyComplete(Headers trailers) {
                  answer(exchange, 200, "complete");
                }
              });
          exchange.demand(1);
        });
    WirePeer peer = server.connect();

    peer.send("POST /exact HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello");
    assertThat(peer.response().body()).isEqualTo("complete");
  }

  @Test
  void aWholeResponseArrivesThoughTheNextOneIsCutBecauseItsRequestIsMalformed() {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    server.on(
        "/begun",
        exchange -> {
          exchange.respond(200, TEXT, 100);
          exchange.demand(1);
        });
    WirePeer peer =
        server
            .connect()
            .send(
                "GET /a HTTP/1.1\r\nHost: t\r\n\r\n"
                    + "POST /begun HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n");

    assertThat(peer.response().body()).isEqualTo("alpha");
    assertThat(peer.readAll()).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\n");
  }
}
