package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.QuietStream;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.server.Upload.Over;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The time of a handler, and of a request. The clock of the loop is moved by hand. */
@Timeout(30)
class RequestClockTest {
  private static final Pace HANDLER = Pace.DEFAULTS.handlerTimeout(Duration.ofSeconds(10));
  private static final Pace REQUEST = Pace.DEFAULTS.maxRequestTime(Duration.ofSeconds(10));

  private PaceServer server;
  private WirePeer peer;
  private Http2Peer peer2;

  /** Begins a request, and returns its exchange. */
  private Exchange begin(Over over, Pace pace) {
    server = new PaceServer(over.secure, pace, this::handle);
    if (over.isHttp2()) {
      peer2 = server.http2().get(1, "/slow");
    } else {
      peer = server.http1().get("/slow");
    }
    return await().until(server.begun::poll, e -> e != null);
  }

  private void handle(Exchange exchange) {
    if (exchange.request().path().equals("/next")) {
      ServerExtension.answer(exchange, 200, "next");
    } else if (exchange.request().path().equals("/switch")) {
      exchange.switchTo(HeaderSource.NONE, new QuietStream());
    } else {
      exchange.listener(server.new Ends());
      server.begun.add(exchange);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {86_400, -86_400})
  void aJumpOfTheClockEndsNoRequestThatIsHandled(long seconds) {
    Exchange exchange = begin(Over.HTTP_1, Pace.DEFAULTS);
    server.skew(Duration.ofSeconds(seconds));
    server.ask(() -> {});
    server.ask(() -> ServerExtension.answer(exchange, 200, "late"));
    assertThat(peer.response().body()).isEqualTo("late");
    assertThat(peer.get("/next").response().body()).isEqualTo("next");
    try (WirePeer another = server.http1().get("/next")) {
      assertThat(another.response().body()).isEqualTo("next");
    }
  }

  @AfterEach
  void close() {
    if (peer != null) {
      peer.close();
    }
    if (peer2 != null) {
      peer2.close();
    }
    server.close();
  }

  private void assertUnavailable() {
    if (peer2 != null) {
      Http2Peer.Answer answer = peer2.answer(1);
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.fields()).containsEntry("retry-after", "5");
      assertThat(answer.body()).isEmpty();
    } else {
      WirePeer.Response answer = peer.response();
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.has("Retry-After: 5")).isTrue();
      assertThat(answer.body()).isEmpty();
    }
  }

  private void assertGoesOn() {
    String body =
        peer2 != null
            ? peer2.get(3, "/next").answer(3).body()
            : peer.get("/next").response().body();
    assertThat(body).isEqualTo("next");
  }

  private void assertCancelled(Limit limit) {
    ExchangeException cause = await().until(server.errors::poll, e -> e != null);
    assertThat(cause.reason()).isEqualTo(Reason.LIMIT);
    assertThat(server.hits(limit)).isEqualTo(1);
    server.pass(60);
    assertThat(server.hits(limit)).isEqualTo(1);
    assertThat(server.errors).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aHandlerThatIsTooSlowIsCancelledAndItsLateAnswerGoesNowhere(Over over) {
    Exchange exchange = begin(over, HANDLER);
    server.pass(9);
    assertThat(server.hits(Limit.HANDLER_TIMEOUT)).isZero();
    server.pass(2);
    assertUnavailable();
    server.ask(() -> ServerExtension.answer(exchange, 200, "late"));
    server.ask(() -> exchange.reset(new ExchangeException(Reason.APPLICATION, "late")));
    assertGoesOn();
    assertCancelled(Limit.HANDLER_TIMEOUT);
  }

  @ParameterizedTest
  @EnumSource
  void aHandlerThatHasBegunItsResponseMayTakeLonger(Over over) {
    Exchange exchange = begin(over, HANDLER);
    server.ask(() -> exchange.respond(200, ServerExtension.TEXT, Exchange.UNKNOWN_LENGTH));
    server.pass(25);
    server.ask(exchange::finish);
    assertThat(peer2 != null ? peer2.answer(1).status() : peer.response().status()).isEqualTo(200);
    assertGoesOn();
    assertThat(server.hits(Limit.HANDLER_TIMEOUT)).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void aRequestThatTakesTooLongIsUnavailableBeforeItsResponse(Over over) {
    begin(over, REQUEST);
    server.pass(11);
    assertUnavailable();
    assertGoesOn();
    assertCancelled(Limit.REQUEST_TIME);
  }

  @ParameterizedTest
  @EnumSource
  void aResponseThatDoesNotEndIsReset(Over over) {
    Exchange exchange = begin(over, REQUEST);
    server.ask(() -> exchange.respond(200, ServerExtension.TEXT, Exchange.UNKNOWN_LENGTH));
    server.pass(9);
    server.ask(() -> exchange.write(ByteBuffer.wrap(new byte[1]), null));
    server.pass(2);
    if (peer2 != null) {
      assertThat(peer2.answer(1).reset()).isEqualTo(ErrorCode.CANCEL);
      assertGoesOn();
    } else {
      assertThat(peer.readAll()).endsWith("<reset>");
      assertThat(server.closed(CloseReason.REQUEST_TIME)).isEqualTo(1);
    }
    server.ask(() -> exchange.write(ByteBuffer.wrap(new byte[1]), null));
    server.ask(exchange::finish);
    assertCancelled(Limit.REQUEST_TIME);
  }

  @ParameterizedTest
  @EnumSource
  void theTimeOfTheRequestRunsOnWhenThatOfItsHandlerHasBeenKept(Over over) {
    Exchange exchange = begin(over, REQUEST.handlerTimeout(Duration.ofSeconds(5)));
    server.ask(() -> exchange.respond(200, ServerExtension.TEXT, Exchange.UNKNOWN_LENGTH));
    server.pass(6);
    assertThat(server.hits(Limit.REQUEST_TIME) + server.hits(Limit.HANDLER_TIMEOUT)).isZero();
    server.pass(5);
    assertCancelled(Limit.REQUEST_TIME);
    assertThat(server.hits(Limit.HANDLER_TIMEOUT)).isZero();
  }

  @Test
  void aSwitchedConnectionHasNoTime() {
    server = new PaceServer(false, REQUEST.handlerTimeout(Duration.ofSeconds(5)), this::handle);
    peer = server.http1();
    peer.send("GET /switch HTTP/1.1\r\nHost: t\r\nConnection: upgrade\r\nUpgrade: q\r\n\r\n");
    assertThat(peer.response().status()).isEqualTo(101);
    server.pass(50);
    assertThat(server.hits(Limit.REQUEST_TIME)).isZero();
    assertThat(server.hits(Limit.HANDLER_TIMEOUT)).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void bothAreOffByDefault(Over over) {
    Exchange exchange = begin(over, Pace.DEFAULTS);
    server.pass(3_600);
    server.ask(() -> ServerExtension.answer(exchange, 200, "late"));
    assertThat(peer2 != null ? peer2.answer(1).body() : peer.response().body()).isEqualTo("late");
  }

  @Test
  void negativeTimesAreRefused() {
    server = new PaceServer(false, Pace.DEFAULTS, this::handle);
    assertThatThrownBy(() -> Pace.DEFAULTS.maxRequestTime(Duration.ofSeconds(-1)))
        .hasMessage("max-request-time is PT-1S; it must not be negative");
    assertThatThrownBy(() -> Pace.DEFAULTS.handlerTimeout(Duration.ofSeconds(-1)))
        .hasMessage("handler-timeout is PT-1S; it must not be negative");
  }
}
