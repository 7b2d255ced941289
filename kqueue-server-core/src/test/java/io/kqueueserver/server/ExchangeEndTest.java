package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.TEXT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.QuietStream;
import io.kqueueserver.http.ByteStream;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.RequestHead;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The ends that a listener is notified of, one line each. */
class ExchangeEndTest {
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private final List<String> life = new CopyOnWriteArrayList<>();

  private final ServerListener listener =
      new ServerListener() {
        @Override
        public void onStart() {
          life.add("start");
        }

        @Override
        public void onStop() {
          life.add("stop");
        }

        @Override
        public boolean wantsExchangeEnds() {
          return true;
        }

        @Override
        public void onExchangeEnd(EndedExchange exchange) {
          RequestHead request = exchange.request();
          ExchangeException cause = exchange.cause();
          assertThat(exchange.remoteAddress().getAddress().isLoopbackAddress()).isTrue();
          assertThat(exchange.localAddress().getPort()).isPositive();
          assertThat(exchange.loop()).startsWith("kqueue-loop-");
          assertThat(exchange.durationNanos()).isNotNegative();
          assertThat(exchange.respondedAfterNanos() >= 0).isEqualTo(exchange.status() != 0);
          heard.add(
              (request == null ? "'" + exchange.refusedLine() + "'" : request.path())
                  + " "
                  + exchange.status()
                  + " "
                  + exchange.bodyBytes()
                  + (exchange.isAnswered() ? "" : " broken")
                  + (exchange.keepsAlive() ? " kept" : "")
                  + (cause == null ? "" : " " + cause.reason()));
        }
      };

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(
          builder ->
              builder
                  .loops(1)
                  .listener(listener)
                  .addListener(new ServerListener() {})
                  .bodyTimeout(Duration.ofMillis(200))
                  .headerTimeout(Duration.ofMillis(200)));

  private void awaitHeard(String... lines) {
    await().untilAsserted(() -> assertThat(heard).containsExactly(lines));
  }

  @Test
  void anAnsweredExchangeHasEndedOnceItsLastByteLeft() {
    server.on("/a", exchange -> ServerExtension.answer(exchange, 201, "12345"));
    WirePeer peer = server.connect();
    peer.get("/a").response();
    peer.send("GET /a HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n").response();
    awaitHeard("/a 201 5 kept", "/a 201 5");
  }

  @Test
  void anExchangeWhoseTimeWasOverWasAnswered() {
    server.restart(builder -> builder.pace(Pace.DEFAULTS.handlerTimeout(Duration.ofMillis(50))));
    server.on("/never", exchange -> {});
    assertThat(server.connect().get("/never").response().status()).isEqualTo(503);
    awaitHeard("/never 503 0 kept LIMIT");
  }

  /** The ledger would find the deadline of the first request. */
  @Test
  void anExchangeLeavesNoDeadlineOnAConnectionThatGoesOn() {
    Duration hour = Duration.ofHours(1);
    server.restart(
        builder -> builder.pace(Pace.DEFAULTS.handlerTimeout(hour).maxRequestTime(hour)));
    server.on("/a", exchange -> ServerExtension.answer(exchange, 200, "a"));
    WirePeer peer = server.connect();
    peer.get("/a").response();
    peer.get("/a").response();
    awaitHeard("/a 200 1 kept", "/a 200 1 kept");
  }

  @Test
  void chunksAreNotCountedAsBody() {
    server.on(
        "/a",
        exchange -> {
          exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          exchange.write(ByteBuffer.wrap(new byte[7]), null);
          exchange.write(ByteBuffer.wrap(new byte[8]), null);
          exchange.finish();
        });
    server.connect().get("/a").response();
    awaitHeard("/a 200 15 kept");
  }

  @Test
  void aRefusedRequestIsToldWithItsFirstLine() {
    server.connect().send("GET /\u0001 HTTP/1.1\r\nHost: t\r\n\r\n").readAll();
    server.connect().send("GET /b HTTP/1.1\r\nBad Field: t\r\n\r\n").readAll();
    server.connect().send("GET /" + "c".repeat(9000)).readAll();
    server.connect().send("GET /slow HTTP/1.1\r\nHo").readAll();
    awaitHeard(
        "'GET /\u0001 HTTP/1.1' 400 0 BAD_REQUEST",
        "'GET /b HTTP/1.1' 400 0 BAD_REQUEST",
        "'GET /" + "c".repeat(1019) + "' 414 0 LIMIT",
        "'GET /slow HTTP/1.1' 408 0 TIMEOUT");
  }

  @Test
  void aClientThatSaysNothingHasMadeNoRequest() {
    assertThat(server.connect().isClosedByServer()).isTrue();
    assertThat(heard).isEmpty();
  }

  @Test
  void aRequestRefusedForItsBodyIsToldWithItsHead() {
    server.on("/late", server.collecting((exchange, body, trailers) -> {}));
    server
        .connect()
        .send("POST /late HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
        .readAll();
    server
        .connect()
        .send("POST /late HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nab")
        .readAll();
    awaitHeard("/late 400 0 BAD_REQUEST", "/late 408 0 TIMEOUT");
  }

  @Test
  void aHandlerThatFailsHasAnsweredOrBrokenOff() {
    server.on(
        "/before",
        exchange -> {
          throw new IllegalStateException("on purpose");
        });
    server.on(
        "/behind",
        exchange -> {
          exchange.respond(200, TEXT, 10);
          exchange.write(ByteBuffer.wrap(new byte[4]), null);
          throw new IllegalStateException("on purpose");
        });
    assertThat(server.connect().get("/before").response().status()).isEqualTo(500);
    server.connect().get("/behind").readAll();
    awaitHeard("/before 500 0 kept APPLICATION", "/behind 200 4 broken APPLICATION");
  }

  @Test
  void aClientThatGoesWasSentNoStatus() {
    server.on("/never", server.listening(exchange -> {}));
    WirePeer peer = server.connect().get("/never");
    await().until(() -> server.server().activeExchanges() == 1);
    peer.close();
    awaitHeard("/never 0 0 broken PEER_CLOSED");
  }

  @Test
  void anUpgradeEndsItsExchange() {
    server.on(
        "/up",
        exchange ->
            exchange.switchTo(
                sink -> sink.field("Upgrade", "x"),
                new QuietStream() {
                  @Override
                  public void onOpen(ByteStream stream) {
                    stream.finish();
                  }
                }));
    server
        .connect()
        .send("GET /up HTTP/1.1\r\nHost: t\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
        .readAll();
    awaitHeard("/up 101 0");
  }

  @Test
  void aStopAnswersWhatRunsBeforeItsListenerIsToldOfIt() {
    life.clear();
    server.on("/never", server.listening(exchange -> {}));
    server.connect().get("/never");
    await().until(() -> server.server().activeExchanges() == 1);
    server.server().stop();
    assertThat(heard).containsExactly("/never 503 0 SERVER_STOPPED");
    assertThat(life).containsExactly("stop");
    server.server().start();
    server.server().stop();
    assertThat(life).containsExactly("stop", "start", "stop");
  }

  @Test
  void nobodyIsToldWhoDidNotAsk() {
    server.restart(
        builder ->
            builder.listener(
                new ServerListener() {
                  @Override
                  public void onExchangeEnd(EndedExchange exchange) {
                    heard.add("unasked");
                  }
                }));
    server.on("/a", exchange -> ServerExtension.answer(exchange, 200, "a"));
    server.connect().get("/a").response();
    server.server().stop();
    assertThat(heard).isEmpty();
  }

  @Test
  void whatAListenerThrowsHurtsNobody() {
    server.restart(
        builder ->
            builder
                .listener(
                    new ServerListener() {
                      @Override
                      public boolean wantsExchangeEnds() {
                        return true;
                      }

                      @Override
                      public void onExchangeEnd(EndedExchange exchange) {
                        throw new IllegalStateException("on purpose");
                      }
                    })
                .addListener(listener));
    server.on(
        "/a",
        exchange -> {
          exchange.respond(200, HeaderSource.NONE, 0);
          exchange.finish();
        });
    WirePeer peer = server.connect();
    assertThat(peer.get("/a").response().status()).isEqualTo(200);
    assertThat(peer.get("/a").response().status()).isEqualTo(200);
    awaitHeard("/a 200 0 kept", "/a 200 0 kept");
  }
}
