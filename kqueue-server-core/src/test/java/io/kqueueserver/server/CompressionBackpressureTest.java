package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.TEXT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.RunningServer;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.coding.Codings;
import io.kqueueserver.http.coding.Compression;
import io.kqueueserver.http.coding.ContentCoding;
import io.kqueueserver.http.coding.MimeTypes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * A client that does not read holds the coding up: neither what goes in nor what comes out piles
 * up.
 */
class CompressionBackpressureTest {
  private static final int HIGH = 64 * 1024;

  /** The most one portion can come to, and what frames it. */
  private static final int PORTION = 300 * 1024;

  private static final byte[] NOISE = noise(8 << 20);

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(
          builder ->
              builder
                  .loops(1)
                  .writeWatermarks(HIGH, HIGH / 2)
                  .compression(
                      new Compression(
                          List.of(ContentCoding.GZIP),
                          1,
                          0,
                          MimeTypes.COMPRESSIBLE,
                          List.of(),
                          9)));

  @TempDir Path directory;

  private static byte[] noise(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private WirePeer ask(String path) {
    return server
        .connect()
        .send("GET " + path + " HTTP/1.1\r\nHost: t\r\nAccept-Encoding: gzip\r\n\r\n");
  }

  private long queued() {
    return server.sum(stats -> stats.queuedBytes);
  }

  /** Gives the loop many more turns, in each of which it could go on with what it must not. */
  private void letTurnsPass() {
    WirePeer other = server.connect();
    for (int i = 0; i < 100; i++) {
      assertThat(other.get("/turn").response().status()).isEqualTo(404);
    }
  }

  private static byte[] unzipped(WirePeer peer) throws IOException {
    WirePeer.Response response = peer.response();
    byte[] coded = response.body().getBytes(StandardCharsets.ISO_8859_1);
    return Codings.decode(ContentCoding.GZIP, coded);
  }

  private void assertHeldUpAndThenComplete(WirePeer peer) throws IOException {
    await("the socket is full").until(() -> queued() >= HIGH);
    letTurnsPass();
    assertThat(queued()).isLessThan(HIGH + PORTION);
    assertThat(Arrays.equals(unzipped(peer), NOISE)).isTrue();
  }

  @Test
  void aFileIsReadOnlyAsFastAsTheClientReads() throws IOException {
    Path file = Files.write(directory.resolve("f"), NOISE);
    server.on(
        "/file",
        exchange -> {
          exchange.respond(200, TEXT, NOISE.length);
          exchange.writeFile(file, 0, NOISE.length, null);
          exchange.finish();
        });
    assertHeldUpAndThenComplete(ask("/file"));
  }

  @Test
  void aLongBufferIsCodedOnlyAsFastAsTheClientReads() throws IOException {
    AtomicInteger released = new AtomicInteger();
    server.on(
        "/buffer",
        exchange -> {
          exchange.respond(200, TEXT, NOISE.length);
          exchange.write(ByteBuffer.wrap(NOISE), released::incrementAndGet);
          exchange.finish();
        });
    WirePeer peer = ask("/buffer");
    await("the socket is full").until(() -> queued() >= HIGH);
    assertThat(released).hasValue(0);
    assertHeldUpAndThenComplete(peer);
    assertThat(released).hasValue(1);
  }

  @Test
  void aWriterThatAsksWhetherItMayIsHeldUpToo() throws IOException {
    AtomicLong written = new AtomicLong();
    server.on("/writer", exchange -> new Writer(exchange, written).begin());
    WirePeer peer = ask("/writer");
    await("the socket is full").until(() -> queued() >= HIGH);
    letTurnsPass();
    assertThat(written.get()).isLessThan(NOISE.length);
    assertHeldUpAndThenComplete(peer);
  }

  @Test
  void whoGoesWhileHeldUpLeavesNothingBehind() throws IOException {
    Path file = Files.write(directory.resolve("f"), NOISE);
    AtomicInteger released = new AtomicInteger();
    server.on(
        "/all",
        server.listening(
            exchange -> {
              exchange.respond(200, TEXT, 2L * NOISE.length);
              exchange.write(ByteBuffer.wrap(NOISE), released::incrementAndGet);
              exchange.writeFile(file, 0, NOISE.length, released::incrementAndGet);
              exchange.finish();
            }));
    WirePeer peer = ask("/all");
    await("the socket is full").until(() -> queued() >= HIGH);
    peer.reset();
    await().until(() -> !server.errors.isEmpty());
    assertThat(released).hasValue(2);
    assertThat(queued()).isZero();
    RunningServer running = server.server().running();
    server.server().stop();
    assertThat(running.encoders()).isZero();
  }

  /** Writes pieces while the exchange takes them, then waits for onWritable. */
  private static final class Writer implements ExchangeListener {
    private static final int PIECE = 32 * 1024;

    private final Exchange exchange;
    private final AtomicLong written;

    Writer(Exchange exchange, AtomicLong written) {
      this.exchange = exchange;
      this.written = written;
    }

    void begin() {
      exchange.listener(this);
      exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
      onWritable();
    }

    @Override
    public void onWritable() {
      while (exchange.isWritable() && written.get() < NOISE.length) {
        exchange.write(ByteBuffer.wrap(NOISE, (int) written.get(), PIECE), null);
        written.addAndGet(PIECE);
      }
      if (written.get() == NOISE.length) {
        exchange.finish();
      }
    }
  }

  @Test
  void whoWaitsToWriteHearsNothingAfterAFileHasFailed() {
    List<String> heard = new CopyOnWriteArrayList<>();
    server.on("/a", exchange -> ServerExtension.answer(exchange, 200, "alpha"));
    server.on(
        "/file",
        exchange -> {
          exchange.listener(
              new ExchangeListener() {
                @Override
                public void onWritable() {
                  heard.add("writable");
                }

                @Override
                public void onError(ExchangeException cause) {
                  heard.add("error");
                }
              });
          exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          exchange.writeFile(directory.resolve("missing"), 0, 4, null);
          assertThat(exchange.isWritable()).isFalse();
        });
    server.connect().send("GET /file HTTP/1.1\r\nHost: t\r\nAccept-Encoding: gzip\r\n\r\n");
    await().until(() -> heard.contains("error"));

    // The one loop has gone on since.
    assertThat(server.connect().get("/a").response().body()).isEqualTo("alpha");
    assertThat(heard).containsExactly("error");
  }
}
