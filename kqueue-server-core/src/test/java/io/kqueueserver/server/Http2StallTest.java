package io.kqueueserver.server;

import static io.kqueueserver.http.h2.Frames.setting;
import static io.kqueueserver.server.Http2Peer.data;
import static io.kqueueserver.server.Http2Peer.windowUpdate;
import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.Headers;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FrameFlags;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.Setting;
import io.kqueueserver.server.Http2Peer.Frame;
import io.kqueueserver.stats.Limit;
import io.kqueueserver.stats.LoopStats;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Streams that wait for flow control: what they may cost, and how long. The clock of the loop is
 * moved by hand. Times and the bound on memory, 16 MiB, are the defaults.
 */
@Timeout(30)
class Http2StallTest {
  private static final int WINDOW = 64 * 1024;
  private static final byte[] PIECE = new byte[16 * 1024];

  private final AtomicLong skew = new AtomicLong();
  private final BlockingQueue<Exchange> unread = new LinkedBlockingQueue<>();
  private ProtocolServer server;
  private Http2Peer peer;

  @BeforeEach
  void serve() {
    server =
        new ProtocolServer(
            false,
            ProtocolServer::http2,
            List.of(),
            this::handle,
            10_000,
            () -> System.nanoTime() + skew.get());
  }

  private void handle(Exchange exchange) {
    String path = exchange.request().path();
    if (path.equals("/unread")) {
      unread.add(exchange);
    } else if (path.equals("/body")) {
      new BodyReader(exchange).begin();
    } else {
      int bytes = Integer.parseInt(path.substring(1));
      exchange.respond(200, ServerExtension.TEXT, bytes);
      exchange.write(ByteBuffer.allocate(bytes), null);
      exchange.finish();
    }
  }

  /** Answers with the number of bytes. */
  private static final class BodyReader implements ExchangeListener {
    private final Exchange exchange;
    private int count;

    BodyReader(Exchange exchange) {
      this.exchange = exchange;
    }

    void begin() {
      exchange.listener(this);
      exchange.demand(Long.MAX_VALUE);
    }

    @Override
    public void onBody(ByteBuffer data) {
      count += data.remaining();
    }

    @Override
    public void onBodyComplete(Headers trailers) {
      answer(exchange, 200, Integer.toString(count));
    }
  }

  @AfterEach
  void close() {
    peer.close();
    server.close();
  }

  private void start(byte[]... settings) {
    peer = Http2Peer.clear(server.port()).start(settings);
  }

  private void startWithoutCredit() {
    start(setting(Setting.INITIAL_WINDOW_SIZE.identifier(), 0));
  }

  private LoopStats stats() {
    return server.loop().stats();
  }

  /** Lets time pass, and the loop look at its deadlines. */
  private void pass(long seconds) {
    skew.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
    server.loop().execute(() -> {});
    peer.settle();
    peer.settle();
  }

  /** Wakes the loop until the condition holds: a turn may have read the clock before it moved. */
  private void wakeUntil(BooleanSupplier condition) {
    await()
        .until(
            () -> {
              server.loop().execute(() -> {});
              return condition.getAsBoolean();
            });
  }

  private void fill(int stream) {
    peer.post(stream, "/unread");
    for (int i = 0; i < WINDOW; i += PIECE.length) {
      peer.send(data(stream, false, PIECE));
    }
  }

  private long resets() {
    return stats().limitHits(Limit.HTTP2_STALLED_STREAM);
  }

  // ---- the end of a connection

  @Test
  void aDrainNamesTheLastStreamAfterASecondIfItsPingIsNotAnswered() throws Exception {
    start();
    peer.get(1, "/unread");
    Exchange open = unread.take();
    server.drain();
    assertThat(peer.await(FrameType.GOAWAY, 0).first()).isEqualTo(Integer.MAX_VALUE);
    peer.settle();
    assertThat(peer.passedOver()).noneMatch(frame -> frame.is(FrameType.GOAWAY));
    pass(1);
    assertThat(peer.await(FrameType.GOAWAY, 0).first()).isEqualTo(1);
    open.execute(() -> answer(open, 200, "omega"));
    assertThat(peer.answer(1).body()).isEqualTo("omega");
    assertThat(peer.isClosedByServer()).isTrue();
  }

  /** Some clients take a PING of the server for the answer to their own. */
  @Test
  void aConnectionWithAnOpenStreamIsNotPingedHoweverLongTheClientIsSilent() throws Exception {
    start();
    peer.get(1, "/unread");
    Exchange open = unread.take();
    for (long silence : new long[] {9, 2, 49, 300}) {
      pass(silence);
      assertThat(peer.passedOver())
          .as("%d s later", silence)
          .noneMatch(frame -> frame.is(FrameType.PING) && !frame.has(FrameFlags.ACK));
    }
    open.execute(() -> answer(open, 200, "omega"));
    assertThat(peer.answer(1).body()).isEqualTo("omega");
  }

  // ---- uploads

  @Test
  void fifteenUnreadUploadsLeaveTheRestOfTheWindowToAnother() {
    start();
    int stream = 1;
    for (int i = 0; i < 15; i++, stream += 2) {
      fill(stream);
    }
    peer.post(stream, "/body");
    // The window of the connection has room for one more stream, and is announced as 1 MiB.
    int last = stream;
    int credit = WINDOW;
    for (int sent = 0; sent < 16 * PIECE.length; sent += PIECE.length) {
      while (credit < PIECE.length) {
        credit += peer.await(f -> f.is(FrameType.WINDOW_UPDATE, 0) && f.first() < 900_000).first();
      }
      peer.send(data(last, sent == 15 * PIECE.length, PIECE));
      credit -= PIECE.length;
    }
    assertThat(peer.answer(last).body()).isEqualTo(Integer.toString(16 * PIECE.length));
    assertThat(resets()).isZero();
  }

  @Test
  void ofUploadsThatHoldTheWindowThoseAreResetThatNobodyHasReadForTheTime() throws Exception {
    start();
    for (int stream = 1; stream < 33; stream += 2) {
      fill(stream);
    }
    peer.settle();
    pass(40);
    Exchange slow = unread.take(); // stream 1
    slow.execute(() -> slow.demand(1));
    await().until(() -> stats().readAheadBytes < 16 * WINDOW);
    pass(30);
    assertThat(peer.await(FrameType.RST_STREAM, 3).code()).isEqualTo(ErrorCode.CANCEL);
    assertThat(resets()).isEqualTo(15);
    assertThat(peer.passedOver()).noneMatch(frame -> frame.is(FrameType.RST_STREAM, 1));
    peer.post(33, "/body").send(data(33, true, PIECE));
    assertThat(peer.answer(33).body()).isEqualTo(Integer.toString(PIECE.length));
    slow.execute(() -> answer(slow, 200, "late"));
    assertThat(peer.answer(1).body()).isEqualTo("late");
  }

  // ---- responses

  @Test
  void aStreamMayWaitForTheWriteTimeoutWhileMemoryIsNotTight() {
    startWithoutCredit();
    peer.post(1, "/unread"); // keeps the connection: this stream waits for nothing
    peer.get(3, "/100").settle();
    pass(59);
    assertThat(resets()).isZero();
    pass(2);
    assertThat(peer.await(FrameType.RST_STREAM, 3).code()).isEqualTo(ErrorCode.CANCEL);
    assertThat(resets()).isEqualTo(1);
  }

  @Test
  void aStreamMayWaitForTwentySecondsWhileMemoryIsTight() {
    startWithoutCredit();
    peer.get(1, "/" + (13 << 20)).get(3, "/100").settle();
    pass(19);
    assertThat(resets()).isZero();
    pass(2);
    assertThat(peer.await(FrameType.RST_STREAM, 1).code()).isEqualTo(ErrorCode.CANCEL);
    await().until(() -> stats().heldBytes() < WINDOW);
    assertThat(resets()).isBetween(1L, 2L); // once the first has gone memory is not tight
  }

  @Test
  void aStreamThatHasWaitedLongIsResetSoonAfterMemoryHasBecomeTight() {
    startWithoutCredit();
    peer.get(1, "/100").settle();
    pass(30);
    assertThat(resets()).isZero();
    peer.get(3, "/" + (13 << 20)).settle();
    pass(2);
    assertThat(peer.await(FrameType.RST_STREAM, 1).code()).isEqualTo(ErrorCode.CANCEL);
    assertThat(peer.passedOver()).noneMatch(frame -> frame.is(FrameType.RST_STREAM, 3));
  }

  @Test
  void aConnectionAllOfWhoseStreamsWaitForTheWriteTimeoutIsClosed() {
    startWithoutCredit();
    peer.get(1, "/100").get(3, "/100").settle();
    skew.addAndGet(TimeUnit.SECONDS.toNanos(61));
    wakeUntil(() -> stats().limitHits(Limit.WRITE_TIMEOUT) == 1);
    Frame goAway = peer.goAway();
    assertThat(goAway.code()).isEqualTo(ErrorCode.ENHANCE_YOUR_CALM);
    assertThat(goAway.debug()).contains(Limit.WRITE_TIMEOUT.property());
  }

  @Test
  void aConnectionGoesOnWhileOneOfItsStreamsIsGivenCredit() {
    startWithoutCredit();
    peer.get(1, "/100").get(3, "/100").settle();
    pass(40);
    peer.send(windowUpdate(3, 50)).settle();
    pass(30);
    assertThat(peer.await(FrameType.RST_STREAM, 1).code()).isEqualTo(ErrorCode.CANCEL);
    peer.send(windowUpdate(3, 50));
    assertThat(peer.answer(3).body()).hasSize(100);
  }
}
