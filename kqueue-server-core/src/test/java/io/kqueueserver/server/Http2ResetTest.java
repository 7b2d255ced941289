package io.kqueueserver.server;

import static io.kqueueserver.http.h2.Frames.join;
import static io.kqueueserver.http.h2.Frames.setting;
import static io.kqueueserver.server.Http2Peer.data;
import static io.kqueueserver.server.Http2Peer.rst;
import static io.kqueueserver.server.Http2Peer.windowUpdate;
import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.RunningServer;
import io.kqueueserver.http.ByteStream;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.FileRegion;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.StreamHandler;
import io.kqueueserver.http.coding.Compression;
import io.kqueueserver.http.coding.ContentCoding;
import io.kqueueserver.http.coding.MimeTypes;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.Http2Defences;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.http.h2.Setting;
import io.kqueueserver.loop.LoopAccounts;
import io.kqueueserver.server.Http2Peer.Frame;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Streams that end before their response or their request does, and what they leave behind. */
@Timeout(60)
class Http2ResetTest {
  private static final int ROUNDS = 3_334;
  private static final int LARGE = 100_000;
  private static final byte[] EVENT = "data: tick\n\n".getBytes(StandardCharsets.US_ASCII);
  private static final HeaderSource EVENTS =
      sink -> sink.field("Content-Type", "text/event-stream");

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(
          builder ->
              builder
                  .http2(
                      new Http2Options(
                          false,
                          false,
                          100,
                          4096,
                          64 << 10,
                          1 << 20,
                          0,
                          new Http2Defences(1 << 20, 16, 10, 1 << 20, 256)))
                  .compression(
                      new Compression(
                          List.of(ContentCoding.GZIP),
                          6,
                          2048,
                          MimeTypes.COMPRESSIBLE,
                          List.of(),
                          64))
                  .loops(1));

  @TempDir Path directory;

  private final Set<Exchange> running = ConcurrentHashMap.newKeySet();
  private final AtomicInteger cancelled = new AtomicInteger();

  @BeforeEach
  void handlers() throws Exception {
    Path file = Files.write(directory.resolve("file"), new byte[LARGE]);
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    server.on(
        "/file",
        x -> {
          begin(x);
          FileRegion region = new FileRegion(file, 0, LARGE);
          x.respondFile(200, HeaderSource.NONE, LARGE, region, () -> {});
        });
    server.on(
        "/text",
        x -> {
          begin(x);
          x.respond(200, ServerExtension.TEXT, Exchange.UNKNOWN_LENGTH);
          x.write(ByteBuffer.allocate(LARGE), () -> {});
          x.execute(() -> x.write(ByteBuffer.allocate(LARGE), () -> {}));
        });
    server.on(
        "/events",
        x -> {
          begin(x);
          x.respond(200, EVENTS, Exchange.UNKNOWN_LENGTH);
          tick(x);
        });
  }

  private void begin(Exchange exchange) {
    running.add(exchange);
    exchange.listener(
        new ExchangeListener() {
          @Override
          public void onError(ExchangeException cause) {
            cancelled.incrementAndGet();
            running.remove(exchange);
          }
        });
  }

  /** An event now, and the next as soon as the loop comes round to it. */
  private void tick(Exchange exchange) {
    if (running.contains(exchange)) {
      exchange.write(ByteBuffer.wrap(EVENT), null);
      exchange.flush();
      if (exchange.isWritable()) {
        exchange.execute(() -> tick(exchange));
      }
    }
  }

  private Http2Peer peer() {
    return Http2Peer.on(server.connect());
  }

  private RunningServer served() {
    return Objects.requireNonNull(server.server().running());
  }

  /** Deadlines and slots of the loop; more than one connection's are a leak. */
  private List<String> accounts() {
    return LoopAccounts.open(served().workers().get(0).loop());
  }

  // ---- resets

  @Test
  void tenThousandResetsDuringFilesGzipAndEventsLeaveNothingBehind() {
    Http2Peer peer = peer().start();
    peer.get(1, "/a").answer(1);
    List<String> accounts = accounts();
    int descriptors = Descriptors.open();
    int stream = 3;
    for (int round = 0; round < ROUNDS; round++, stream += 6) {
      peer.get(stream, "/file");
      peer.get(stream + 2, "/text", "accept-encoding: gzip");
      peer.get(stream + 4, "/events");
      if (round % 3 == 0) {
        peer.await(FrameType.HEADERS, stream + 2 * (round / 3 % 3)); // one at least has begun
      }
      peer.send(
          join(
              rst(stream, ErrorCode.CANCEL),
              rst(stream + 2, ErrorCode.CANCEL),
              rst(stream + 4, ErrorCode.NO_ERROR)));
      if (round % 8 == 0) {
        peer.send(windowUpdate(0, 1 << 20)).settle();
        IntStream.range(0, peer.passedOver().size()).forEach(i -> peer.read());
      }
    }
    peer.settle();
    assertThat(peer.get(stream, "/a").answer(stream).body()).isEqualTo("alpha");
    await().until(running::isEmpty);
    assertThat(cancelled).hasValueBetween(1, 3 * ROUNDS);
    await().untilAsserted(() -> assertThat(served().activeExchanges()).isZero());
    await().untilAsserted(() -> assertThat(Descriptors.open()).isEqualTo(descriptors));
    await().untilAsserted(() -> assertThat(accounts()).hasSameSizeAs(accounts));
    await().untilAsserted(() -> assertThat(served().encoders()).isLessThanOrEqualTo(8)); // pooled
    assertThat(server.sum(stats -> stats.queuedBytes)).isZero();
    assertThat(server.sum(stats -> stats.stagedBytes)).isZero();
    assertThat(server.sum(stats -> stats.http2.streams)).isZero();
    assertThat(served().heldBytes()).isLessThanOrEqualTo(8_192); // tables of the open connection
  }

  @Test
  void aResetCancelsItsHandlerAndALostConnectionAllOfThem() throws Exception {
    server.on("/wait", server.listening(x -> running.add(x)));
    Http2Peer peer = peer().start();
    for (int stream = 1; stream < 200; stream += 2) {
      peer.get(stream, "/wait");
    }
    await().until(() -> running.size() == 100);
    peer.send(rst(51, ErrorCode.CANCEL));
    ExchangeException one = server.errors.poll(10, TimeUnit.SECONDS);
    assertThat(one).isNotNull();
    assertThat(one.reason()).isEqualTo(ExchangeException.Reason.PEER_RESET);
    peer.settle();
    assertThat(server.errors).isEmpty();
    peer.wire().reset();
    for (int i = 0; i < 99; i++) {
      assertThat(server.errors.poll(10, TimeUnit.SECONDS)).isNotNull();
    }
    assertThat(server.errors).isEmpty();
  }

  @Test
  void aResponseThatEndsAsItsBytesComeBackFromAResetHarmsNoOtherStream() {
    server.on(
        "/released",
        x -> {
          begin(x);
          x.respond(200, ServerExtension.TEXT, Exchange.UNKNOWN_LENGTH);
          x.write(ByteBuffer.allocate(LARGE), x::finish);
        });
    Http2Peer peer = peer().start(setting(Setting.INITIAL_WINDOW_SIZE.identifier(), 0));
    peer.get(1, "/released").await(FrameType.HEADERS, 1);
    peer.send(rst(1, ErrorCode.CANCEL));
    peer.send(windowUpdate(0, 1)).settle();
    peer.send(peer.request(3, true, "HEAD", "/a"));
    assertThat(peer.answer(3).status()).isEqualTo(200);
  }

  @Test
  void keptBytesOfATunnelThatIsResetAsItTakesThemAreGivenBackOnce() throws Exception {
    BlockingQueue<ByteStream> opened = new LinkedBlockingQueue<>();
    server.on(
        "",
        x ->
            x.switchTo(
                HeaderSource.NONE,
                new StreamHandler() {
                  private ByteStream stream;

                  @Override
                  public void onOpen(ByteStream made) {
                    stream = made;
                    made.pauseInput();
                    opened.add(made);
                  }

                  @Override
                  public void onBytes(ByteBuffer data) {
                    data.get();
                    stream.reset(
                        new ExchangeException(ExchangeException.Reason.APPLICATION, "on purpose"));
                  }

                  @Override
                  public void onInputEnd() {}

                  @Override
                  public void onEnd(ExchangeException cause) {}
                }));
    Http2Peer peer = peer().start();
    for (int stream = 1; stream < 198; stream += 2) { // three times the window of the connection
      peer.send(peer.headers(stream, false, ":method: CONNECT", ":authority: a:1"));
      peer.await(FrameType.HEADERS, stream);
      ByteStream tunnel = opened.take();
      peer.send(data(stream, false, new byte[16 * 1024]), data(stream, false, new byte[16 * 1024]));
      peer.settle();
      tunnel.execute(tunnel::resumeInput);
      peer.await(FrameType.RST_STREAM, stream);
    }
    peer.settle();
    int credit =
        peer.passedOver().stream()
            .filter(frame -> frame.is(FrameType.WINDOW_UPDATE, 0))
            .mapToInt(Frame::first)
            .skip(1) // which the connection has begun with
            .sum();
    assertThat(credit).isBetween(99 * 32 * 1024 - (1 << 20), 99 * 32 * 1024);
    assertThat(served().heldBytes()).isBetween(0L, 8_192L); // tables of the open connection
  }

  // ---- errors of streams that are not open

  @Test
  void anErrorOfAClosedStreamIsNotAnsweredByAnotherReset() {
    Http2Peer peer = peer().start();
    peer.post(1, "/a"); // which the server cuts
    assertThat(peer.answer(1).body()).isEqualTo("alpha");
    assertThat(peer.await(FrameType.RST_STREAM, 1).code()).isEqualTo(ErrorCode.NO_ERROR);
    peer.send(windowUpdate(1, 0), rst(1, ErrorCode.CANCEL), windowUpdate(1, 0));
    assertThat(peer.get(3, "/a").answer(3).body()).isEqualTo("alpha");
    peer.send(windowUpdate(3, 0)).settle();
    assertThat(peer.passedOver()).noneMatch(frame -> frame.is(FrameType.RST_STREAM));
  }

  @Test
  void anErrorOfAnIdleStreamIsOneOfTheConnection() {
    Http2Peer peer = peer().start();
    peer.send(windowUpdate(1, 0));
    assertThat(peer.goAway().code()).isEqualTo(ErrorCode.PROTOCOL_ERROR);
    assertThat(peer.passedOver()).noneMatch(frame -> frame.is(FrameType.RST_STREAM));
  }

  // ---- a response before its request has ended

  @Test
  void lateDataOfAnAnsweredRequestIsThrownAwayAndCredited() {
    Http2Peer peer = peer().start();
    byte[] piece = new byte[16 * 1024];
    for (int stream = 1; stream < 200; stream += 2) { // three times the window of the connection
      peer.post(stream, "/a");
      assertThat(peer.answer(stream).body()).isEqualTo("alpha");
      assertThat(peer.await(FrameType.RST_STREAM, stream).code()).isEqualTo(ErrorCode.NO_ERROR);
      peer.send(data(stream, false, piece), data(stream, true, piece));
    }
    peer.settle();
    long credit =
        peer.passedOver().stream()
            .filter(frame -> frame.is(FrameType.WINDOW_UPDATE, 0))
            .mapToLong(Http2Peer.Frame::first)
            .sum();
    long sent = 100L * 2 * piece.length;
    assertThat(credit).isGreaterThan(sent - 65_535); // and what is saved up below half a window
    assertThat(peer.passedOver()).noneMatch(frame -> frame.is(FrameType.GOAWAY));
  }
}
