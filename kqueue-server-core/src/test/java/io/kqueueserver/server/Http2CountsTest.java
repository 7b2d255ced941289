package io.kqueueserver.server;

import static io.kqueueserver.http.h2.Frames.frame;
import static io.kqueueserver.http.h2.Frames.int32;
import static io.kqueueserver.http.h2.Frames.setting;
import static io.kqueueserver.server.Http2Peer.data;
import static io.kqueueserver.server.Http2Peer.rst;
import static io.kqueueserver.server.Http2Peer.windowUpdate;
import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.http.h2.Setting;
import io.kqueueserver.stats.Http2Stats;
import io.kqueueserver.stats.Http2Stats.By;
import io.kqueueserver.stats.Http2Stats.Window;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a loop counts of HTTP/2 while a client speaks it. */
@Timeout(60)
class Http2CountsTest {
  private static final int BODY = 100_000;

  /** What a window begins with. */
  private static final int CREDIT = 65_535;

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(builder -> builder.http2(Http2Options.DEFAULTS).loops(1));

  private final BlockingQueue<Exchange> waiting = new LinkedBlockingQueue<>();

  @BeforeEach
  void handlers() {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    server.on("/body", server.collecting((x, body, trailers) -> answer(x, 200, body)));
    server.on("/later", server.listening(waiting::add));
    server.on("/large", Http2CountsTest::respondAtLength);
  }

  private static void respondAtLength(Exchange exchange) {
    exchange.respond(200, ServerExtension.TEXT, BODY);
    exchange.write(ByteBuffer.allocate(BODY), () -> {});
    exchange.finish();
  }

  private Http2Peer peer() {
    return Http2Peer.on(server.connect());
  }

  private long count(ToLongFunction<Http2Stats> counter) {
    return server.sum(stats -> counter.applyAsLong(stats.http2));
  }

  private long received(FrameType type) {
    return count(stats -> stats.receivedCount(Http2Stats.typePlace(type.number())));
  }

  private long sent(FrameType type) {
    return count(stats -> stats.sentCount(Http2Stats.typePlace(type.number())));
  }

  private long resets(By by, ErrorCode code) {
    return count(stats -> stats.resetCount(by, code.number()));
  }

  private long goAways(By by, ErrorCode code) {
    return count(stats -> stats.goAwayCount(by, code.number()));
  }

  // ---- tags

  @Test
  void tagsAreTheNamesOfTheirNumbers() {
    for (FrameType type : FrameType.values()) {
      assertThat(Http2Stats.typeTags().get(Http2Stats.typePlace(type.number())))
          .isEqualTo(type.name().toLowerCase(Locale.ROOT));
    }
    assertThat(Http2Stats.typeTags()).hasSize(FrameType.values().length + 1).endsWith("other");
    List<String> codes =
        Arrays.stream(ErrorCode.values()).map(c -> c.name().toLowerCase(Locale.ROOT)).toList();
    assertThat(Http2Stats.codeTags()).startsWith(codes.toArray(String[]::new)).endsWith("other");
    assertThat(Http2Stats.codeTags()).hasSize(codes.size() + 1);
  }

  @Test
  void numbersThatNoRfcNamesShareAPlace() {
    int other = Http2Stats.typeTags().size() - 1;
    for (int type : new int[] {0xa, 0xf, 0x11, 0xff}) {
      assertThat(Http2Stats.typePlace(type)).isEqualTo(other);
    }
    int unknown = Http2Stats.codeTags().size() - 1;
    for (int code : new int[] {14, Integer.MAX_VALUE, -1}) {
      assertThat(Http2Stats.codePlace(code)).isEqualTo(unknown);
    }
  }

  // ---- frames

  @Test
  void framesAreCountedByTypeAndDirection() {
    Http2Peer peer = peer().start();
    peer.post(1, "/body").send(data(1, true, "omega".getBytes(StandardCharsets.US_ASCII)));
    assertThat(peer.answer(1).body()).isEqualTo("omega");
    peer.send(frame(0xbe, 0, 0, int32(7)), frame(0xfe, 0, 1)).settle();

    assertThat(received(FrameType.SETTINGS)).isEqualTo(2); // its own, and its acknowledgement
    assertThat(received(FrameType.HEADERS)).isEqualTo(1);
    assertThat(received(FrameType.DATA)).isEqualTo(1);
    assertThat(received(FrameType.PING)).isEqualTo(1);
    assertThat(count(stats -> stats.receivedCount(Http2Stats.typeTags().size() - 1))).isEqualTo(2);
    assertThat(sent(FrameType.SETTINGS)).isEqualTo(2);
    assertThat(sent(FrameType.WINDOW_UPDATE)).isEqualTo(1);
    assertThat(sent(FrameType.HEADERS)).isEqualTo(1);
    assertThat(sent(FrameType.DATA)).isEqualTo(1);
    assertThat(sent(FrameType.PING)).isEqualTo(1);
    assertThat(sent(FrameType.CONTINUATION)).isZero();
  }

  @Test
  void aHeadOfSeveralFramesIsCountedFrameByFrame() {
    String value = "x".repeat(40_000);
    server.on(
        "/wide",
        exchange -> {
          exchange.respond(200, sink -> sink.field("Wide", value), 0);
          exchange.finish();
        });
    assertThat(peer().start().get(1, "/wide").answer(1).fields()).containsEntry("wide", value);
    assertThat(sent(FrameType.HEADERS)).isEqualTo(1);
    assertThat(sent(FrameType.CONTINUATION)).isPositive();
  }

  @Test
  void bytesOfABodyThatIsThrownAwayAreCounted() throws Exception {
    Http2Peer peer = peer().start();
    peer.post(1, "/later");
    Exchange exchange = waiting.take();
    exchange.execute(exchange::discardBody);
    peer.send(data(1, true, new byte[1_000])).settle();

    exchange.execute(() -> answer(exchange, 200, "done"));
    assertThat(peer.answer(1).body()).isEqualTo("done");
    assertThat(server.sum(stats -> stats.bytesDiscarded)).isEqualTo(1_000);
  }

  // ---- ends

  @Test
  void resetsAreCountedByTheSideThatSentThem() throws Exception {
    Http2Peer peer = peer().start();
    peer.get(1, "/later").get(3, "/later");
    waiting.take();
    waiting.take();
    peer.send(rst(1, ErrorCode.CANCEL)).send(frame(FrameType.RST_STREAM.number(), 0, 3, int32(99)));
    peer.post(5, "/a"); // answered before its end: cut in good order
    peer.await(FrameType.RST_STREAM, 5);

    assertThat(resets(By.CLIENT, ErrorCode.CANCEL)).isEqualTo(1);
    assertThat(count(stats -> stats.resetCount(By.CLIENT, Http2Stats.codePlace(99)))).isEqualTo(1);
    assertThat(resets(By.SERVER, ErrorCode.NO_ERROR)).isEqualTo(1);
    assertThat(resets(By.SERVER, ErrorCode.CANCEL)).isZero();
  }

  @Test
  void goAwaysAreCountedByTheSideThatSentThem() {
    Http2Peer peer = peer().start();
    peer.send(frame(FrameType.GOAWAY.number(), 0, 0, int32(0), int32(0))).settle();
    peer.send(windowUpdate(0, 0));
    assertThat(peer.goAway().code()).isEqualTo(ErrorCode.PROTOCOL_ERROR);

    assertThat(goAways(By.CLIENT, ErrorCode.NO_ERROR)).isEqualTo(1);
    assertThat(goAways(By.SERVER, ErrorCode.PROTOCOL_ERROR)).isEqualTo(1);
  }

  // ---- streams

  @Test
  void streamsAreCountedWhileTheyLast() throws Exception {
    Http2Peer peer = peer().start();
    peer.get(1, "/later").get(3, "/later");
    Exchange first = waiting.take();
    waiting.take();
    assertThat(count(stats -> stats.streams)).isEqualTo(2);
    first.execute(() -> answer(first, 200, "omega"));
    peer.answer(1);
    await().until(() -> count(stats -> stats.streams) == 1);
  }

  @Test
  void aConnectionThatIsLostTakesItsStreamsAlong() throws Exception {
    Http2Peer peer = peer().start();
    peer.get(1, "/later").get(3, "/large").get(5, "/later");
    Exchange first = waiting.take();
    waiting.take();
    peer.close();
    await().until(() -> count(stats -> stats.streams) == 0);
    first.execute(() -> answer(first, 200, "too late"));
    assertThat(peer().start().get(1, "/a").answer(1).body()).isEqualTo("alpha");
    await().until(() -> count(stats -> stats.streams) == 0);
  }

  // ---- stalls

  @Test
  void aResponseWithoutCreditOfItsStreamStalls() {
    Http2Peer peer = peer().start();
    peer.send(windowUpdate(0, BODY)).get(1, "/large");
    read(peer, CREDIT);
    peer.settle();
    assertThat(count(stats -> stats.stallCount(Window.STREAM))).isEqualTo(1);
    assertThat(count(stats -> stats.endedStalls(Window.STREAM))).isZero();
    assertThat(count(stats -> stats.stalledNanos(Window.STREAM))).isZero();

    peer.send(windowUpdate(1, BODY));
    read(peer, BODY - CREDIT);
    assertThat(count(stats -> stats.stallCount(Window.STREAM))).isEqualTo(1);
    assertThat(count(stats -> stats.endedStalls(Window.STREAM))).isEqualTo(1);
    assertThat(count(stats -> stats.stalledNanos(Window.STREAM))).isPositive();
    assertThat(count(stats -> stats.stallCount(Window.CONNECTION))).isZero();
  }

  @Test
  void responsesWithoutCreditOfTheConnectionAreOneStall() {
    Http2Peer peer = peer().start(setting(Setting.INITIAL_WINDOW_SIZE.identifier(), BODY));
    peer.get(1, "/large").get(3, "/large");
    read(peer, CREDIT);
    peer.settle();
    assertThat(count(stats -> stats.stallCount(Window.CONNECTION))).isEqualTo(1);
    assertThat(count(stats -> stats.endedStalls(Window.CONNECTION))).isZero();

    peer.send(windowUpdate(0, 2 * BODY));
    read(peer, 2 * BODY - CREDIT);
    assertThat(count(stats -> stats.stallCount(Window.CONNECTION))).isEqualTo(1);
    assertThat(count(stats -> stats.endedStalls(Window.CONNECTION))).isEqualTo(1);
    assertThat(count(stats -> stats.stalledNanos(Window.CONNECTION))).isPositive();
    assertThat(count(stats -> stats.stallCount(Window.STREAM))).isZero();
  }

  @Test
  void aStallEndsWithItsStream() {
    Http2Peer peer = peer().start();
    peer.send(windowUpdate(0, BODY)).get(1, "/large");
    read(peer, CREDIT);
    peer.send(rst(1, ErrorCode.CANCEL)).settle();
    assertThat(count(stats -> stats.stallCount(Window.STREAM))).isEqualTo(1);
    assertThat(count(stats -> stats.endedStalls(Window.STREAM))).isEqualTo(1);
  }

  private static void read(Http2Peer peer, int bytes) {
    for (int left = bytes; left > 0; ) {
      left -= peer.await(f -> f.is(FrameType.DATA)).payload().length;
    }
  }
}
