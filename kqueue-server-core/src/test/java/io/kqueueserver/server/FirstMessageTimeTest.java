package io.kqueueserver.server;

import static io.kqueueserver.http.h2.Frames.octets;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FrameType;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The time of a client's first message, 15 s, goes on when the first bytes have chosen the
 * protocol. The clock of the loop moves by hand only.
 */
@Timeout(30)
class FirstMessageTimeTest {
  private static final int SECONDS = 15;

  private final AtomicLong clock = new AtomicLong(1);
  private final ProtocolServer server =
      new ProtocolServer(
          false,
          ProtocolServer::http2,
          List.of(),
          exchange -> ServerExtension.answer(exchange, 200, "alpha"),
          TimeUnit.SECONDS.toMillis(SECONDS),
          clock::get);

  private final WirePeer wire = WirePeer.connect(server.port());

  @AfterEach
  void close() {
    wire.close();
    server.close();
  }

  /** Sends bytes, which the server has read when this returns. */
  private void send(byte[] bytes) {
    long before = server.loop().stats().bytesRead;
    wire.send(bytes);
    await().until(() -> server.loop().stats().bytesRead == before + bytes.length);
  }

  /** Lets time pass, and the loop check its deadlines. */
  private void pass(int seconds) {
    clock.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
    server.loop().execute(() -> {});
  }

  @Test
  void aPrefaceThatComesByPiecesAndItsSettingsHaveOneTime() {
    send(Arrays.copyOf(Http2Peer.PREFACE, 10));
    pass(SECONDS - 5);
    send(Arrays.copyOfRange(Http2Peer.PREFACE, 10, Http2Peer.PREFACE.length));
    pass(6);
    Http2Peer peer = Http2Peer.on(wire);
    peer.await(FrameType.SETTINGS, 0);
    assertThat(peer.goAway().code()).isEqualTo(ErrorCode.SETTINGS_TIMEOUT);
  }

  @Test
  void aHeadThatBeginsLikeAPrefaceHasOneTime() {
    send(octets('P'));
    pass(SECONDS - 5);
    send(octets('O'));
    pass(6);
    assertThat(wire.response().status()).isEqualTo(408);
  }

  @Test
  void aConnectionMayWaitAlmostAsLongForTheFirstByte() {
    pass(SECONDS - 1);
    send(octets('P'));
    pass(SECONDS - 1);
    wire.send("OST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    assertThat(wire.response().body()).isEqualTo("alpha");
  }
}
