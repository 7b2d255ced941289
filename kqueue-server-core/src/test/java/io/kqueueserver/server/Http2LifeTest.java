package io.kqueueserver.server;

import static io.kqueueserver.http.h2.Frames.frame;
import static io.kqueueserver.http.h2.Frames.setting;
import static io.kqueueserver.server.Http2Peer.data;
import static io.kqueueserver.server.Http2Peer.rst;
import static io.kqueueserver.server.Http2Peer.windowUpdate;
import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.FileRegion;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.HttpVersion;
import io.kqueueserver.http.Limits;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FrameFlags;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.Http2Defences;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.http.h2.Setting;
import io.kqueueserver.server.Http2Peer.Frame;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** How streams share a connection, and how both come to their ends. */
@Timeout(60)
class Http2LifeTest {
  private static final int LARGE = 300_000;

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(builder -> builder.http2(options(0, 100_000)).loops(1));

  private final BlockingQueue<Exchange> waiting = new LinkedBlockingQueue<>();
  private final BlockingQueue<HttpVersion> versions = new LinkedBlockingQueue<>();

  private static Http2Options options(long stalledNanos, int maxResets) {
    Http2Defences defences = new Http2Defences(maxResets, 16, 10, 1 << 20, 256);
    return new Http2Options(true, false, 100, 4096, 64 << 10, 1 << 20, stalledNanos, defences);
  }

  @BeforeEach
  void handlers() {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    server.on("/version", this::tellVersion);
    server.on("/body", server.collecting((x, body, trailers) -> answer(x, 200, body)));
    server.on("/later", server.listening(waiting::add));
    server.on("/large", Http2LifeTest::respondAtLength);
  }

  private void tellVersion(Exchange exchange) {
    versions.add(exchange.request().version());
    answer(exchange, 200, "alpha");
  }

  private static void respondAtLength(Exchange exchange) {
    exchange.respond(200, ServerExtension.TEXT, LARGE);
    exchange.write(ByteBuffer.allocate(LARGE), () -> {});
    exchange.finish();
  }

  private Http2Peer peer() {
    return Http2Peer.on(server.connect());
  }

  // ---- the end of a connection

  @Test
  void aDrainWarnsAndNamesTheLastStreamAfterARoundTripAndClosesBehindIt() throws Exception {
    Http2Peer peer = peer().start();
    peer.get(1, "/later");
    Exchange first = waiting.take();
    server.server().drain(() -> {});
    Frame warning = peer.await(FrameType.GOAWAY, 0);
    assertThat(lastStream(warning)).isEqualTo(Integer.MAX_VALUE);
    Frame ping = peer.await(FrameType.PING, 0);
    peer.get(3, "/a"); // on its way before the client knew
    assertThat(peer.answer(3).body()).isEqualTo("alpha");
    peer.send(frame(FrameType.PING.number(), FrameFlags.ACK, 0, ping.payload()));
    Frame last = peer.await(FrameType.GOAWAY, 0);
    assertThat(lastStream(last)).isEqualTo(3);
    assertThat(last.code()).isEqualTo(ErrorCode.NO_ERROR);
    peer.get(5, "/a");
    peer.settle();
    first.execute(() -> answer(first, 200, "omega"));
    assertThat(peer.answer(1).body()).isEqualTo("omega");
    assertThat(peer.isClosedByServer()).isTrue();
    assertThat(peer.passedOver()).noneMatch(frame -> frame.stream() == 5);
  }

  @Test
  void inTheAcceptPeriodOfADrainStreamsAreServedAndItsEndBringsGoaway() {
    Http2Peer peer = peer().start();
    server.server().drain(Duration.ofHours(1), () -> {});
    peer.get(1, "/a");
    assertThat(peer.answer(1).body()).isEqualTo("alpha");
    assertThat(peer.passedOver()).noneMatch(frame -> frame.is(FrameType.GOAWAY));
    server.server().drain(() -> {});
    assertThat(lastStream(peer.await(FrameType.GOAWAY, 0))).isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void aDrainEndsAConnectionThatHasUsedItsLastStream() {
    Http2Peer peer = peer().start();
    peer.get(Integer.MAX_VALUE, "/a");
    assertThat(peer.answer(Integer.MAX_VALUE).body()).isEqualTo("alpha");
    server.server().drain(() -> {});
    peer.await(FrameType.GOAWAY, 0);
    Frame ping = peer.await(FrameType.PING, 0);
    peer.send(frame(FrameType.PING.number(), FrameFlags.ACK, 0, ping.payload()));
    assertThat(lastStream(peer.await(FrameType.GOAWAY, 0))).isEqualTo(Integer.MAX_VALUE);
    assertThat(peer.isClosedByServer()).isTrue();
  }

  @Test
  void noGoAwayNamesAStreamAboveTheOneThatWasNamedAsTheLast() throws Exception {
    Http2Peer peer = peer().start();
    peer.get(1, "/later");
    server.server().drain(() -> {});
    peer.await(FrameType.GOAWAY, 0);
    Frame ping = peer.await(FrameType.PING, 0);
    peer.send(frame(FrameType.PING.number(), FrameFlags.ACK, 0, ping.payload()));
    assertThat(lastStream(peer.await(FrameType.GOAWAY, 0))).isEqualTo(1);
    peer.get(3, "/a").send(frame(FrameType.PING.number(), 0, 0, new byte[7]));
    Frame error = peer.await(FrameType.GOAWAY, 0);
    assertThat(error.code()).isEqualTo(ErrorCode.FRAME_SIZE_ERROR);
    assertThat(lastStream(error)).isEqualTo(1);
  }

  @Test
  void ofAStreamAboveTheLastTheFieldsStayInTheTableAndTheBodyIsCredited() throws Exception {
    Http2Peer peer = peer().start();
    peer.post(1, "/body");
    server.server().drain(() -> {});
    peer.await(FrameType.GOAWAY, 0);
    Frame ping = peer.await(FrameType.PING, 0);
    peer.send(frame(FrameType.PING.number(), FrameFlags.ACK, 0, ping.payload()));
    assertThat(lastStream(peer.await(FrameType.GOAWAY, 0))).isEqualTo(1);
    byte[] piece = new byte[16 * 1024];
    // The connection's window is 1 MiB: without credit the 70th piece would overrun it.
    for (int stream = 3; stream < 3 + 2 * 70; stream += 2) {
      peer.post(stream, "/ignored", "x-kept: by the table of both").send(data(stream, true, piece));
    }
    peer.settle();
    byte[] body = "omega".getBytes(StandardCharsets.US_ASCII);
    // Trailers of the stream that is served refer to the field that an ignored stream has added.
    peer.send(data(1, false, body), peer.headers(1, true, "x-kept: by the table of both"));
    assertThat(peer.answer(1).body()).isEqualTo("omega");
    assertThat(peer.isClosedByServer()).isTrue();
    assertThat(peer.passedOver()).noneMatch(f -> f.is(FrameType.GOAWAY) || f.stream() > 1);
  }

  @Test
  void theLastOfMaxKeepAliveRequestsIsNamedAndThoseBehindItAreLeftToAnotherConnection()
      throws Exception {
    server.restart(builder -> builder.limits(requests(2)));
    Http2Peer peer = peer().start();
    peer.get(1, "/later").get(3, "/a").get(5, "/a");
    Exchange first = waiting.take();
    Frame last = peer.await(FrameType.GOAWAY, 0);
    assertThat(lastStream(last)).isEqualTo(3);
    assertThat(last.code()).isEqualTo(ErrorCode.NO_ERROR);
    assertThat(last.debug()).isEqualTo("kqueue.server.max-keep-alive-requests");
    assertThat(peer.answer(3).body()).isEqualTo("alpha");
    first.execute(() -> answer(first, 200, "omega"));
    assertThat(peer.answer(1).body()).isEqualTo("omega");
    assertThat(peer.isClosedByServer()).isTrue();
    assertThat(peer.passedOver()).noneMatch(frame -> frame.stream() == 5);
    assertThat(server.limitHits(Limit.KEEP_ALIVE_REQUESTS)).isEqualTo(1);
    await().until(() -> server.closed(CloseReason.RESPONSE_END) == 1);
  }

  @Test
  void withoutKeepAliveAConnectionServesOneRequest() {
    server.restart(builder -> builder.limits(requests(0)));
    Http2Peer peer = peer().start().get(1, "/a");
    assertThat(peer.answer(1).body()).isEqualTo("alpha");
    assertThat(peer.isClosedByServer()).isTrue();
  }

  private static Limits requests(int most) {
    return new Limits(8192, 8192, 128, -1, 65536, most);
  }

  private static int lastStream(Frame goAway) {
    return ByteBuffer.wrap(goAway.payload()).getInt();
  }

  @Test
  void whatWasAskedBeforeTheClientsFinIsAnswered() throws Exception {
    CountDownLatch blocked = new CountDownLatch(1);
    CountDownLatch unblock = new CountDownLatch(1);
    server.on("/block", exchange -> block(exchange, blocked, unblock));
    Http2Peer peer = peer().start();
    server.connect().get("/block");
    blocked.await(); // so that the loop sees request and FIN in one event
    peer.get(1, "/a");
    peer.wire().shutdownOutput();
    unblock.countDown();
    assertThat(peer.await(FrameType.DATA, 1).payload()).asString().isEqualTo("alpha");
    assertThat(peer.isClosedByServer()).isTrue();
  }

  private static void block(Exchange exchange, CountDownLatch blocked, CountDownLatch unblock) {
    blocked.countDown();
    try {
      unblock.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    answer(exchange, 200, "done");
  }

  @Test
  void aClientThatLeavesEndsEveryExchangeOfItsConnection() throws Exception {
    Http2Peer peer = peer().start();
    for (int stream = 1; stream < 20; stream += 2) {
      peer.get(stream, "/later");
    }
    for (int i = 0; i < 10; i++) {
      waiting.take();
    }
    peer.wire().shutdownOutput();
    for (int i = 0; i < 10; i++) {
      assertThat(server.errors.poll(10, TimeUnit.SECONDS)).isNotNull();
    }
    assertThat(peer.isClosedByServer()).isTrue();
  }

  // ---- streams beside each other

  @Test
  void sixteenUploadsThatNobodyReadsDoNotStopAnother() {
    server.restart(builder -> builder.http2(options(TimeUnit.MILLISECONDS.toNanos(300), 100_000)));
    Http2Peer peer = peer().start();
    byte[] piece = new byte[16 * 1024];
    for (int stream = 1; stream < 33; stream += 2) {
      peer.post(stream, "/later");
      peer.send(data(stream, false, piece), data(stream, false, piece));
      peer.send(data(stream, false, piece), data(stream, false, piece));
    }
    peer.await(f -> f.is(FrameType.WINDOW_UPDATE) && f.stream() == 0); // the first, of the start
    peer.await(f -> f.is(FrameType.WINDOW_UPDATE) && f.stream() == 0); // credit of those reset
    assertThat(server.limitHits(Limit.HTTP2_STALLED_STREAM)).isEqualTo(16);
    peer.post(33, "/body").send(data(33, true, "omega".getBytes(StandardCharsets.US_ASCII)));
    assertThat(peer.answer(33).body()).isEqualTo("omega");
    await().until(() -> server.sum(stats -> stats.readAheadBytes) < 1_000);
  }

  @Test
  void theMoreUrgentResponseGoesFirst() {
    Http2Peer peer = peer().start(setting(Setting.INITIAL_WINDOW_SIZE.identifier(), LARGE));
    peer.get(1, "/large", "priority: u=5").get(3, "/large", "priority: u=1").settle();
    // Both wait for credit of the connection: what it had at first is used up.
    peer.send(windowUpdate(0, 2 * LARGE));
    Frame end = peer.await(f -> f.is(FrameType.DATA) && f.endsStream());
    assertThat(end.stream()).isEqualTo(3);
    peer.await(f -> f.is(FrameType.DATA, 1) && f.endsStream());
  }

  @Test
  void responsesWithoutAPriorityTakeTurns() {
    Http2Peer peer = peer().start(setting(Setting.INITIAL_WINDOW_SIZE.identifier(), LARGE));
    peer.get(1, "/large").settle();
    peer.get(3, "/large").settle(); // the credit of the connection is used up by the first
    peer.send(windowUpdate(0, 160 * 1024));
    int[] frames = new int[4];
    for (int bytes = 0; bytes < 65_535 + 160 * 1024; ) {
      Frame frame = peer.await(f -> f.is(FrameType.DATA));
      bytes += frame.payload().length;
      frames[frame.stream()] += bytes > 65_535 ? 1 : 0;
    }
    assertThat(Math.abs(frames[1] - frames[3])).isLessThanOrEqualTo(1);
    peer.send(rst(1, ErrorCode.CANCEL), rst(3, ErrorCode.CANCEL)).settle();
  }

  @Test
  void aResponseThatWaitsForRoomGoesOnWithoutAFrameOfTheClient() {
    server.on("/whenever", Http2LifeTest::respondWheneverWritable);
    Http2Peer peer = peer().start(setting(Setting.INITIAL_WINDOW_SIZE.identifier(), 1 << 30));
    peer.send(windowUpdate(0, 1 << 30)).settle();
    peer.get(1, "/whenever");
    int bytes = 0;
    for (boolean ended = false; !ended; ) {
      Frame frame = peer.await(f -> f.is(FrameType.DATA));
      bytes += frame.payload().length;
      ended = frame.endsStream();
    }
    assertThat(bytes).isEqualTo(20 * LARGE);
  }

  private static void respondWheneverWritable(Exchange exchange) {
    int[] left = {20};
    Runnable writing =
        () -> {
          for (; left[0] > 0 && exchange.isWritable(); left[0]--) {
            exchange.write(ByteBuffer.allocate(LARGE), () -> {});
          }
          if (left[0] == 0) {
            exchange.finish();
          }
        };
    exchange.listener(
        new ExchangeListener() {
          @Override
          public void onWritable() {
            writing.run();
          }
        });
    exchange.respond(200, ServerExtension.TEXT, 20L * LARGE);
    writing.run();
  }

  @Test
  void aRequestThatIsAnsweredTooEarlyIsCutWithoutAFrameOfTheClient() {
    Http2Peer peer = peer().start().post(1, "/a");
    assertThat(peer.answer(1).body()).isEqualTo("alpha");
    assertThat(peer.await(FrameType.RST_STREAM, 1).code()).isEqualTo(ErrorCode.NO_ERROR);
  }

  // ---- resets

  @Test
  void whatAResetStreamHadQueuedComesBack(@TempDir Path directory) throws Exception {
    Path file = Files.write(directory.resolve("file"), new byte[LARGE]);
    server.on(
        "/file",
        x -> x.respondFile(200, HeaderSource.NONE, LARGE, new FileRegion(file, 0, LARGE), null));
    Http2Peer peer = peer().start();
    for (int stream = 1; stream < 2_000; stream += 4) {
      peer.get(stream, "/large").get(stream + 2, "/file");
      peer.send(rst(stream, ErrorCode.CANCEL), rst(stream + 2, ErrorCode.CANCEL));
      peer.send(windowUpdate(0, 20_000));
    }
    peer.settle();
    peer.get(2_001, "/a");
    assertThat(peer.answer(2_001).body()).isEqualTo("alpha");
    await().until(() -> server.sum(stats -> stats.stagedBytes) == 0);
  }

  @Test
  void aStreamThatTheApplicationBreaksOffLeavesItsPlaceToAnother() {
    server.on("/broken", Http2LifeTest::breakOff);
    Http2Peer peer = peer().start();
    for (int stream = 1; stream < 500; stream += 4) {
      assertThat(peer.get(stream, "/broken").answer(stream).reset())
          .isEqualTo(ErrorCode.INTERNAL_ERROR);
      peer.send(peer.request(stream + 2, true, "HEAD", "/broken"));
      assertThat(peer.answer(stream + 2).status()).isEqualTo(200);
    }
    assertThat(peer.get(501, "/a").answer(501).body()).isEqualTo("alpha");
  }

  private static void breakOff(Exchange exchange) {
    exchange.respond(200, ServerExtension.TEXT, 10);
    exchange.reset(new ExchangeException(ExchangeException.Reason.APPLICATION, "on purpose"));
  }

  // ---- upgrades

  @Test
  void aRequestThatOffersH2cIsAnsweredOnStreamOne() throws Exception {
    WirePeer wire = server.connect();
    wire.send(upgrade("/version", ""));
    assertThat(wire.response().head()).startsWith("HTTP/1.1 101");
    Http2Peer peer = Http2Peer.on(wire).start();
    assertThat(peer.answer(1).body()).isEqualTo("alpha");
    assertThat(versions.take()).isEqualTo(HttpVersion.HTTP_2);
    assertThat(peer.get(3, "/a").answer(3).body()).isEqualTo("alpha");
  }

  @Test
  void aForwardedRequestStaysOnHttp1() throws Exception {
    for (String field : new String[] {"Via: 1.1 p", "X-Forwarded-For: ::1", "Forwarded: for=x"}) {
      WirePeer wire = server.connect();
      wire.send(upgrade("/version", field + "\r\n"));
      assertThat(wire.response().status()).isEqualTo(200);
      assertThat(versions.take()).isEqualTo(HttpVersion.HTTP_1_1);
    }
  }

  private static String upgrade(String path, String field) {
    String settings =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(setting(Setting.MAX_FRAME_SIZE.identifier(), 20_000));
    return "GET "
        + path
        + " HTTP/1.1\r\nHost: test\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        + field
        + "HTTP2-Settings: "
        + settings
        + "\r\n\r\n";
  }
}
