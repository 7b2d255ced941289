package io.kqueueserver.server;

import static io.kqueueserver.http.h2.Frames.frame;
import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.ByteStream;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.StreamHandler;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FrameFlags;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.server.Http2Peer.Frame;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How a connection of each protocol ends when it has its age. */
@Timeout(60)
class ConnectionAgeTest {
  private static final Duration AGE = Duration.ofMillis(250);

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(
          builder -> builder.http2(Http2Options.DEFAULTS).loops(1).connections(aged(AGE)));

  private final BlockingQueue<Exchange> waiting = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

  private static ConnectionOptions aged(Duration age) {
    return ConnectionOptions.DEFAULTS.maxAge(age);
  }

  @BeforeEach
  void handlers() {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    server.on("/later", server.listening(waiting::add));
  }

  private void overTls() {
    server.restart(builder -> builder.tls(TlsFixture.server()));
  }

  private void awaitAge() {
    await().until(() -> server.limitHits(Limit.CONNECTION_AGE) == 1);
  }

  private void answerLater(String body) throws InterruptedException {
    Exchange exchange = waiting.take();
    exchange.execute(() -> answer(exchange, 200, body));
  }

  // ---- HTTP/1.1

  @Test
  void anIdleConnectionIsClosed() {
    WirePeer peer = server.connect().get("/a");
    assertThat(peer.response().has("Connection: close")).isFalse();
    assertThat(peer.isClosedByServer()).isTrue();
    peer.close(); // the server lingers until then
    await().until(() -> server.closed(CloseReason.CONNECTION_AGE) == 1);
    assertThat(server.limitHits(Limit.CONNECTION_AGE)).isEqualTo(1);
  }

  @Test
  void aConnectionThatHasSentNothingIsClosed() {
    server.restart(builder -> builder.http2(null));
    WirePeer peer = server.connect();
    assertThat(peer.isClosedByServer()).isTrue();
    peer.close(); // the server lingers until then
    await().until(() -> server.closed(CloseReason.CONNECTION_AGE) == 1);
  }

  @Test
  void theResponseUnderWaySaysThatItIsTheLast() throws Exception {
    WirePeer peer = server.connect().get("/later");
    awaitAge();
    answerLater("omega");
    theLast(peer);
  }

  @Test
  void theResponseUnderWaySaysThatItIsTheLastOverTls() throws Exception {
    overTls();
    WirePeer peer = server.connect(TlsFixture.client()).get("/later");
    awaitAge();
    answerLater("omega");
    theLast(peer);
  }

  private void theLast(WirePeer peer) {
    WirePeer.Response response = peer.response();
    assertThat(response.body()).isEqualTo("omega");
    assertThat(response.has("Connection: close")).isTrue();
    assertThat(peer.isClosedByServer()).isTrue();
    peer.close(); // the server lingers until then
    await().until(() -> server.closed(CloseReason.CONNECTION_AGE) == 1);
  }

  @Test
  void aRequestWhoseHeadHasBegunIsAnswered() {
    server.on("/later", exchange -> answer(exchange, 200, "omega"));
    WirePeer peer = server.connect().send("GET /later HTTP/1.1\r\nHo");
    awaitAge();
    theLast(peer.send("st: a\r\n\r\n"));
  }

  @Test
  void aResponseThatPromisedToGoOnIsFollowedByTheNextOne() throws Exception {
    BlockingQueue<Exchange> begun = new LinkedBlockingQueue<>();
    server.on("/begun", exchange -> begin(exchange, begun));
    server.on("/later", exchange -> answer(exchange, 200, "omega"));
    WirePeer peer = server.connect().get("/begun").get("/later"); // the second is pipelined
    Exchange exchange = begun.take();
    awaitAge();
    exchange.execute(() -> end(exchange));
    WirePeer.Response first = peer.response();
    assertThat(first.body()).isEqualTo("ab");
    assertThat(first.has("Connection: close")).isFalse();
    theLast(peer);
  }

  private static void begin(Exchange exchange, BlockingQueue<Exchange> begun) {
    exchange.respond(200, ServerExtension.TEXT, 2);
    exchange.write(ByteBuffer.wrap(new byte[] {'a'}), null);
    exchange.flush();
    begun.add(exchange);
  }

  private static void end(Exchange exchange) {
    exchange.write(ByteBuffer.wrap(new byte[] {'b'}), null);
    exchange.finish();
  }

  // ---- HTTP/2

  @Test
  void aConnectionOfHttp2LeavesInGoodOrder() throws Exception {
    leavesInGoodOrder(Http2Peer.on(server.connect()));
  }

  @Test
  void aConnectionOfHttp2LeavesInGoodOrderOverTls() throws Exception {
    overTls();
    leavesInGoodOrder(
        Http2Peer.on(server.add(WirePeer.on(Http2Peer.h2(TlsFixture.client(), server.port())))));
  }

  private void leavesInGoodOrder(Http2Peer peer) throws InterruptedException {
    peer.start().get(1, "/later");
    Frame warning = peer.await(FrameType.GOAWAY, 0);
    assertThat(warning.first()).isEqualTo(Integer.MAX_VALUE);
    assertThat(warning.code()).isEqualTo(ErrorCode.NO_ERROR);
    assertThat(warning.debug()).isEqualTo("kqueue.server.max-connection-age");
    Frame ping = peer.await(FrameType.PING, 0);
    peer.get(3, "/a"); // on its way before the client knew
    assertThat(peer.answer(3).body()).isEqualTo("alpha");
    peer.send(frame(FrameType.PING.number(), FrameFlags.ACK, 0, ping.payload()));
    Frame last = peer.await(FrameType.GOAWAY, 0);
    assertThat(last.first()).isEqualTo(3);
    answerLater("omega");
    assertThat(peer.answer(1).body()).isEqualTo("omega");
    assertThat(peer.isClosedByServer()).isTrue();
    peer.close(); // the server lingers until then
    await().until(() -> server.closed(CloseReason.CONNECTION_AGE) == 1);
    assertThat(server.limitHits(Limit.CONNECTION_AGE)).isEqualTo(1);
  }

  @Test
  void anIdleConnectionOfHttp2IsClosed() {
    Http2Peer peer = Http2Peer.on(server.connect()).start().get(1, "/a");
    assertThat(peer.answer(1).body()).isEqualTo("alpha");
    Frame ping = peer.await(FrameType.PING, 0);
    peer.send(frame(FrameType.PING.number(), FrameFlags.ACK, 0, ping.payload()));
    assertThat(peer.isClosedByServer()).isTrue();
    peer.close(); // the server lingers until then
    await().until(() -> server.closed(CloseReason.CONNECTION_AGE) == 1);
  }

  // ---- switched connections

  @Test
  void aSwitchedConnectionIsToldAndHasTheTimeOfADrainToEnd() throws Exception {
    server.restart(
        builder ->
            builder.streams(new StreamOptions(Duration.ofSeconds(60), Duration.ofMillis(100))));
    server.on("/switch", exchange -> exchange.switchTo(HeaderSource.NONE, new Stream()));
    WirePeer peer =
        server
            .connect()
            .send(
                "GET /switch HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n");
    assertThat(heard.take()).isEqualTo("open");
    assertThat(heard.take()).isEqualTo("drain");
    assertThat(heard.take()).isEqualTo("end TIMEOUT");
    peer.readAll();
    await().until(() -> server.closed(CloseReason.CONNECTION_AGE) == 1);
  }

  private final class Stream implements StreamHandler {
    @Override
    public void onOpen(ByteStream stream) {
      heard.add("open");
    }

    @Override
    public void onBytes(ByteBuffer data) {}

    @Override
    public void onInputEnd() {}

    @Override
    public void onDrain() {
      heard.add("drain");
    }

    @Override
    public void onEnd(ExchangeException cause) {
      heard.add("end " + (cause == null ? "" : cause.reason()));
    }
  }

  // ---- off

  @Test
  void noAgeIsTheDefault() throws Exception {
    server.restart(builder -> builder.connections(ConnectionOptions.DEFAULTS));
    WirePeer peer = server.connect().get("/a");
    assertThat(peer.response().status()).isEqualTo(200);
    assertThat(ConnectionOptions.DEFAULTS.maxAgeNanos()).isZero();
    assertThat(peer.get("/a").response().has("Connection: close")).isFalse();
  }

  @Test
  void aNegativeAgeIsRefused() {
    assertThatThrownBy(() -> aged(Duration.ofSeconds(-1)))
        .hasMessage("max-connection-age is PT-1S; it must not be negative");
  }
}
