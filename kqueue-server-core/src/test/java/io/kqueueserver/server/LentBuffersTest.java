package io.kqueueserver.server;

import static io.kqueueserver.http.h2.Frames.setting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.coding.Compression;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.http.h2.Setting;
import io.kqueueserver.stats.LoopStats;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The count of buffers that the application has lent, wherever they wait. */
class LentBuffersTest {
  /** More than a socket takes whose client does not read. */
  private static final int LARGE = 16 << 20;

  private final AtomicInteger released = new AtomicInteger();
  private final BlockingQueue<Long> seen = new LinkedBlockingQueue<>();

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(
          builder ->
              builder.loops(1).http2(Http2Options.DEFAULTS).compression(Compression.DEFAULTS));

  @BeforeEach
  void handlers() {
    server.on("/large", exchange -> lend(exchange, LARGE / 2, 2));
    server.on("/small", exchange -> lend(exchange, 100, 3));
  }

  private void lend(Exchange exchange, int length, int buffers) {
    HeaderSource text = sink -> sink.field("Content-Type", "text/plain");
    exchange.respond(200, text, (long) length * buffers);
    for (int i = 0; i < buffers; i++) {
      exchange.write(ByteBuffer.allocate(length), () -> {});
    }
    seen.add(lent());
    exchange.finish();
  }

  /** The release of each buffer throws. */
  private void lendTo(Exchange exchange, int length) {
    exchange.respond(200, HeaderSource.NONE, 3L * length);
    for (int i = 0; i < 3; i++) {
      exchange.write(
          ByteBuffer.allocate(length),
          () -> {
            released.incrementAndGet();
            throw new IllegalStateException("on purpose");
          });
    }
    exchange.finish();
  }

  private long lent() {
    return server.sum(LoopStats::lentBuffers);
  }

  private void awaitLent(int count) {
    await().until(() -> lent() == count);
  }

  @Test
  void buffersThatTheSocketDoesNotTakeAreLentUntilItDoes() {
    WirePeer peer = server.connect().get("/large");
    awaitLent(2);
    assertThat(peer.response().body()).hasSize(LARGE);
    awaitLent(0);
  }

  @Test
  void buffersOfAClientThatGoesAreGivenBack() {
    WirePeer peer = server.connect().get("/large");
    awaitLent(2);
    peer.reset();
    awaitLent(0);
  }

  @Test
  void buffersThatWaitForCreditAreLent() {
    Http2Peer peer =
        Http2Peer.on(server.connect())
            .start(setting(Setting.INITIAL_WINDOW_SIZE.identifier(), 150));
    peer.get(1, "/small").get(3, "/small");
    awaitLent(4);
    peer.send(Http2Peer.windowUpdate(1, 100));
    awaitLent(3);
    peer.send(Http2Peer.rst(3, ErrorCode.CANCEL));
    awaitLent(1);
    peer.send(Http2Peer.windowUpdate(1, 100));
    assertThat(peer.answer(1).body()).hasSize(300);
    awaitLent(0);
  }

  @Test
  void theErrorOfAReleaseKeepsNoOtherBufferOfItsConnectionBack() {
    server.on("/throws", exchange -> lendTo(exchange, LARGE));
    WirePeer peer = server.connect().get("/throws");
    awaitLent(3);
    peer.reset();
    awaitLent(0);
    await().until(() -> released.get() == 3);
  }

  @Test
  void theErrorOfAReleaseKeepsNoOtherBufferOfItsStreamBackAndHarmsNoOtherStream() {
    server.on("/throws", exchange -> lendTo(exchange, 100));
    Http2Peer peer =
        Http2Peer.on(server.connect()).start(setting(Setting.INITIAL_WINDOW_SIZE.identifier(), 50));
    peer.get(1, "/throws").get(3, "/small");
    awaitLent(6);
    peer.send(Http2Peer.rst(1, ErrorCode.CANCEL));
    awaitLent(3);
    await().until(() -> released.get() == 3);
    peer.send(Http2Peer.windowUpdate(3, 250));
    assertThat(peer.answer(3).body()).hasSize(300);
  }

  @Test
  void buffersThatWaitToBeCompressedAreLent() throws Exception {
    WirePeer peer =
        server.connect().send("GET /large HTTP/1.1\r\nHost: t\r\nAccept-Encoding: gzip\r\n\r\n");
    assertThat(seen.take()).isEqualTo(2);
    awaitLent(0);
    assertThat(peer.response().has("Content-Encoding: gzip")).isTrue();
  }
}
