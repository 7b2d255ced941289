package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.TEXT;
import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.Limits;
import io.kqueueserver.stats.CloseReason;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class Http1ServerTest {
  @RegisterExtension final ServerExtension server = new ServerExtension();

  @Test
  void answersOneRequestAfterTheOtherOnAConnection() {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    WirePeer peer = server.connect();

    for (int i = 0; i < 3; i++) {
      WirePeer.Response response = peer.get("/a").response();
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.body()).isEqualTo("alpha");
      assertThat(response.has("Content-Length: 5")).isTrue();
    }
    assertThat(server.server().connections()).isEqualTo(1);
  }

  @Test
  void answersPipelinedRequestsInOrderEvenWhenTheFirstIsSlow() {
    BlockingQueue<Exchange> slow = new LinkedBlockingQueue<>();
    server.on("/slow", slow::add).on("/fast", exchange -> answer(exchange, 200, "fast"));
    WirePeer peer = server.connect();

    peer.send(
        "GET /slow HTTP/1.1\r\nHost: t\r\n\r\nGET /fast HTTP/1.1\r\nHost: t\r\n\r\n"
            + "GET /fast HTTP/1.1\r\nHost: t\r\n\r\n");
    Exchange first = await().until(slow::poll, e -> e != null);
    assertThat(first.execute(() -> answer(first, 200, "slow"))).isTrue();

    assertThat(peer.response().body()).isEqualTo("slow");
    assertThat(peer.response().body()).isEqualTo("fast");
    assertThat(peer.response().body()).isEqualTo("fast");
  }

  @Test
  void answersAThousandPipelinedRequests() {
    AtomicInteger count = new AtomicInteger();
    server.on("/n", exchange -> answer(exchange, 200, "n" + count.getAndIncrement()));
    WirePeer peer = server.connect();

    peer.send("GET /n HTTP/1.1\r\nHost: t\r\n\r\n".repeat(1_000));

    for (int i = 0; i < 1_000; i++) {
      assertThat(peer.response().body()).isEqualTo("n" + i);
    }
  }

  @Test
  void pipelinedRequestsOfAClientThatDoesNotReadWaitUntilItDoes() {
    AtomicInteger handled = new AtomicInteger();
    String large = "x".repeat(100_000);
    server.on(
        "/large",
        exchange -> {
          handled.incrementAndGet();
          answer(exchange, 200, large);
        });
    WirePeer peer = server.connect();

    peer.send("GET /large HTTP/1.1\r\nHost: t\r\n\r\n".repeat(500));
    await().until(() -> handled.get() > 0);
    int early = handled.get();
    for (int i = 0; i < 500; i++) {
      assertThat(peer.response().body()).hasSize(100_000);
    }

    assertThat(early).as("not all were answered into memory").isLessThan(200);
    assertThat(handled.get()).isEqualTo(500);
  }

  @Test
  void takesARequestByteByByte() {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    WirePeer peer = server.connect();
    for (char c : "GET /a HTTP/1.1\r\nHost: t\r\n\r\n".toCharArray()) {
      peer.send(String.valueOf(c));
    }

    assertThat(peer.response().body()).isEqualTo("alpha");
  }

  @Test
  void readsABodyByLengthAndByChunksWithTrailers() {
    server.on(
        "/body",
        server.collecting(
            (exchange, body, trailers) ->
                answer(exchange, 200, body + "|" + trailers.first("X-Sum"))));
    WirePeer peer = server.connect();

    peer.send("POST /body HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello");
    assertThat(peer.response().body()).isEqualTo("hello|null");
    peer.send(
        "POST /body HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "3\r\nhel\r\n2\r\nlo\r\n0\r\nX-Sum: 42\r\n\r\n");
    assertThat(peer.response().body()).isEqualTo("hello|42");
  }

  @Test
  void streamsChunksAndTrailersOut() {
    server.on(
        "/chunks",
        exchange -> {
          exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          exchange.write(ascii("one,"), null);
          exchange.write(ascii(""), null); // an empty chunk would end the message
          exchange.write(ascii("two"), null);
          exchange.finish(sink -> sink.field("X-Sum", "2"));
        });

    WirePeer.Response response = server.connect().get("/chunks").response();

    assertThat(response.has("Transfer-Encoding: chunked")).isTrue();
    assertThat(response.body()).isEqualTo("one,two[X-Sum: 2]");
  }

  @Test
  void writtenBytesLeaveAtTheEndOfTheTurnWithoutAFinish() throws IOException {
    server.on(
        "/open",
        exchange -> {
          exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          exchange.write(ascii("first"), null);
        });
    WirePeer peer = server.connect().get("/open");

    byte[] seen = peer.in().readNBytes(17);

    assertThat(new String(seen, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200 OK\r\n");
  }

  @Test
  void anHttp10ResponseOfUnknownLengthEndsWithTheConnection() {
    server.on(
        "/chunks",
        exchange -> {
          exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          exchange.write(ascii("all"), null);
          exchange.finish();
        });
    WirePeer peer = server.connect().send("GET /chunks HTTP/1.0\r\n\r\n");

    WirePeer.Response response = peer.response();

    assertThat(response.has("Transfer-Encoding: chunked")).isFalse();
    assertThat(response.body()).isEqualTo("all");
  }

  @Test
  void keepsAnHttp10ConnectionThatAsksForIt() {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    WirePeer peer = server.connect();

    for (int i = 0; i < 2; i++) {
      peer.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      WirePeer.Response response = peer.response();
      assertThat(response.has("Connection: keep-alive")).isTrue();
      assertThat(response.body()).isEqualTo("alpha");
    }
    peer.send("GET /a HTTP/1.0\r\n\r\n");
    assertThat(peer.response().body()).isEqualTo("alpha");
    assertThat(peer.isClosedByServer()).isTrue();
  }

  @Test
  void closesAfterTheResponseWhenTheClientAsksForIt() {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    WirePeer peer = server.connect();

    peer.send("GET /a HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");

    WirePeer.Response response = peer.response();
    assertThat(response.has("Connection: close")).isTrue();
    assertThat(response.body()).isEqualTo("alpha");
    assertThat(peer.isClosedByServer()).isTrue();
    await().until(() -> server.closed(CloseReason.RESPONSE_END) == 1);
  }

  @Test
  void closesAfterTheLastAllowedRequest() {
    server.restart(builder -> builder.limits(new Limits(8192, 8192, 100, -1, 65536, 2)));
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    WirePeer peer = server.connect();

    assertThat(peer.get("/a").response().has("Connection: close")).isFalse();
    assertThat(peer.get("/a").response().has("Connection: close")).isTrue();
    assertThat(peer.isClosedByServer()).isTrue();
  }

  @Test
  void sendsNoBodyToHead() {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    WirePeer peer = server.connect();

    peer.send("HEAD /a HTTP/1.1\r\nHost: t\r\n\r\n");
    assertThat(peer.response(false).has("Content-Length: 5")).isTrue();
    assertThat(peer.get("/a").response().body()).as("nothing was left over").isEqualTo("alpha");
  }

  @Test
  void asksForTheBodyOnFirstDemandOnly() {
    server.on(
        "/body", server.collecting((exchange, body, trailers) -> answer(exchange, 200, body)));
    WirePeer peer = server.connect();

    peer.send(
        "POST /body HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    assertThat(peer.response().status()).isEqualTo(100);
    peer.send("hello");

    assertThat(peer.response().body()).isEqualTo("hello");
  }

  @Test
  void closesAfterAResponseThatDidNotAskForAnExpectedBody() {
    server.on("/no", exchange -> answer(exchange, 403, "no"));
    WirePeer peer = server.connect();

    peer.send("POST /no HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");

    WirePeer.Response response = peer.response();
    assertThat(response.status()).isEqualTo(403);
    assertThat(response.has("Connection: close")).isTrue();
    peer.shutdownOutput();
    assertThat(peer.isClosedByServer()).isTrue();
  }

  @Test
  void throwsAnUnreadBodyAwayAndKeepsTheConnection() {
    server.on("/ignore", exchange -> answer(exchange, 200, "ignored"));
    WirePeer peer = server.connect();

    peer.send(
        "POST /ignore HTTP/1.1\r\nHost: t\r\nContent-Length: 30000\r\n\r\n" + "x".repeat(30_000));
    assertThat(peer.response().body()).isEqualTo("ignored");
    assertThat(peer.get("/ignore").response().body()).isEqualTo("ignored");
  }

  @Test
  void closesRatherThanThrowAwayMoreThanItsLimit() {
    server.on("/ignore", exchange -> answer(exchange, 200, "ignored"));
    WirePeer peer = server.connect();

    peer.send("POST /ignore HTTP/1.1\r\nHost: t\r\nContent-Length: 30000000\r\n\r\nxxx");
    assertThat(peer.response().body()).isEqualTo("ignored");
    peer.shutdownOutput();

    assertThat(peer.isClosedByServer()).isTrue();
  }

  @Test
  void refusesABodyThatIsTooLargeAndTheClientCanReadTheAnswer() {
    server.restart(builder -> builder.limits(new Limits(8192, 8192, 100, 1000, 65536, -1)));
    WirePeer peer = server.connect();

    peer.send(
        "POST /x HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n" + "x".repeat(100_000));

    assertThat(peer.response().status()).isEqualTo(413);
    peer.shutdownOutput();
    assertThat(peer.isClosedByServer()).isTrue();
    await().until(() -> server.closed(CloseReason.LIMIT) == 1);
  }

  @Test
  void answersAMalformedRequestWith400AndCloses() {
    WirePeer peer = server.connect().send("GET / HTTP/1.1\r\nHost : t\r\n\r\nGET / HTTP/1.1\r\n");

    assertThat(peer.response().status()).isEqualTo(400);
    peer.shutdownOutput();
    assertThat(peer.isClosedByServer()).isTrue();
    await().until(() -> server.closed(CloseReason.PROTOCOL_ERROR) == 1);
  }

  @Test
  void aMalformedBodyReachesTheApplicationAsAnError() {
    server.on("/body", server.collecting((exchange, body, trailers) -> {}));
    WirePeer peer = server.connect();

    peer.send("POST /body HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhelXX");

    assertThat(peer.response().status()).isEqualTo(400);
    assertThat(await().until(server.errors::poll, e -> e != null).reason())
        .isEqualTo(ExchangeException.Reason.BAD_REQUEST);
  }

  @Test
  void aHandlerThatThrowsIsAnsweredWith500AndHarmsNobodyElse() {
    server.on(
        "/throw",
        exchange -> {
          throw new IllegalStateException("on purpose");
        });
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    WirePeer other = server.connect();
    assertThat(other.get("/a").response().status()).isEqualTo(200);

    assertThat(server.connect().get("/throw").response().status()).isEqualTo(500);
    assertThat(other.get("/a").response().body()).isEqualTo("alpha");
  }

  @Test
  void aHandlerThatThrowsAfterItsHeadCutsTheResponseShort() {
    server.on(
        "/throw",
        exchange -> {
          exchange.respond(200, TEXT, 100);
          exchange.write(ascii("part"), null);
          throw new IllegalStateException("on purpose");
        });
    WirePeer peer = server.connect().get("/throw");

    assertThat(peer.readAll()).endsWith("part");
  }

  @Test
  void moreOrFewerBytesThanAnnouncedBreakTheResponseOff() {
    server.on(
        "/more",
        exchange -> {
          exchange.respond(200, TEXT, 2);
          exchange.write(ascii("abc"), null);
          exchange.finish();
        });
    server.on(
        "/fewer",
        exchange -> {
          exchange.respond(200, TEXT, 5);
          exchange.write(ascii("abc"), null);
          exchange.finish();
        });

    assertThat(server.connect().get("/more").readAll()).doesNotEndWith("abc");
    assertThat(server.connect().get("/fewer").readAll()).endsWith("abc");
    await().until(() -> server.closed(CloseReason.SERVER_ERROR) == 2);
  }

  @Test
  void aResetBreaksAResponseWithoutLengthSoThatItCannotPassForComplete() {
    server.on(
        "/cut",
        exchange -> {
          exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          exchange.write(ascii("part"), null);
          exchange.flush();
          exchange.reset(new ExchangeException(ExchangeException.Reason.APPLICATION, "on purpose"));
        });

    String all = server.connect().send("GET /cut HTTP/1.0\r\n\r\n").readAll();

    assertThat(all).endsWith("<reset>");
  }

  @Test
  void informsBeforeItAnswers() {
    server.on(
        "/hints",
        exchange -> {
          exchange.inform(103, sink -> sink.field("Link", "</style.css>; rel=preload"));
          answer(exchange, 200, "done");
        });
    WirePeer peer = server.connect().get("/hints");

    WirePeer.Response hints = peer.response();
    assertThat(hints.status()).isEqualTo(103);
    assertThat(hints.has("Link: </style.css>; rel=preload")).isTrue();
    assertThat(peer.response().body()).isEqualTo("done");
  }

  @Test
  void servesIpv4AndIpv6OnOneSocketAndShowsMappedPeersAsIpv4() throws IOException {
    server.on(
        "/who",
        exchange ->
            answer(
                exchange,
                200,
                exchange.remoteAddress().getAddress().getHostAddress()
                    + " "
                    + exchange.localAddress().getAddress().getHostAddress()));
    try (WirePeer four = WirePeer.connect(InetAddress.getByName("127.0.0.1"), server.port());
        WirePeer six = WirePeer.connect(InetAddress.getByName("::1"), server.port())) {
      assertThat(four.get("/who").response().body()).isEqualTo("127.0.0.1 127.0.0.1");
      assertThat(six.get("/who").response().body()).isEqualTo("0:0:0:0:0:0:0:1 0:0:0:0:0:0:0:1");
    }
  }

  static ByteBuffer ascii(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }
}
