package io.kqueueserver.server;

import static io.kqueueserver.http.ws.ClientFrames.BINARY;
import static io.kqueueserver.http.ws.ClientFrames.FIN;
import static io.kqueueserver.http.ws.ClientFrames.RSV1;
import static io.kqueueserver.http.ws.ClientFrames.close;
import static io.kqueueserver.http.ws.ClientFrames.deflated;
import static io.kqueueserver.http.ws.ClientFrames.frame;
import static io.kqueueserver.http.ws.ClientFrames.head;
import static io.kqueueserver.http.ws.ClientFrames.join;
import static io.kqueueserver.http.ws.ClientFrames.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.ws.MessageLimits;
import io.kqueueserver.http.ws.Opcode;
import io.kqueueserver.http.ws.WebSocketOptions;
import io.kqueueserver.http.ws.WebSocketTimeouts;
import io.kqueueserver.server.ws.WebSocket;
import io.kqueueserver.stats.Limit;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What has broken other servers of WebSocket, replayed on sockets. */
@Timeout(60)
class WebSocketAttackTest {
  private static final long MILLI = 1_000_000;
  private static final String DEFLATE = WebSocketPeer.DEFLATE + "\r\n";

  @RegisterExtension final ServerExtension server = ServerExtension.with(b -> b.loops(1));

  private final BlockingQueue<String> closes = new LinkedBlockingQueue<>();

  private class Echo extends EchoListener {
    Echo(WebSocket socket) {
      super(socket);
    }

    @Override
    public void onClose(int code, String reason) {
      closes.add((code + " " + reason).strip());
    }

    @Override
    public void onEnd() {
      closes.add("end");
    }
  }

  @BeforeEach
  void serveEcho() {
    server.on("/ws", exchange -> WebSocketServerTest.upgrade(exchange, Echo::new));
  }

  private String next() throws InterruptedException {
    return closes.poll(10, TimeUnit.SECONDS);
  }

  private void othersAreServed() {
    assertThat(WebSocketPeer.open(server.connect(), "").send(text("a")).next()).isEqualTo("TEXT a");
  }

  private void noneIsLeft() {
    await().until(() -> server.server().running().webSockets().count() == 0);
    assertThat(server.server().running().webSockets().lentZlib()).as("zlib lent").isZero();
  }

  // ---- handshakes

  static Stream<Arguments> handshakes() {
    return Stream.of(
        Arguments.of(
            "CVE-2020-7662, -7663: a quoted string of escapes without an end",
            "Sec-WebSocket-Extensions: a; b=\"" + "\\c".repeat(2_000) + "\r\n",
            400),
        Arguments.of(
            "CVE-2021-32640: blanks inside a sub-protocol",
            "Sec-WebSocket-Protocol: b" + " ".repeat(6_000) + "x\r\n",
            400),
        Arguments.of("CVE-2024-37890: more fields than are kept", "x: y\r\n".repeat(2_000), 431));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("handshakes")
  void aHandshakeThatHarmedOthersIsAnswered(String row, String fields, int status) {
    assertThat(server.connect().send(WebSocketPeer.OFFER + fields + "\r\n").response().status())
        .as(row)
        .isEqualTo(status);
    othersAreServed();
  }

  // ---- frames

  static Stream<Arguments> frames() {
    return Stream.of(
        Arguments.of(
            "CVE-2020-13935: a length with its highest bit",
            head(FIN | BINARY, 0xff, Long.MIN_VALUE, 8),
            "CLOSE 1002"),
        Arguments.of(
            "CVE-2016-10542: a message of any size",
            head(FIN | BINARY, 0xff, Long.MAX_VALUE, 8),
            "CLOSE 1009"),
        Arguments.of(
            "CVE-2020-11612: a message that inflates to 8 MiB",
            frame(FIN | RSV1 | BINARY, deflated(new byte[8 << 20])),
            "CLOSE 1009"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("frames")
  void aFrameThatHarmedOthersEndsItsSessionOnly(String row, byte[] frames, String close) {
    WebSocketPeer peer = WebSocketPeer.open(server.connect(), DEFLATE);
    assertThat(peer.send(frames).rest()).as(row).containsExactly(close, "END");
    peer.close();
    othersAreServed();
  }

  // ---- what sessions leave behind

  /** Jetty 293, 6974 and 13029, CometD 1001: native memory of compression stayed. */
  @Test
  void sessionsHoldNoZlibWhetherIdleOrResetInsideAMessage() {
    List<WirePeer> wires = new ArrayList<>();
    String message = "a".repeat(2_000);
    byte[] deflated = deflated(message.getBytes(StandardCharsets.US_ASCII));
    for (int i = 0; i < 20; i++) {
      WirePeer wire = server.connect();
      wires.add(wire);
      WebSocketPeer peer = WebSocketPeer.open(wire, DEFLATE);
      assertThat(peer.send(frame(FIN | RSV1 | BINARY, deflated)).next()).contains("of 2000");
    }
    assertThat(server.server().running().webSockets().lentZlib()).as("while idle").isZero();
    wires.forEach(wire -> wire.send(frame(RSV1 | BINARY, deflated)));
    await().until(() -> server.server().running().webSockets().lentZlib() == wires.size());
    wires.forEach(WirePeer::reset);
    noneIsLeft();
  }

  /** Reactor Netty 1091 and 1406, Spring 22079: the code of a Close frame was lost. */
  @Test
  void theCodeOfACloseIsToldThoughTheClientResetsBehindIt() throws Exception {
    for (int code : new int[] {1000, 1001, 1013, 3000, 4999}) {
      WirePeer wire = server.connect();
      WebSocketPeer peer = WebSocketPeer.open(wire, "");
      assertThat(peer.send(text("a"), close(code, "why")).rest())
          .containsExactly("TEXT a", "CLOSE " + code, "END");
      wire.reset();
      assertThat(next()).isEqualTo(code + " why");
      assertThat(next()).isEqualTo("end");
    }
    WebSocketPeer empty = WebSocketPeer.open(server.connect(), "");
    assertThat(empty.send(frame(0x88, "")).rest()).containsExactly("CLOSE 1005", "END");
    assertThat(next()).isEqualTo("1005");
  }

  /** Spring 30393: connections stayed in CLOSE_WAIT. */
  @Test
  void aClientThatEndsItsSideWithoutACloseLeavesNoConnection() throws Exception {
    List<WebSocketPeer> peers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      peers.add(WebSocketPeer.open(server.connect(), ""));
    }
    for (WebSocketPeer peer : peers) {
      assertThat(peer.finish().rest()).containsExactly("END");
    }
    await().until(() -> server.server().connections() == 0);
    noneIsLeft();
  }

  // ---- a client that takes less than it is sent

  private void sendMuch(long closeMillis) {
    server.restart(
        builder ->
            builder.webSocket(
                new WebSocketOptions(
                    MessageLimits.DEFAULTS,
                    false,
                    false,
                    64,
                    100_000,
                    new WebSocketTimeouts(0, 0, 0, closeMillis * MILLI),
                    0)));
    server.on(
        "/ws",
        exchange ->
            WebSocketServerTest.upgrade(
                exchange,
                made ->
                    new Echo(made) {
                      @Override
                      public void onOpen() {
                        // More than the kernels hold on both sides.
                        socket.send(Opcode.BINARY, ByteBuffer.allocate(16 << 20), null);
                        for (int i = 0; i < 2_000 && socket.isOpen(); i++) {
                          socket.send(Opcode.BINARY, ByteBuffer.allocate(50_000), null);
                        }
                      }
                    }));
  }

  @Test
  void aClientThatDoesNotReadIsResetAfterCloseTimeout() throws Exception {
    sendMuch(100);
    WebSocketPeer peer = WebSocketPeer.open(server.connect(), "");
    assertThat(next()).startsWith("1008");
    assertThat(next()).isEqualTo("end");
    assertThat(peer.rest()).endsWith("RESET").doesNotContain("CLOSE 1008");
    assertThat(server.limitHits(Limit.WEBSOCKET_QUEUED_BYTES)).isEqualTo(1);
    assertThat(server.limitHits(Limit.WEBSOCKET_CLOSE_TIMEOUT)).isEqualTo(1);
  }

  @Test
  void aClientThatReadsInTimeMeetsTheCloseAndFin() throws Exception {
    sendMuch(30_000);
    WebSocketPeer peer = WebSocketPeer.open(server.connect(), "");
    assertThat(next()).startsWith("1008");
    List<String> rest = peer.rest();
    assertThat(rest.subList(rest.size() - 2, rest.size())).containsExactly("CLOSE 1008", "END");
    peer.close();
    assertThat(next()).isEqualTo("end");
    assertThat(server.limitHits(Limit.WEBSOCKET_CLOSE_TIMEOUT)).isZero();
  }

  // ---- over TLS

  @Test
  void aSessionOverTlsWhoseConnectionHasItsAgeIsSent1001() throws Exception {
    Duration age = Duration.ofMillis(100);
    server.restart(
        builder ->
            builder.tls(TlsFixture.server()).connections(ConnectionOptions.DEFAULTS.maxAge(age)));
    WebSocketPeer peer = WebSocketPeer.open(server.connect(TlsFixture.client()), "");
    assertThat(peer.next()).isEqualTo("CLOSE 1001");
    assertThat(peer.send(join(text("late"), close(1001, ""))).rest()).containsExactly("END");
    assertThat(next()).isEqualTo("1001 going away");
    assertThat(server.limitHits(Limit.CONNECTION_AGE)).isEqualTo(1);
  }
}
