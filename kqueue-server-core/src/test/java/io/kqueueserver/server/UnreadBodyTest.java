package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.TEXT;
import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.Limits;
import io.kqueueserver.stats.Limit;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A response that is complete before its request: its head announces whether the connection goes
 * on, and nothing that comes later may change that or destroy the response.
 */
@Timeout(30)
class UnreadBodyTest {
  private static final int LARGE = 300_000;
  private static final String NEXT = "GET /next HTTP/1.1\r\nHost: t\r\n\r\n";

  @RegisterExtension final ServerExtension server = new ServerExtension();

  private final AtomicInteger next = new AtomicInteger();

  @BeforeEach
  void handlers() {
    for (int status : new int[] {200, 401, 404, 405, 413, 415}) {
      server.on("/" + status, exchange -> answer(exchange, status, "early"));
    }
    server.on(
        "/next",
        exchange -> {
          next.incrementAndGet();
          answer(exchange, 200, "next");
        });
  }

  private static String post(String path, int length) {
    return "POST " + path + " HTTP/1.1\r\nHost: t\r\nContent-Length: " + length + "\r\n\r\n";
  }

  private static String chunked(String path) {
    return "POST " + path + " HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 401, 404, 405, 413, 415})
  void theHeadTellsThatALargeRestEndsTheConnectionAndTheRestIsReadBeforeFin(int status) {
    WirePeer peer = server.connect().send(post("/" + status, LARGE) + "x".repeat(1_000));

    WirePeer.Response response = peer.response();
    assertThat(response.status()).isEqualTo(status);
    assertThat(response.has("Connection: close")).isTrue();
    peer.send("x".repeat(LARGE - 1_000) + NEXT);
    assertThat(peer.readAll()).isEmpty();
    assertThat(next).hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 401, 404, 405, 413, 415})
  void theHeadTellsThatAChunkedRestEndsTheConnection(int status) {
    WirePeer peer = server.connect().send(chunked("/" + status) + "5\r\nhello\r\n");

    WirePeer.Response response = peer.response();
    assertThat(response.status()).isEqualTo(status);
    assertThat(response.has("Connection: close")).isTrue();
    peer.send("5\r\nhello\r\n0\r\n\r\n" + NEXT);
    assertThat(peer.readAll()).isEmpty();
    assertThat(next).hasValue(0);
  }

  @Test
  void aBodyThatWasReadToItsEndKeepsTheConnectionHoweverLargeItIs() {
    server.on(
        "/read",
        server.collecting((exchange, body, trailers) -> answer(exchange, 200, "" + body.length())));
    WirePeer peer = server.connect();

    peer.send(post("/read", LARGE) + "x".repeat(LARGE));
    assertThat(peer.response().body()).isEqualTo("" + LARGE);
    peer.send(chunked("/read") + "5\r\nhello\r\n0\r\n\r\n");
    WirePeer.Response response = peer.response();
    assertThat(response.body()).isEqualTo("5");
    assertThat(response.has("Connection: close")).isFalse();
    assertThat(peer.send(NEXT).response().body()).isEqualTo("next");
  }

  /** As one that echoes or converts it: each such request would cost the client a connection. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anAnswerThatBeginsWhileTheBodyIsReadKeepsTheConnection(boolean chunked) {
    server.on("/relay", exchange -> Relay.begin(exchange, new AtomicInteger()));
    String body = "x".repeat(LARGE);
    WirePeer peer = server.connect();

    for (int i = 0; i < 2; i++) {
      if (chunked) {
        peer.send(chunked("/relay") + Integer.toHexString(LARGE) + "\r\n" + body);
        peer.send("\r\n0\r\n\r\n");
      } else {
        peer.send(post("/relay", LARGE) + body);
      }
      WirePeer.Response response = peer.response();
      assertThat(response.body()).isEqualTo(body);
      assertThat(response.has("Connection: close")).isFalse();
    }
    assertThat(peer.send(NEXT).response().body()).isEqualTo("next");
  }

  /** The head has promised the connection, so the rest is read however large it is. */
  @Test
  void anAnswerThatEndsWhileTheBodyIsReadKeepsItsPromise() {
    server.on(
        "/begun",
        exchange -> {
          exchange.demand(1);
          answer(exchange, 200, "begun");
        });
    WirePeer peer = server.connect().send(post("/begun", LARGE) + "x".repeat(1_000));

    WirePeer.Response response = peer.response();
    assertThat(response.body()).isEqualTo("begun");
    assertThat(response.has("Connection: close")).isFalse();
    peer.send("x".repeat(LARGE - 1_000) + NEXT);
    assertThat(peer.response().body()).isEqualTo("next");
    assertThat(server.limitHits(Limit.UNREAD_BODY)).isZero();
  }

  /** As Spring's decoders, where a body is more than they take, before the error is answered. */
  @Test
  void anAnswerOfAHandlerThatHasGivenTheBodyUpTellsTheEndOfTheConnection() {
    server.on(
        "/given-up",
        exchange -> {
          exchange.demand(1);
          exchange.discardBody();
          answer(exchange, 413, "too much");
        });
    WirePeer peer = server.connect().send(post("/given-up", LARGE) + "x".repeat(1_000));

    WirePeer.Response response = peer.response();
    assertThat(response.status()).isEqualTo(413);
    assertThat(response.has("Connection: close")).isTrue();
    peer.send("x".repeat(LARGE - 1_000) + NEXT);
    assertThat(peer.readAll()).isEmpty();
    assertThat(server.limitHits(Limit.UNREAD_BODY)).isEqualTo(1);
  }

  @Test
  void aMalformedChunkAfterTheAnswerDestroysNothingAndRunsNothing() {
    WirePeer peer = server.connect().send(chunked("/200"));

    assertThat(peer.response().body()).isEqualTo("early");
    peer.send("no chunk\r\n" + NEXT);
    assertThat(peer.readAll()).isEmpty();
    assertThat(next).hasValue(0);
  }

  @Test
  void anAnswerWithoutAnEndOfItsOwnEndsBeforeTheBodyDoes() {
    server.on(
        "/stream",
        exchange -> {
          exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          exchange.write(ByteBuffer.wrap("all".getBytes(StandardCharsets.US_ASCII)), null);
          exchange.finish();
        });
    WirePeer peer =
        server.connect().send("POST /stream HTTP/1.0\r\nContent-Length: " + LARGE + "\r\n\r\nx");

    assertThat(peer.response().body()).isEqualTo("all");
    peer.send("x".repeat(LARGE - 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/1.0", "HTTP/1.1"})
  void aLargeAnswerReachesAClientThatWritesAllBeforeItReads(String version) {
    byte[] large = new byte[8 << 20];
    server.on(
        "/large",
        exchange -> {
          exchange.respond(404, TEXT, Exchange.UNKNOWN_LENGTH);
          exchange.write(ByteBuffer.wrap(large), () -> {});
          exchange.finish();
        });
    WirePeer peer = server.connect();

    peer.send("POST /large " + version + "\r\nHost: t\r\nContent-Length: 20000000\r\n\r\n");
    peer.send(new byte[20_000_000]);
    assertThat(peer.response().body()).hasSize(large.length);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatFollowsARefusalDoesNotDestroyIt(boolean secure) {
    WirePeer peer = peer(secure);

    peer.send("GET / HTTP/1.1\r\nHost : t\r\n\r\n").send(new byte[5_000_000]);
    assertThat(peer.response().status()).isEqualTo(400);
    assertThat(peer.readAll()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void twentyMegabytesAfterTheAnswerAreReadAndCounted(boolean secure) {
    WirePeer peer = peer(secure);

    peer.send(post("/404", 20_000_000)).send(new byte[20_000_000]);
    WirePeer.Response response = peer.response();
    assertThat(response.status()).isEqualTo(404);
    assertThat(response.has("Connection: close")).isTrue();
    assertThat(peer.readAll()).isEmpty();
    assertThat(server.limitHits(Limit.UNREAD_BODY)).isEqualTo(1);
  }

  private WirePeer peer(boolean secure) {
    if (secure) {
      server.restart(builder -> builder.tls(TlsFixture.server()));
      return server.connect(TlsFixture.client());
    }
    return server.connect();
  }

  @Test
  void requestsBehindTheLastOneAllowedDestroyNoResponse() {
    server.restart(builder -> builder.limits(new Limits(8192, 8192, 100, -1, 65536, 1)));
    WirePeer peer = server.connect().send(NEXT);

    assertThat(peer.response().has("Connection: close")).isTrue();
    for (int i = 0; i < 100; i++) {
      peer.send(NEXT);
    }
    assertThat(peer.readAll()).isEmpty();
    assertThat(next).hasValue(1);
  }

  @Test
  void whatFollowsAResponseThatBrokeOffDoesNotDestroyItsBeginning() {
    server.on(
        "/broken",
        exchange -> {
          exchange.respond(200, TEXT, 10);
          exchange.write(ByteBuffer.wrap("half".getBytes(StandardCharsets.US_ASCII)), null);
          throw new IllegalStateException("the handler's fault");
        });
    WirePeer peer = server.connect().send(post("/broken", 5_000_000)).send(new byte[5_000_000]);

    assertThat(peer.readAll()).endsWith("\r\n\r\nhalf");
  }
}
