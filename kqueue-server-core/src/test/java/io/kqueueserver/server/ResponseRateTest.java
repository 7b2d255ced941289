package io.kqueueserver.server;

import static io.kqueueserver.http.h2.Frames.setting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.h2.Setting;
import io.kqueueserver.net.MinRate;
import io.kqueueserver.server.Upload.Over;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A client takes bytes that wait for it at a minimum rate. The clock of the loop is moved by hand.
 * Rates are far above the default, because Linux takes the bytes of a blocked socket in steps of up
 * to a megabyte.
 */
@Timeout(30)
class ResponseRateTest {
  /** Below the bound on memory of the server, so that only the rate is met. */
  private static final int LARGE = 11 << 20;

  private static final MinRate FAST = new MinRate(4 << 20, Duration.ofSeconds(5));
  private static final MinRate SLOW = new MinRate(100, Duration.ofSeconds(5));

  private PaceServer server;

  private WirePeer get(Over over, MinRate rate, String path) {
    server = new PaceServer(over.secure, Pace.DEFAULTS.responses(rate), this::handle);
    if (over.isHttp2()) {
      Http2Peer peer = server.http2(setting(Setting.INITIAL_WINDOW_SIZE.identifier(), 1 << 30));
      narrow(peer.wire());
      peer.send(Http2Peer.windowUpdate(0, 1 << 30)).get(1, path);
      return peer.wire();
    }
    return narrow(server.http1()).get(path);
  }

  /** Gives the client a small buffer, so that the bytes wait at the server. */
  private static WirePeer narrow(WirePeer peer) {
    try {
      peer.socket.setReceiveBufferSize(16 * 1024);
      return peer;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void handle(Exchange exchange) {
    exchange.listener(server.new Ends());
    server.begun.add(exchange);
    if (exchange.request().path().equals("/events")) {
      exchange.respond(200, ServerExtension.TEXT, Exchange.UNKNOWN_LENGTH);
      exchange.write(ByteBuffer.wrap(new byte[100]), null);
      exchange.flush();
    } else {
      exchange.respond(200, ServerExtension.TEXT, LARGE);
      exchange.write(ByteBuffer.allocate(LARGE), () -> {});
      exchange.finish();
    }
  }

  @AfterEach
  void close() {
    if (server != null) {
      server.close();
    }
  }

  /** Waits until the socket is full. */
  private void awaitFull() {
    await().until(() -> server.bytesWritten() > 0);
    long before;
    do {
      before = server.bytesWritten();
      server.pass(Duration.ofMillis(1));
    } while (server.bytesWritten() > before);
  }

  /** Reads until the server can send more, and waits until the socket is full again. */
  private void step(WirePeer peer) throws IOException {
    long before = server.bytesWritten();
    byte[] piece = new byte[64 * 1024];
    while (server.bytesWritten() == before) {
      assertThat(peer.in().read(piece)).isPositive();
    }
    awaitFull();
  }

  private void assertNotSlow() {
    assertThat(server.hits(Limit.RESPONSE_RATE)).isZero();
    assertThat(server.errors).isEmpty();
  }

  // ---- too slow

  @ParameterizedTest
  @EnumSource
  void aClientThatTakesAStepNowAndThenIsReset(Over over) throws Exception {
    try (WirePeer peer = get(over, FAST, "/large")) {
      awaitFull();
      server.pass(20);
      step(peer);
      server.pass(4);
      assertThat(server.hits(Limit.RESPONSE_RATE)).isZero();
      server.pass(2);
      await().until(() -> server.closed(CloseReason.RESPONSE_RATE) == 1);
      assertThat(server.hits(Limit.RESPONSE_RATE)).isEqualTo(1);
      ExchangeException cause = await().until(server.errors::poll, e -> e != null);
      assertThat(cause.reason()).isEqualTo(Reason.TIMEOUT);
    }
  }

  // ---- not slow

  @ParameterizedTest
  @EnumSource
  void aClientAboveTheRateMayTakeMinutes(Over over) throws Exception {
    try (WirePeer peer = get(over, SLOW, "/large")) {
      awaitFull();
      for (int i = 0; i < 2; i++) {
        server.pass(40);
        step(peer);
      }
      server.pass(40);
      assertNotSlow();
    }
  }

  @Test
  void aClientThatPausesAndGoesOnIsNotSlow() throws Exception {
    MinRate rate = new MinRate(20 << 10, Duration.ofSeconds(5));
    try (WirePeer peer = get(Over.HTTP_1, rate, "/large")) {
      awaitFull();
      server.pass(55);
      assertThat(peer.response().body()).hasSize(LARGE);
      server.pass(6);
      assertNotSlow();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aStreamWithNothingToSendIsNotSlow(Over over) {
    try (WirePeer peer = get(over, FAST, "/events")) {
      assertThat(peer).isNotNull(); // open, and it takes nothing
      Exchange exchange = await().until(server.begun::poll, e -> e != null);
      server.pass(25);
      server.ask(() -> exchange.write(ByteBuffer.wrap(new byte[10]), null));
      server.pass(25);
      assertNotSlow();
    }
  }

  @Test
  void aStreamThatWaitsForCreditIsNotSlow() {
    server = new PaceServer(false, Pace.DEFAULTS.responses(FAST), this::handle);
    try (Http2Peer peer = server.http2(setting(Setting.INITIAL_WINDOW_SIZE.identifier(), 10))) {
      peer.get(1, "/large").settle();
      for (int i = 0; i < 4; i++) {
        server.pass(10);
        peer.send(Http2Peer.windowUpdate(1, 1)).settle();
      }
      server.pass(10);
      assertNotSlow();
    }
  }
}
