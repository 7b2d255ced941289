package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.QuietStream;
import io.kqueueserver.http.ByteStream;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.net.MinRate;
import io.kqueueserver.server.Upload.Over;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A body has a minimum rate while the application waits for it, and at no other time. The clock of
 * the loop is moved by hand; the bounds are the defaults where a test names no others.
 */
@Timeout(30)
class RequestRateTest {
  private final CountDownLatch busy = new CountDownLatch(1);
  private final CountDownLatch free = new CountDownLatch(1);
  private PaceServer server;

  private Upload upload(Over over, String path, String... fields) {
    return upload(Pace.DEFAULTS, over, path, fields);
  }

  private Upload upload(Pace pace, Over over, String path, String... fields) {
    server = new PaceServer(over.secure, pace, this::handle);
    return over.to(server, path, fields);
  }

  @AfterEach
  void close() {
    if (server != null) {
      server.close();
    }
  }

  private void handle(Exchange exchange) {
    switch (exchange.request().path()) {
      case "/unread" -> server.new BodyReader(exchange, false);
      case "/begun" -> {
        exchange.respond(200, ServerExtension.TEXT, Exchange.UNKNOWN_LENGTH);
        server.new BodyReader(exchange, true);
      }
      case "/busy" -> {
        beBusy();
        ServerExtension.answer(exchange, 200, "busy");
      }
      case "", "/switch" -> exchange.switchTo(HeaderSource.NONE, new Flushed());
      default -> server.new BodyReader(exchange, true);
    }
  }

  private void beBusy() {
    busy.countDown();
    try {
      free.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    server.skew(Duration.ofSeconds(20));
  }

  private void assertNotSlow() {
    assertThat(server.hits(Limit.REQUEST_RATE)).isZero();
    assertThat(server.hits(Limit.BODY_TIMEOUT)).isZero();
  }

  /** Over HTTP/1.1 a limit is counted when its connection is closed. */
  private void assertSlow() {
    await().until(() -> server.hits(Limit.REQUEST_RATE) == 1);
  }

  // ---- too slow

  @ParameterizedTest
  @EnumSource
  void aByteJustInsideOfEachTimeoutDoesNotHoldABody(Over over) {
    try (Upload upload = upload(over, "/body")) {
      upload.send(1);
      server.pass(4);
      assertNotSlow();
      upload.send(1);
      server.pass(2);
      assertThat(upload.status()).isEqualTo(408);
    }
    ExchangeException cause = await().until(server.errors::poll, e -> e != null);
    assertThat(cause.reason()).isEqualTo(Reason.TIMEOUT);
    assertThat(cause).hasMessageContaining("kqueue.server.request-rate.min-rate");
    long closed = over.isHttp2() ? 0 : 1;
    await().until(() -> server.closed(CloseReason.REQUEST_RATE) == closed);
    assertSlow();
  }

  @ParameterizedTest
  @EnumSource
  void aResponseThatHasBegunIsReset(Over over) {
    try (Upload upload = upload(over, "/begun")) {
      server.pass(6);
      assertThat(upload.isReset()).isTrue();
      assertSlow();
    }
  }

  @Test
  void overHttp2OnlyTheSlowStreamEnds() {
    server = new PaceServer(false, Pace.DEFAULTS, this::handle);
    try (Http2Peer peer = server.http2()) {
      peer.post(1, "/body").post(3, "/unread").settle();
      server.pass(6);
      assertThat(peer.answer(1).status()).isEqualTo(408);
      peer.settle();
      assertThat(peer.passedOver()).noneMatch(f -> f.is(FrameType.RST_STREAM, 3));
      assertSlow();
    }
  }

  @Test
  void aBodyThatBeganFastHasTheTimeThatItsBytesAreWorth() {
    try (Upload upload = upload(Over.HTTP_1, "/body")) {
      upload.send(4_800); // 20 s
      server.pass(19);
      assertNotSlow();
      upload.send(1);
      server.pass(2);
      assertThat(upload.status()).isEqualTo(408);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aBodyThatIsOnlyDroppedHasTheSameRate(Over over) {
    try (Upload upload = upload(over, "/unread")) {
      Exchange exchange = await().until(server.begun::poll, e -> e != null);
      server.ask(exchange::discardBody);
      server.pass(6);
      assertThat(upload.status()).isEqualTo(408);
    }
    assertSlow();
  }

  // ---- not slow

  @ParameterizedTest
  @EnumSource
  void aBodyAboveTheRateMayTakeAMinute(Over over) {
    try (Upload upload = upload(over, "/body")) {
      for (int sent = 0; sent < Upload.LENGTH; sent += 1_250) {
        upload.send(1_250);
        server.pass(4);
      }
      assertThat(upload.status()).isEqualTo(200);
      assertNotSlow();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aSlowApplicationIsNotItsClientsFault(Over over) {
    try (Upload upload = upload(over, "/unread")) {
      Exchange exchange = await().until(server.begun::poll, e -> e != null);
      server.pass(29);
      server.pass(29);
      server.ask(() -> exchange.demand(1));
      upload.send(1);
      server.pass(29); // the piece was received, and no other is demanded
      assertNotSlow();
      server.ask(() -> exchange.demand(1));
      server.pass(6);
      assertThat(upload.status()).isEqualTo(408);
    }
    assertSlow();
  }

  @ParameterizedTest
  @EnumSource
  void aBodyThatIsHeldBackIsMeasuredFromItsContinue(Over over) {
    try (Upload upload = upload(over, "/unread", "Expect: 100-continue")) {
      Exchange exchange = await().until(server.begun::poll, e -> e != null);
      server.pass(50);
      server.ask(() -> exchange.demand(Long.MAX_VALUE));
      server.pass(4);
      assertNotSlow();
      server.pass(2);
      assertThat(upload.status()).isEqualTo(408);
    }
    assertSlow();
  }

  @ParameterizedTest
  @EnumSource
  void anExcludedPathHasNoRate(Over over) {
    Pace pace = Pace.DEFAULTS.excludedPaths(List.of("/events", "/feeds/"));
    try (Upload upload = upload(pace, over, "/events/7?from=1")) {
      for (int i = 0; i < 3; i++) {
        server.pass(25);
        upload.send(1);
      }
      assertNotSlow();
      upload.push(10_000);
      upload.push(Upload.LENGTH - 10_003);
      assertThat(upload.status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRateOfZeroIsNoRate(Over over) {
    try (Upload upload = upload(Pace.DEFAULTS.requests(MinRate.NONE), over, "/body")) {
      server.pass(25);
      upload.send(1);
      server.pass(25);
      assertNotSlow();
    }
  }

  @ParameterizedTest
  @EnumSource
  void bytesThatCameWhileTheLoopWasBusyCount(Over over) throws Exception {
    try (Upload upload = upload(over, "/body")) {
      WirePeer other = server.http1();
      other.get("/busy");
      busy.await();
      upload.push(10_000);
      free.countDown();
      assertThat(other.response().body()).isEqualTo("busy");
      upload.push(10_000);
      assertThat(upload.status()).isEqualTo(200);
      assertNotSlow();
      other.close();
    }
  }

  @Test
  void aSwitchedConnectionHasNoRate() {
    server = new PaceServer(false, Pace.DEFAULTS, this::handle);
    try (WirePeer peer = server.http1();
        Http2Peer other = server.http2()) {
      peer.send("GET /switch HTTP/1.1\r\nHost: t\r\nConnection: upgrade\r\nUpgrade: quiet\r\n\r\n");
      assertThat(peer.response().status()).isEqualTo(101);
      other.send(other.headers(1, false, ":method: CONNECT", ":authority: t:1")).settle();
      peer.send("x");
      server.pass(25);
      peer.send("x");
      other.send(Http2Peer.data(1, false, new byte[1])).settle();
      server.pass(25);
      assertNotSlow();
      assertThat(other.settle().passedOver()).noneMatch(f -> f.is(FrameType.RST_STREAM));
    }
  }

  private static final class Flushed extends QuietStream {
    @Override
    public void onOpen(ByteStream stream) {
      stream.flush();
    }
  }

  // ---- the whole of a body

  @ParameterizedTest
  @EnumSource
  void aBodyMayTakeNoLongerThanTheTimeOfAll(Over over) {
    Pace pace = Pace.DEFAULTS.maxBodyTime(Duration.ofSeconds(30));
    try (Upload upload = upload(pace, over, "/body")) {
      for (int i = 0; i < 7; i++) {
        upload.send(1_250);
        server.pass(4);
      }
      assertThat(server.hits(Limit.REQUEST_BODY_TIME)).isZero();
      server.pass(4);
      assertThat(upload.status()).isEqualTo(408);
    }
    await().until(() -> server.hits(Limit.REQUEST_BODY_TIME) == 1);
    assertNotSlow();
    assertThat(server.errors.poll()).hasMessageContaining("kqueue.server.max-request-body-time");
  }

  @Test
  void theTimeOfAllIsABoundWithoutARateToo() {
    Pace pace = Pace.DEFAULTS.requests(MinRate.NONE).maxBodyTime(Duration.ofSeconds(10));
    try (Upload upload = upload(pace, Over.HTTP_1, "/body")) {
      server.pass(11);
      assertThat(upload.status()).isEqualTo(408);
    }
  }

  @Test
  void theTimeOfTheApplicationDoesNotCountForTheTimeOfAll() {
    Pace pace = Pace.DEFAULTS.maxBodyTime(Duration.ofSeconds(3));
    try (Upload upload = upload(pace, Over.HTTP_1, "/unread")) {
      server.pass(50);
      assertThat(server.hits(Limit.REQUEST_BODY_TIME)).isZero();
      upload.push(1);
    }
  }

  // ---- bounds

  @Test
  void valuesOutOfBoundsAreRefused() {
    assertThatThrownBy(() -> new MinRate(-1, Duration.ofSeconds(1)))
        .hasMessage("min-rate is -1; it must be 0 or more");
    assertThatThrownBy(() -> new MinRate(1, Duration.ZERO))
        .hasMessage("grace-period is PT0S; it must be more than zero");
    assertThatThrownBy(() -> new MinRate(1, Duration.ofSeconds(-1)))
        .hasMessage("grace-period is PT-1S; it must be more than zero");
    assertThatThrownBy(() -> Pace.DEFAULTS.excludedPaths(List.of("events")))
        .hasMessage("request-rate.excluded-paths has 'events'; a path must begin with '/'");
    assertThatThrownBy(() -> Pace.DEFAULTS.maxBodyTime(Duration.ofSeconds(-1)))
        .hasMessage("max-request-body-time is PT-1S; it must not be negative");
  }

  @Test
  void aPrefixEndsAtTheEndOfASegment() {
    Pace pace = Pace.DEFAULTS.excludedPaths(List.of("/events", "/feeds/"));
    for (String path : List.of("/events", "/events?a", "/events/1", "/feeds/1")) {
      assertThat(pace.requests(path).isOff()).as(path).isTrue();
    }
    for (String path : List.of("/eventsource", "/", "/feeds", "/a/events")) {
      assertThat(pace.requests(path)).as(path).isEqualTo(MinRate.DEFAULTS);
    }
  }

  @Test
  void theTimeOfAnyNumberOfBytesCanBeAddedToAClock() {
    MinRate slowest = new MinRate(1, Duration.ofSeconds(Long.MAX_VALUE));
    assertThat(slowest.allowedNanos(Long.MAX_VALUE)).isEqualTo(Duration.ofDays(36_500).toNanos());
    assertThat(slowest.allowedNanos(0)).isEqualTo(Duration.ofDays(36_500).toNanos());
    assertThat(MinRate.NONE.allowedNanos(0)).isEqualTo(Duration.ofDays(36_500).toNanos());
    assertThat(MinRate.DEFAULTS.allowedNanos(0)).isEqualTo(Duration.ofSeconds(5).toNanos());
    assertThat(MinRate.DEFAULTS.allowedNanos(2_400)).isEqualTo(Duration.ofSeconds(10).toNanos());
  }
}
