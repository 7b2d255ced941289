package io.kqueueserver.server;

import static io.kqueueserver.http.ws.ClientFrames.FIN;
import static io.kqueueserver.http.ws.ClientFrames.PING;
import static io.kqueueserver.http.ws.ClientFrames.PONG;
import static io.kqueueserver.http.ws.ClientFrames.TEXT;
import static io.kqueueserver.http.ws.ClientFrames.binary;
import static io.kqueueserver.http.ws.ClientFrames.close;
import static io.kqueueserver.http.ws.ClientFrames.frame;
import static io.kqueueserver.http.ws.ClientFrames.join;
import static io.kqueueserver.http.ws.ClientFrames.text;
import static io.kqueueserver.http.ws.ClientFrames.times;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.KqueueServerBuilder;
import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.ws.DeflatedRows;
import io.kqueueserver.http.ws.FrameRow;
import io.kqueueserver.http.ws.FrameRows;
import io.kqueueserver.http.ws.Handshake;
import io.kqueueserver.http.ws.MessageLimits;
import io.kqueueserver.http.ws.Opcode;
import io.kqueueserver.http.ws.PerMessageDeflate;
import io.kqueueserver.http.ws.WebSocketOptions;
import io.kqueueserver.http.ws.WebSocketTimeouts;
import io.kqueueserver.server.ws.LoopWebSockets;
import io.kqueueserver.server.ws.WebSocket;
import io.kqueueserver.server.ws.WebSocketListener;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;
import io.kqueueserver.stats.WebSocketStats.ClosedBy;
import io.kqueueserver.stats.WebSocketStats.Message;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** WebSocket sessions on real sockets, as the core serves them. */
class WebSocketServerTest {
  private static final long MILLI = 1_000_000;
  private static final WebSocketOptions DEFAULTS = WebSocketOptions.DEFAULTS;

  @RegisterExtension final ServerExtension server = ServerExtension.with(b -> b.loops(1));

  /** The ends that listeners were notified of: {@code 1000 bye}. */
  private final BlockingQueue<String> closes = new LinkedBlockingQueue<>();

  private final BlockingQueue<WebSocket> sockets = new LinkedBlockingQueue<>();

  private class Echo extends EchoListener {
    Echo(WebSocket socket) {
      super(socket);
    }

    @Override
    public void onOpen() {
      sockets.add(socket);
      super.onOpen();
    }

    @Override
    public void onClose(int code, String reason) {
      closes.add((code + " " + reason).strip());
      // As a handler that completes when it receives no more. It must not get in between.
      socket.send(Opcode.TEXT, ByteBuffer.wrap(new byte[1]), null);
      socket.close(3999, "");
    }

    @Override
    public void onEnd() {
      closes.add("end");
    }
  }

  @BeforeEach
  void serveEcho() {
    serve(Echo::new);
  }

  private void serve(Function<WebSocket, WebSocketListener> application) {
    server.on("/ws", exchange -> upgrade(exchange, application));
  }

  static void upgrade(Exchange exchange, Function<WebSocket, WebSocketListener> application) {
    LoopWebSockets webSockets = exchange.service(LoopWebSockets.class);
    Handshake handshake = Handshake.of(exchange.request(), webSockets.options());
    if (handshake.isAccepted()) {
      webSockets.open(exchange, handshake, null, HeaderSource.NONE, application);
    } else {
      exchange.respond(handshake.status(), handshake.fields(null), 0);
      exchange.finish();
    }
  }

  private void restart(WebSocketOptions options) {
    server.restart(builder -> builder.webSocket(options));
  }

  private static WebSocketOptions with(
      MessageLimits limits, int controls, long queued, WebSocketTimeouts timeouts, int sessions) {
    return new WebSocketOptions(limits, true, true, controls, queued, timeouts, sessions);
  }

  private static WebSocketOptions timed(long ping, long idle, long message, long close) {
    WebSocketTimeouts timeouts =
        new WebSocketTimeouts(ping * MILLI, idle * MILLI, message * MILLI, close * MILLI);
    return with(MessageLimits.DEFAULTS, 64, 1 << 20, timeouts, 0);
  }

  private WebSocketPeer open() {
    return WebSocketPeer.open(server.connect(), "");
  }

  private String told() throws InterruptedException {
    return closes.poll(10, TimeUnit.SECONDS);
  }

  private long closed(int code, ClosedBy by) {
    return server.sum(stats -> stats.webSocket.closedCount(code - 1000, by));
  }

  // ---- the table of frames, on sockets

  @Test
  void everyRowOfTheFrameTableIsAnsweredSoOnASocket() {
    replay(FrameRows.all().toList(), server::connect, builder -> {});
  }

  @Test
  void everyRowAboutCompressionIsAnsweredSoOnASocket() {
    replay(DeflatedRows.all().toList(), server::connect, builder -> {});
  }

  @Test
  void everyRowIsAnsweredSoOverTls() {
    replay(
        Stream.concat(FrameRows.all(), DeflatedRows.all()).toList(),
        () -> server.connect(TlsFixture.client()),
        builder -> builder.tls(TlsFixture.server()));
  }

  private void replay(
      List<FrameRow> rows, Supplier<WirePeer> client, Consumer<KqueueServerBuilder> tls) {
    rows.stream()
        .collect(Collectors.groupingBy(FrameRow::limits))
        .forEach(
            (limits, group) -> {
              server.restart(
                  builder -> {
                    tls.accept(builder);
                    builder.webSocket(with(limits, 1 << 20, 1 << 24, DEFAULTS.timeouts(), 0));
                  });
              group.forEach(row -> replay(row, client.get()));
            });
  }

  private static void replay(FrameRow row, WirePeer client) {
    PerMessageDeflate agreed = row.deflate();
    String offer =
        agreed == null ? "" : "Sec-WebSocket-Extensions: " + WebSocketPeer.offer(agreed) + "\r\n";
    WebSocketPeer.open(client, offer).replay(row);
  }

  // ---- handshakes

  @Test
  void aHandshakeThatIsWrongIsAnsweredWithItsStatus() {
    WirePeer.Response old =
        server.connect().send(WebSocketPeer.OFFER.replace("13", "8") + "\r\n").response();
    assertThat(old.status()).isEqualTo(426);
    assertThat(old.has("Sec-WebSocket-Version: 13")).isTrue();
    String bad = WebSocketPeer.OFFER.replace("==", "=") + "\r\n";
    assertThat(server.connect().send(bad).response().status()).isEqualTo(400);
    String body = WebSocketPeer.OFFER + "Content-Length: 2\r\n\r\nxx";
    assertThat(server.connect().send(body).response().status()).isEqualTo(400);
  }

  @Test
  void bytesThatCameWithTheHandshakeAreFrames() {
    WirePeer peer = server.connect();
    peer.send(join(utf8(WebSocketPeer.OFFER + "\r\n"), text("early"), close(1000, "")));
    assertThat(peer.response().head()).startsWith("HTTP/1.1 101 ");
    assertThat(peer.readAll()).isEqualTo("\u0081\u0005early\u0088\u0002\u0003\u00e8");
  }

  private static byte[] utf8(String text) {
    return WebSocketPeer.utf8(text);
  }

  @Test
  void aHandshakeBeyondMaxSessionsIsAnswered503UntilOneEnds() throws Exception {
    restart(with(MessageLimits.DEFAULTS, 64, 1 << 20, DEFAULTS.timeouts(), 1));
    WebSocketPeer first = open();
    assertThat(server.connect().send(WebSocketPeer.OFFER + "\r\n").response().status())
        .isEqualTo(503);
    assertThat(server.limitHits(Limit.WEBSOCKET_SESSIONS)).isEqualTo(1);
    assertThat(first.send(close(1000, "")).rest()).containsExactly("CLOSE 1000", "END");
    first.close();
    await().until(() -> server.server().running().webSockets().count() == 0);
    assertThat(open().send(text("a")).next()).isEqualTo("TEXT a");
  }

  // ---- closing

  @Test
  void aCloseOfTheClientIsEchoedAndTold() throws Exception {
    WebSocketPeer peer = open().send(close(4001, "bye"));
    assertThat(peer.rest()).containsExactly("CLOSE 4001", "END");
    assertThat(told()).isEqualTo("4001 bye");
    assertThat(closes).as("the client has not ended its side").isEmpty();
    peer.close();
    assertThat(told()).isEqualTo("end");
  }

  @Test
  void aCloseOfTheApplicationGoesBehindWhatWasSentAndTheClientsIsAwaited() throws Exception {
    serve(
        socket ->
            new Echo(socket) {
              @Override
              public void onMessage(Opcode type, byte[] payload) {
                super.onMessage(type, payload);
                socket.close(3000, "enough");
                super.onMessage(type, payload);
              }
            });
    WebSocketPeer peer = open().send(text("a"));
    assertThat(peer.next()).isEqualTo("TEXT a");
    assertThat(peer.next()).isEqualTo("CLOSE 3000");
    assertThat(told()).isEqualTo("3000 enough");
    assertThat(peer.send(text("late"), close(3000, "")).rest()).containsExactly("END");
    peer.close();
    assertThat(told()).isEqualTo("end");
    assertThat(server.sum(stats -> stats.webSocket.closedCount(16, ClosedBy.APPLICATION)))
        .isEqualTo(1);
  }

  @Test
  void anEndWithoutCloseIs1006WhichIsNeverSent() throws Exception {
    assertThat(open().finish().rest()).containsExactly("END");
    assertThat(told()).startsWith("1006");
    assertThat(told()).isEqualTo("end");
    WirePeer wire = server.connect();
    WebSocketPeer.open(wire, "");
    wire.reset();
    assertThat(told()).startsWith("1006");
    assertThat(told()).isEqualTo("end");
    assertThat(closed(1006, ClosedBy.CLIENT)).isEqualTo(2);
  }

  @Test
  void aListenerThatThrowsEndsItsSessionWith1011AndNoOther() throws Exception {
    serve(
        socket ->
            new Echo(socket) {
              @Override
              public void onMessage(Opcode type, byte[] payload) {
                if (payload.length == 5) {
                  throw new AssertionError("thrown by the test");
                }
                super.onMessage(type, payload);
              }
            });
    WebSocketPeer other = open();
    assertThat(open().send(text("throw")).rest()).containsExactly("CLOSE 1011", "END");
    assertThat(told()).startsWith("1011");
    assertThat(other.send(text("a")).next()).isEqualTo("TEXT a");
  }

  @Test
  void afterAProtocolErrorNothingIsAnsweredAndTheConnectionEndsInCloseTimeout() throws Exception {
    restart(timed(0, 0, 0, 100));
    byte[] unmasked = {(byte) 0x81, 1, 'a'};
    WebSocketPeer peer = open().send(unmasked, text("late"), frame(PING, ""));
    assertThat(peer.rest()).containsExactly("CLOSE 1002", "END");
    assertThat(told()).startsWith("1002");
    assertThat(told()).as("though the client goes on").isEqualTo("end");
    assertThat(server.limitHits(Limit.WEBSOCKET_CLOSE_TIMEOUT)).isEqualTo(1);
    assertThat(server.closed(CloseReason.STREAM_TIMEOUT)).isEqualTo(1);
    assertThat(server.closed(CloseReason.SERVER_ERROR)).isZero();
  }

  @Test
  void aClientThatDoesNotAnswerACloseMeetsFinAndThenAReset() throws Exception {
    restart(timed(0, 0, 0, 100));
    WebSocketPeer peer = open();
    WebSocket socket = sockets.take();
    socket.stream().execute(() -> socket.close(1000, ""));
    assertThat(peer.rest()).containsExactly("CLOSE 1000", "END");
    assertThat(told()).isEqualTo("1000");
    assertThat(told()).isEqualTo("end");
  }

  // ---- time

  @Test
  void aSilentClientIsPingedAndOneThatDoesNotAnswerIsLeftWith1001() throws Exception {
    restart(timed(50, 400, 0, 1000));
    WebSocketPeer peer = open();
    assertThat(peer.next()).startsWith("PING ");
    List<String> rest = peer.rest();
    assertThat(rest.subList(rest.size() - 2, rest.size())).containsExactly("CLOSE 1001", "END");
    assertThat(told()).startsWith("1006");
    assertThat(server.limitHits(Limit.WEBSOCKET_IDLE_TIMEOUT)).isEqualTo(1);
  }

  @Test
  void aPongKeepsASessionAndIsNotShownIfItAnswersAPingOfTheServer() throws Exception {
    restart(timed(50, 500, 0, 1000));
    BlockingQueue<String> pongs = new LinkedBlockingQueue<>();
    serve(
        socket ->
            new Echo(socket) {
              @Override
              public void onPong(byte[] payload) {
                pongs.add(new String(payload, StandardCharsets.US_ASCII));
                super.onPong(payload);
              }
            });
    WebSocketPeer peer = open();
    long end = System.nanoTime() + 800 * MILLI;
    long counter = 0;
    while (System.nanoTime() < end) {
      assertThat(peer.next()).startsWith("PING ");
      peer.send(frame(PONG, ByteBuffer.allocate(8).putLong(++counter).array()));
    }
    peer.send(frame(PONG, "mine"), text("a"));
    await().until(() -> pongs.contains("mine"));
    assertThat(pongs).containsExactly("mine");
    assertThat(closes).isEmpty();
  }

  @Test
  void aMessageThatIsNotCompleteInTimeIs1008() {
    restart(timed(0, 0, 100, 1000));
    assertThat(open().send(frame(TEXT, "a")).rest()).containsExactly("CLOSE 1008", "END");
    assertThat(server.limitHits(Limit.WEBSOCKET_MESSAGE_TIMEOUT)).isEqualTo(1);
  }

  @Test
  void aDrainSends1001AndTheSessionIsActiveUntilItsEnd() throws Exception {
    WebSocketPeer peer = open();
    sockets.take();
    CountDownLatch idle = new CountDownLatch(1);
    server.server().running().drain(idle::countDown);
    assertThat(peer.next()).isEqualTo("CLOSE 1001");
    assertThat(idle.getCount()).isEqualTo(1);
    assertThat(peer.send(close(1001, "")).rest()).containsExactly("END");
    peer.close();
    assertThat(idle.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(told()).startsWith("1001");
  }

  @Test
  void aSessionWhoseConnectionHasItsAgeIsSent1001() throws Exception {
    Duration age = Duration.ofMillis(100);
    server.restart(builder -> builder.connections(ConnectionOptions.DEFAULTS.maxAge(age)));
    WebSocketPeer peer = open();
    assertThat(peer.next()).isEqualTo("CLOSE 1001");
    assertThat(peer.send(close(1001, "")).rest()).containsExactly("END");
    assertThat(told()).isEqualTo("1001 going away");
    assertThat(server.limitHits(Limit.CONNECTION_AGE)).isEqualTo(1);
  }

  // ---- limits

  @Test
  void moreControlFramesInASecondThanAllowedAre1008() {
    restart(with(MessageLimits.DEFAULTS, 5, 1 << 20, DEFAULTS.timeouts(), 0));
    List<String> rest = open().send(times(50, frame(PING, ""))).rest();
    assertThat(rest).contains("PONG", "CLOSE 1008").endsWith("END");
    assertThat(server.limitHits(Limit.WEBSOCKET_CONTROL_FRAMES)).isEqualTo(1);
  }

  @Test
  void aClientThatTakesNothingCostsNoMoreThanMaxQueuedBytes() throws Exception {
    restart(
        with(MessageLimits.DEFAULTS, 64, 100_000, new WebSocketTimeouts(0, 0, 0, 100 * MILLI), 0));
    List<Integer> released = new ArrayList<>();
    CountDownLatch sent = new CountDownLatch(1);
    serve(
        socket ->
            new Echo(socket) {
              @Override
              public void onOpen() {
                for (int i = 0; i < 2_000 && socket.isOpen(); i++) {
                  int number = i;
                  socket.send(
                      Opcode.BINARY, ByteBuffer.allocate(50_000), () -> released.add(number));
                }
                sent.countDown();
              }
            });
    open();
    assertThat(sent.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(told()).startsWith("1008");
    assertThat(told()).isEqualTo("end");
    assertThat(server.limitHits(Limit.WEBSOCKET_QUEUED_BYTES)).isEqualTo(1);
    assertThat(released).as("each once").doesNotHaveDuplicates().hasSizeLessThan(2_000);
  }

  @Test
  void nothingIsReadBeyondOneMessageWithoutDemand() throws Exception {
    serve(
        socket ->
            new Echo(socket) {
              @Override
              public void onOpen() {
                sockets.add(socket);
              }

              @Override
              public void onMessage(Opcode type, byte[] payload) {
                socket.send(type, ByteBuffer.wrap(payload), null);
              }
            });
    WebSocketPeer peer = open();
    WebSocket socket = sockets.take();
    peer.send(frame(PING, "seen"));
    assertThat(peer.next()).isEqualTo("PONG seen");
    byte[] message = binary(new byte[60_000]);
    Thread writer = new Thread(() -> peer.send(times(200, message)));
    writer.start();
    await().until(() -> server.sum(stats -> stats.heldBytes()) > 0);
    socket.stream().execute(() -> socket.demand(3));
    for (int i = 0; i < 3; i++) {
      assertThat(peer.next()).startsWith("BINARY of 60000");
    }
    assertThat(server.sum(stats -> stats.bytesRead))
        .as("12 MB are on the way")
        .isLessThan(1_000_000);
    assertThat(server.sum(stats -> stats.webSocket.receivedCount(Message.BINARY))).isEqualTo(3);
    socket.stream().execute(socket::discard);
    writer.join(10_000);
    assertThat(peer.send(close(1000, "")).rest()).contains("CLOSE 1000").endsWith("END");
  }

  @Test
  void idleSessionsHoldNoZlibAndCompressedMessagesAreCounted() {
    restart(
        new WebSocketOptions(
            MessageLimits.DEFAULTS, true, false, 64, 1 << 20, DEFAULTS.timeouts(), 0));
    WebSocketPeer peer =
        WebSocketPeer.open(
            server.connect(), WebSocketPeer.DEFLATE + "; client_max_window_bits\r\n");
    String text = "a".repeat(2_000);
    assertThat(peer.send(frame(FIN | TEXT, text)).next()).startsWith("TEXT of 2000");
    assertThat(server.server().running().webSockets().lentZlib()).isZero();
    assertThat(server.sum(stats -> stats.webSocket.deflatedFrom)).isEqualTo(2_000);
    assertThat(server.sum(stats -> stats.webSocket.deflatedTo)).isBetween(1L, 100L);
  }
}
