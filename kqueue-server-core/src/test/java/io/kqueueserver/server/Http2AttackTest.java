package io.kqueueserver.server;

import static io.kqueueserver.http.h2.Frames.frame;
import static io.kqueueserver.http.h2.Frames.join;
import static io.kqueueserver.http.h2.Frames.octets;
import static io.kqueueserver.http.h2.Frames.setting;
import static io.kqueueserver.server.Http2Peer.data;
import static io.kqueueserver.server.Http2Peer.ping;
import static io.kqueueserver.server.Http2Peer.rst;
import static io.kqueueserver.server.Http2Peer.settings;
import static io.kqueueserver.server.Http2Peer.windowUpdate;
import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.Limits;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FrameFlags;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.Http2Defences;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.http.h2.Setting;
import io.kqueueserver.server.Http2Floods.Flood;
import io.kqueueserver.server.Http2Peer.Frame;
import io.kqueueserver.stats.Http2Stats;
import io.kqueueserver.stats.Limit;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What hostile clients of HTTP/2 have done to servers, each on a real socket, beside a good client
 * on the same loop, which must not notice. What an attack may cost is bytes held: {@value
 * #MAX_HELD_BYTES} at most.
 */
@Timeout(30)
class Http2AttackTest {
  private static final long MAX_HELD_BYTES = 4 << 20;
  private static final int LARGE = 10 << 20;

  /** 200 resets, one that is too many, and what the budget of a slow test regains. */
  private static final int MOST_BEGUN = 300;

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(
          builder -> {
            builder.http2(Http2Options.DEFAULTS).loops(1);
            if (isSecure()) {
              builder.tls(TlsFixture.server());
            }
          });

  private final AtomicInteger begun = new AtomicInteger();
  private Http2Peer good;
  private int goodStream = -1;

  @BeforeEach
  void handlers() {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    server.on("/slow", server.listening(exchange -> begun.incrementAndGet()));
    server.on("/begun", server.listening(this::begin));
    server.on("/large", Http2AttackTest::respondAtLength);
    good = peer().start();
    assertGoodClientGoesOn();
  }

  private void begin(Exchange exchange) {
    begun.incrementAndGet();
    exchange.respond(200, ServerExtension.TEXT, Exchange.UNKNOWN_LENGTH);
  }

  private static void respondAtLength(Exchange exchange) {
    exchange.respond(200, ServerExtension.TEXT, LARGE);
    exchange.write(ByteBuffer.allocate(LARGE), null);
    exchange.finish();
  }

  /** Whether all of it goes through TLS. */
  boolean isSecure() {
    return false;
  }

  private Http2Peer peer() {
    return Http2Peer.on(
        isSecure()
            ? server.add(WirePeer.on(Http2Peer.h2(TlsFixture.client(), server.port())))
            : server.connect());
  }

  private void assertGoodClientGoesOn() {
    goodStream += 2;
    assertThat(good.get(goodStream, "/a").answer(goodStream).body()).isEqualTo("alpha");
  }

  private long held() {
    return Objects.requireNonNull(server.server().running()).heldBytes();
  }

  // ---- what costs the attacker its connection

  static List<Flood> floods() {
    return Http2Floods.floods();
  }

  @ParameterizedTest
  @MethodSource("floods")
  void aFloodEndsItsConnectionAndNoOther(Flood flood) {
    Http2Peer peer = peer().start();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    flood.send().accept(peer, out);
    sendAll(peer, out);
    assertGoodClientGoesOn();
    assertThat(held()).isLessThanOrEqualTo(MAX_HELD_BYTES);
    Frame goAway = peer.goAway();
    assertThat(goAway.code()).isEqualTo(ErrorCode.ENHANCE_YOUR_CALM);
    assertThat(goAway.debug()).contains(flood.limit().property());
    assertThat(server.limitHits(flood.limit())).isEqualTo(1);
    assertThat(begun).as("handlers that ran").hasValueLessThanOrEqualTo(MOST_BEGUN);
    peer.close();
    await().until(() -> server.server().connections() == 1);
    assertGoodClientGoesOn();
  }

  private static void sendAll(Http2Peer peer, ByteArrayOutputStream out) {
    try {
      peer.send(out.toByteArray());
    } catch (UncheckedIOException e) {
      // The server has closed before all was sent; what it said is still to be read.
    }
  }

  @Test
  void cve20258671MadeResetsByBodiesThatAreTooLongForTheServerAreCounted() {
    server.restart(builder -> builder.limits(new Limits(8192, 8192, 128, 100, 0, -1)));
    assertResetsAreCounted("/begun");
  }

  @Test
  void aThousandBodiesThatAreTooLongAreAnsweredAndTheConnectionGoesOn() {
    server.restart(builder -> builder.limits(new Limits(8192, 8192, 128, 100, 0, -1)));
    Http2Peer peer = peer().start();
    for (int stream = 1; stream < 2_000; stream += 2) {
      peer.post(stream, "/slow").send(data(stream, false, new byte[200]));
      assertThat(peer.answer(stream).status()).isEqualTo(413);
      assertThat(peer.await(FrameType.RST_STREAM, stream).code()).isEqualTo(ErrorCode.NO_ERROR);
    }
    assertThat(peer.get(2_001, "/a").answer(2_001).body()).isEqualTo("alpha");
  }

  // ---- handlers that go on behind their stream

  @Test
  void cve202344487AStreamKeepsItsPlaceUntilItsHandlerHasEnded() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    AtomicInteger running = new AtomicInteger();
    ExecutorService pool = Executors.newCachedThreadPool();
    server.on(
        "/blocks",
        exchange -> {
          Runnable place = exchange.keepPlace();
          running.incrementAndGet();
          pool.execute(
              () -> {
                awaitLatch(end);
                running.decrementAndGet();
                place.run();
                place.run(); // has no effect
              });
        });
    Http2Peer peer = peer().start();
    int stream = 1;
    for (int i = 0; i < 100; i++, stream += 2) {
      peer.get(stream, "/blocks").send(rst(stream, ErrorCode.CANCEL));
    }
    for (int i = 0; i < 20; i++, stream += 2) {
      Frame refused = peer.get(stream, "/blocks").await(FrameType.RST_STREAM, stream);
      assertThat(refused.code()).isEqualTo(ErrorCode.REFUSED_STREAM);
    }
    assertThat(running).hasValue(100);
    assertGoodClientGoesOn();

    end.countDown();
    pool.shutdown();
    assertThat(pool.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    peer.settle();
    for (int i = 0; i < 100; i++, stream += 2) {
      peer.get(stream, "/slow");
    }
    peer.get(stream, "/a");
    assertThat(peer.await(FrameType.RST_STREAM, stream).code()).isEqualTo(ErrorCode.REFUSED_STREAM);
    assertThat(begun).hasValue(100);
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void cve20258671MadeResetsByDataBeyondTheWindowAreCounted() {
    Http2Options narrow =
        new Http2Options(
            false, false, 100, 4096, 1024, 1 << 20, 0, new Http2Defences(200, 16, 10, 128, 256));
    server.restart(builder -> builder.http2(narrow));
    assertResetsAreCounted("/slow");
  }

  private void assertResetsAreCounted(String path) {
    Http2Peer peer = peer().start();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int stream = 1; stream < 800; stream += 2) {
      out.writeBytes(peer.request(stream, false, "POST", path));
      out.writeBytes(data(stream, false, new byte[1_100]));
    }
    sendAll(peer, out);
    assertThat(peer.goAway().debug()).contains(Limit.HTTP2_RESETS.property());
    assertThat(begun).hasValueLessThanOrEqualTo(MOST_BEGUN);
  }

  @Test
  void answersThatAClientDoesNotReadEndItsConnectionWhenTheyAreTooMany() {
    restart(1 << 20, 0);
    Http2Peer peer = peer().start(setting(Setting.INITIAL_WINDOW_SIZE.identifier(), 1 << 30));
    peer.send(windowUpdate(0, 1 << 30));
    peer.get(1, "/large").get(3, "/large"); // which fill what is between server and client
    await().until(() -> server.sum(stats -> stats.queuedBytes) > 0 && isQuiet());
    long before = pings();
    peer.send(ping(1)); // waits: its turn is over before the others come
    await().until(() -> pings() == before + 1);
    peer.send(join(IntStream.range(0, 400).mapToObj(i -> ping(i)).toArray(byte[][]::new)));
    assertThat(peer.goAway().debug()).contains(Limit.HTTP2_QUEUED_CONTROL_FRAMES.property());
    assertThat(server.limitHits(Limit.HTTP2_QUEUED_CONTROL_FRAMES)).isEqualTo(1);
    assertGoodClientGoesOn();
  }

  private long pings() {
    int place = Http2Stats.typePlace(FrameType.PING.number());
    return server.sum(stats -> stats.http2.receivedCount(place));
  }

  private long bytesWrittenBefore;
  private long lastWrite;

  /** Whether the server has written nothing for 300 ms: the socket is full. */
  private boolean isQuiet() {
    long now = server.sum(stats -> stats.bytesWritten);
    if (now != bytesWrittenBefore) {
      bytesWrittenBefore = now;
      lastWrite = System.nanoTime();
    }
    return System.nanoTime() - lastWrite > TimeUnit.MILLISECONDS.toNanos(300);
  }

  // ---- what costs a stream

  @Test
  void cve202553506StreamsAreCountedBeforeTheClientHasAcknowledgedTheirNumber() {
    Http2Peer peer = peer();
    peer.send(Http2Peer.PREFACE, settings()); // and no acknowledgement
    for (int i = 0; i < 150; i++) {
      peer.get(2 * i + 1, "/slow");
    }
    for (int i = 100; i < 150; i++) {
      Frame refused = peer.await(FrameType.RST_STREAM, 2 * i + 1);
      assertThat(refused.code()).isEqualTo(ErrorCode.REFUSED_STREAM);
    }
    assertThat(begun).hasValue(100);
    assertThat(server.limitHits(Limit.HTTP2_STREAMS)).isEqualTo(50);
    assertGoodClientGoesOn();
  }

  @Test
  void cve20166581AFieldThatIsReferredToAgainAndAgainIsRefused() {
    Http2Peer peer = peer().start();
    byte[] name = octets(0x40, 1, 'a', 0x7f, 0x81, 0x1d); // enters the table, 3 900 bytes of value
    byte[] value = new byte[127 + 0x81 - 0x80 + (0x1d << 7)];
    Arrays.fill(value, (byte) 'x');
    byte[] references = octets(IntStream.range(0, 10_000).map(i -> 0xbe).toArray());
    byte[] head = peer.block(":method: GET", ":scheme: http", ":path: /a", ":authority: t");
    byte[] all = join(head, name, value, references);
    int type = FrameType.HEADERS.number();
    peer.send(frame(type, FrameFlags.END_HEADERS | FrameFlags.END_STREAM, 1, all));
    assertThat(peer.answer(1).status()).isEqualTo(431);
    assertThat(held()).isLessThanOrEqualTo(MAX_HELD_BYTES);
    assertThat(peer.get(3, "/a").answer(3).body()).isEqualTo("alpha");
    assertGoodClientGoesOn();
  }

  @Test
  void cve202649975ManyCrumbsAreRefusedAndOthersServed() {
    Http2Peer peer = peer().start();
    String[] crumbs = IntStream.range(0, 1_100).mapToObj(i -> "cookie: a").toArray(String[]::new);
    peer.get(1, "/a", crumbs);
    assertThat(peer.answer(1).status()).isEqualTo(431);
    assertThat(peer.get(3, "/a").answer(3).body()).isEqualTo("alpha");
  }

  @Test
  void cve20199511AResponseWithoutCreditIsResetAndTheRestGoesOn() {
    restart(1 << 20, 300);
    Http2Peer peer = peer().start(setting(Setting.INITIAL_WINDOW_SIZE.identifier(), 0));
    peer.get(1, "/large");
    Frame reset = peer.await(FrameType.RST_STREAM, 1);
    assertThat(reset.code()).isEqualTo(ErrorCode.CANCEL);
    assertThat(server.limitHits(Limit.HTTP2_STALLED_STREAM)).isEqualTo(1);
    peer.settle();
    assertGoodClientGoesOn();
  }

  private void restart(int maxControlFrames, long stalledMillis) {
    Http2Defences defences = new Http2Defences(200, 16, 10, maxControlFrames, 256);
    long nanos = TimeUnit.MILLISECONDS.toNanos(stalledMillis);
    Http2Options options =
        new Http2Options(false, false, 100, 4096, 64 << 10, 1 << 20, nanos, defences);
    server.restart(builder -> builder.http2(options));
    good = peer().start();
    goodStream = -1;
  }

  // ---- what costs nothing but the attacker's patience

  @Test
  void cve20199512AClientThatReadsNoAnswersIsNotReadEither() throws SocketException {
    restart(1 << 20, 0);
    Http2Peer peer = peer().start();
    narrow(peer);
    byte[] pings = join(IntStream.range(0, 1_000).mapToObj(i -> ping(i)).toArray(byte[][]::new));
    Thread writer = new Thread(() -> sendWithoutEnd(peer, pings));
    writer.start();
    await().until(() -> server.sum(stats -> stats.readPauses) > 0 || isBlocked(writer));
    assertGoodClientGoesOn();
    assertThat(held()).isLessThanOrEqualTo(MAX_HELD_BYTES);
    peer.wire().reset(); // an orderly close over TLS would wait for the blocked writer
    await().until(() -> !writer.isAlive());
    assertGoodClientGoesOn();
  }

  /**
   * Fixes the room that the kernel has for what the client does not read. Else it grows up to
   * tcp_rmem, by timers, for as long as the kernel pleases.
   */
  private static void narrow(Http2Peer peer) throws SocketException {
    peer.wire().socket.setReceiveBufferSize(48 * 1024);
  }

  private long before;
  private int unchanged;

  /** Whether the server reads no more though the client sends. */
  private boolean isBlocked(Thread writer) {
    return writer.isAlive() && isUnchanged(server.sum(stats -> stats.bytesRead));
  }

  /** Whether the value is that of the last three times. */
  private boolean isUnchanged(long value) {
    unchanged = value == before ? unchanged + 1 : 0;
    before = value;
    return unchanged >= 3;
  }

  private static void sendWithoutEnd(Http2Peer peer, byte[] some) {
    try {
      while (true) {
        peer.send(some);
      }
    } catch (UncheckedIOException e) {
      // closed by the test
    }
  }

  @Test
  void headsWithoutEndAreNotMadeForAClientThatReadsNone() throws SocketException {
    server.on(
        "/empty",
        exchange -> {
          String unlike = begun.incrementAndGet() + "y".repeat(4_000); // no head refers to another
          exchange.respond(200, sink -> sink.field("x", unlike), 0);
          exchange.finish();
        });
    Http2Peer peer = peer().start();
    narrow(peer);
    AtomicInteger next = new AtomicInteger(1);
    Thread writer = new Thread(() -> requestWithoutEnd(peer, next));
    writer.start();
    // Then either nothing is read, or what is read is dropped: the connection is being closed, for
    // the streams that it had to refuse, and its client takes no bytes that end it.
    await().until(() -> begun.get() > 0 && isUnchanged(begun.get()));
    assertGoodClientGoesOn();
    assertThat(held()).isLessThanOrEqualTo(MAX_HELD_BYTES);
    peer.wire().reset(); // an orderly close over TLS would wait for the blocked writer
    await().until(() -> !writer.isAlive());
  }

  private static void requestWithoutEnd(Http2Peer peer, AtomicInteger next) {
    try {
      while (true) {
        peer.send(peer.request(next.getAndAdd(2), true, "HEAD", "/empty"));
      }
    } catch (UncheckedIOException e) {
      // closed by the test, or by the server for the streams it had to refuse
    }
  }

  @Test
  void allAttacksOfOneConnectionAtOnceHoldNoMoreThanFourMegabytes() {
    server.on("/stream", Http2AttackTest::respondWithoutEnd);
    server.on("/head", x -> x.respond(200, sink -> sink.field("x", "y".repeat(4_000)), 0));
    Http2Peer peer = peer().start(setting(Setting.INITIAL_WINDOW_SIZE.identifier(), 0));
    int stream = 1;
    for (int i = 0; i < 50; i++, stream += 2) {
      peer.get(stream, "/stream"); // for which there is no credit
    }
    byte[] body = new byte[16_384];
    for (int left = 1 << 20; left > 0; stream += 2) {
      peer.post(stream, "/slow"); // which nobody reads, until the connection's window is used up
      for (int i = 0; i < 4 && left > 0; i++, left -= body.length) {
        peer.send(data(stream, false, body));
      }
    }
    peer.settle();
    assertThat(begun).hasValue(16);
    // From here on the client reads nothing, and the responses fill what is between.
    peer.send(settings(setting(Setting.INITIAL_WINDOW_SIZE.identifier(), 1 << 30)));
    peer.send(windowUpdate(0, 1 << 30));
    await().until(() -> server.sum(stats -> stats.queuedBytes) > 0 && isQuiet());
    for (int i = 0; i < 30; i++, stream += 2) {
      peer.send(peer.request(stream, true, "HEAD", "/head"));
    }
    peer.send(join(IntStream.range(0, 100).mapToObj(i -> ping(i)).toArray(byte[][]::new)));
    byte[] field = join(octets(0x40, 1, 'a', 0x7f, 0x81, 0x3e), new byte[8_000]); // and goes on
    peer.send(frame(FrameType.HEADERS.number(), FrameFlags.END_STREAM, stream, field));
    assertGoodClientGoesOn();
    await().until(this::isQuiet);
    assertThat(held()).isBetween(2L << 20, MAX_HELD_BYTES);
    peer.close();
    await().until(() -> held() <= 8_192); // the table of the good client
  }

  private static void respondWithoutEnd(Exchange exchange) {
    ExchangeListener writer =
        new ExchangeListener() {
          @Override
          public void onWritable() {
            while (exchange.isWritable()) {
              exchange.write(ByteBuffer.allocate(16_384), null);
            }
          }
        };
    exchange.listener(writer);
    exchange.respond(200, ServerExtension.TEXT, Exchange.UNKNOWN_LENGTH);
    writer.onWritable();
  }

  @Test
  void aBlockThatIsNotCompleteInTimeEndsItsConnection() {
    server.restart(builder -> builder.headerTimeout(Duration.ofMillis(300)));
    Http2Peer peer = peer().start();
    peer.send(frame(FrameType.HEADERS.number(), 0, 1, octets(0x82)));
    Frame goAway = peer.goAway();
    assertThat(goAway.debug()).contains(Limit.HEADER_TIMEOUT.property());
  }
}
