package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.TEXT;
import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.net.Discarding;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Throwing input away is bounded in time, and each bound is counted. */
@Timeout(30)
class DiscardingTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(200);
  private static final int LARGE = 16 << 20;

  @RegisterExtension final ServerExtension server = new ServerExtension();

  @BeforeEach
  void handlers() {
    server.on("/early", exchange -> answer(exchange, 200, "early"));
  }

  private WirePeer post(int length, Discarding bounds) {
    server.restart(builder -> builder.discarding(bounds));
    WirePeer peer =
        server
            .connect()
            .send("POST /early HTTP/1.1\r\nHost: t\r\nContent-Length: " + length + "\r\n\r\n");
    assertThat(peer.response().body()).isEqualTo("early");
    return peer;
  }

  /** Sends a little now and then, until the server has had enough. */
  private static void trickle(WirePeer peer, String piece) {
    AtomicBoolean closed = new AtomicBoolean();
    await()
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              try {
                peer.send(piece);
              } catch (UncheckedIOException e) {
                closed.set(true);
              }
              return closed.get();
            });
  }

  @Test
  void aPromisedConnectionEndsInOrderIfTheRestDoesNotCome() {
    WirePeer peer = post(1_000, new Discarding(LONG, SHORT, 240, -1));

    assertThat(peer.readAll()).isEmpty();
    assertThat(server.limitHits(Limit.DISCARD_IDLE_TIMEOUT)).isEqualTo(1);
    assertThat(server.closed(CloseReason.UNREAD_BODY)).isEqualTo(1);
  }

  @Test
  void anAnnouncedCloseEndsInOrderIfTheRestDoesNotCome() {
    WirePeer peer = post(1_000_000, new Discarding(LONG, SHORT, 240, -1));

    assertThat(peer.readAll()).isEmpty();
    assertThat(server.limitHits(Limit.DISCARD_IDLE_TIMEOUT)).isEqualTo(1);
  }

  @Test
  void aRestThatTricklesIsTooSlow() {
    trickle(post(1_000_000, new Discarding(LONG, Duration.ofSeconds(1), 100_000, -1)), "x");

    assertThat(server.limitHits(Limit.DISCARD_RATE)).isEqualTo(1);
  }

  @Test
  void aRestThatTakesTooLongIsGivenUpHoweverFastItComes() {
    trickle(post(1_000_000_000, new Discarding(SHORT, LONG, 1, -1)), "x".repeat(10_000));

    assertThat(server.limitHits(Limit.DISCARD_TIMEOUT)).isEqualTo(1);
    assertThat(server.closed(CloseReason.UNREAD_BODY)).isEqualTo(1);
  }

  @Test
  void aRestLargerThanTheHardenedServerTakesIsGivenUp() {
    trickle(post(1_000_000_000, new Discarding(LONG, LONG, 1, 100_000)), "x".repeat(60_000));

    assertThat(server.limitHits(Limit.DISCARD_SIZE)).isEqualTo(1);
  }

  @Test
  void whatComesAfterFinIsBoundedToo() {
    Discarding bounds = new Discarding(Duration.ofSeconds(1), LONG, 1, -1);
    server.restart(builder -> builder.discarding(bounds));
    WirePeer peer = server.connect().send("no request\r\n\r\n");
    assertThat(peer.response().status()).isEqualTo(400);

    trickle(peer, "x".repeat(10_000));
    assertThat(server.limitHits(Limit.DISCARD_TIMEOUT)).isEqualTo(1);
    assertThat(server.closed(CloseReason.PROTOCOL_ERROR)).isEqualTo(1);
  }

  @Test
  void itsClockStandsStillWhileAResponseThatEndsWithTheConnectionIsSent() {
    Duration timeout = Duration.ofSeconds(2);
    server.restart(builder -> builder.discarding(new Discarding(timeout, LONG, 1, -1)));
    server.on("/until-close", DiscardingTest::respondUntilClose);
    WirePeer peer = server.connect();
    peer.send("POST /until-close HTTP/1.0\r\nContent-Length: 1000000000\r\n\r\n");
    long begun = System.nanoTime();
    await()
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              peer.send("x");
              return System.nanoTime() - begun > timeout.toNanos() * 5 / 4;
            });

    assertThat(peer.readAll()).hasSizeGreaterThan(LARGE).doesNotContain("<reset>");
    peer.close();
    await().until(() -> server.server().connections() == 0);
    assertThat(server.limitHits(Limit.DISCARD_TIMEOUT)).isZero();
  }

  private static void respondUntilClose(Exchange exchange) {
    exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
    exchange.write(ByteBuffer.allocate(LARGE), null);
    exchange.finish();
  }

  @Test
  void theBytesAreCounted() {
    WirePeer peer = post(1_000, Discarding.DEFAULTS);

    peer.send("x".repeat(1_000)).get("/early");
    assertThat(peer.response().body()).isEqualTo("early");
    assertThat(server.sum(stats -> stats.bytesDiscarded)).isEqualTo(1_000);
  }

  @Test
  void othersOnTheLoopAreServedMeanwhile() {
    server.restart(builder -> builder.loops(1));
    WirePeer uploader = server.connect();
    uploader.send("POST /early HTTP/1.1\r\nHost: t\r\nContent-Length: 100000000000\r\n\r\n");
    Thread sending = new Thread(() -> sendWithoutEnd(uploader));
    sending.start();
    await().until(() -> server.sum(stats -> stats.bytesDiscarded) > 10_000_000);

    WirePeer other = server.connect();
    for (int i = 0; i < 50; i++) {
      assertThat(other.get("/early").response().body()).isEqualTo("early");
    }
    assertThat(sending.isAlive()).isTrue();
    uploader.close();
  }

  private static void sendWithoutEnd(WirePeer peer) {
    byte[] piece = new byte[1 << 20];
    try {
      while (true) {
        peer.send(piece);
      }
    } catch (UncheckedIOException e) {
      // the test is over
    }
  }

  @Test
  void aBoundThatIsNoneIsRefusedByName() {
    assertThatThrownBy(() -> new Discarding(Duration.ZERO, LONG, 0, -1))
        .hasMessageContaining("discard-timeout is PT0S");
    assertThatThrownBy(() -> new Discarding(LONG, LONG, -1, -1))
        .hasMessageContaining("min-discard-rate is -1");
  }
}
