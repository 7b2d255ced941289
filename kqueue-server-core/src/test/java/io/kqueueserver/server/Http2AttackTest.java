package io.kqueueserver.server;

import static io.kqueueserver.http.h2.Frames.frame;
import static io.kqueueserver.http.h2.Frames.int32;
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

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FrameFlags;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.Http2Defences;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.http.h2.Setting;
import io.kqueueserver.server.Http2Peer.Frame;
import io.kqueueserver.stats.Limit;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
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

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(builder -> builder.http2(Http2Options.DEFAULTS).loops(1));

  private final AtomicInteger begun = new AtomicInteger();
  private Http2Peer good;
  private int goodStream = -1;

  @BeforeEach
  void handlers() {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    server.on("/slow", server.listening(exchange -> begun.incrementAndGet()));
    server.on("/body", server.collecting((x, body, trailers) -> answer(x, 200, body)));
    server.on("/large", Http2AttackTest::respondAtLength);
    good = peer().start();
    assertGoodClientGoesOn();
  }

  private static void respondAtLength(Exchange exchange) {
    exchange.respond(200, ServerExtension.TEXT, LARGE);
    exchange.write(ByteBuffer.allocate(LARGE), null);
    exchange.finish();
  }

  private Http2Peer peer() {
    return Http2Peer.on(server.connect());
  }

  private void assertGoodClientGoesOn() {
    goodStream += 2;
    assertThat(good.get(goodStream, "/a").answer(goodStream).body()).isEqualTo("alpha");
  }

  private long held() {
    return Objects.requireNonNull(server.server().running()).heldBytes();
  }

  // ---- what costs the attacker its connection

  /**
   * A flood.
   *
   * @param limit what stops it, whose property GOAWAY names
   * @param send sends all of it
   */
  record Flood(String name, Limit limit, BiConsumer<Http2Peer, ByteArrayOutputStream> send) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Flood flood(
      String name, Limit limit, BiConsumer<Http2Peer, ByteArrayOutputStream> send) {
    return new Flood(name, limit, send);
  }

  /** Streams 1, 3, 5 and so on, each with these frames. */
  private static Flood streams(String name, int count, IntFunction<byte[]> rest) {
    return flood(
        name,
        Limit.HTTP2_RESETS,
        (peer, out) -> {
          for (int i = 0; i < count; i++) {
            int stream = 2 * i + 1;
            out.writeBytes(peer.request(stream, false, "POST", "/slow", "content-length: 500"));
            out.writeBytes(rest.apply(stream));
          }
        });
  }

  private static Flood frames(String name, Limit limit, int count, IntFunction<byte[]> frame) {
    return flood(
        name, limit, (peer, out) -> IntStream.range(0, count).forEach(i -> add(out, frame, i)));
  }

  private static void add(ByteArrayOutputStream out, IntFunction<byte[]> frame, int i) {
    out.writeBytes(frame.apply(i));
  }

  private static Flood control(String name, IntFunction<byte[]> frame) {
    return frames(name, Limit.HTTP2_CONTROL_FRAMES, 2_000, frame);
  }

  /** HEADERS that do not end their block, and then these frames. */
  private static Flood block(String name, Limit limit, int count, IntFunction<byte[]> fragment) {
    int type = FrameType.CONTINUATION.number();
    return flood(
        name,
        limit,
        (peer, out) -> {
          out.writeBytes(
              frame(FrameType.HEADERS.number(), FrameFlags.END_STREAM, 1, octets(0x82, 0x86)));
          IntStream.range(0, count)
              .forEach(i -> out.writeBytes(frame(type, 0, 1, fragment.apply(i))));
        });
  }

  static List<Flood> floods() {
    int priority = FrameType.PRIORITY.number();
    int priorityUpdate = FrameType.PRIORITY_UPDATE.number();
    return List.of(
        streams("CVE-2023-44487 rapid reset", 400, id -> rst(id, ErrorCode.CANCEL)),
        streams(
            "CVE-2025-8671 made reset by an increment of 0",
            400,
            id -> join(data(id, false, octets('x')), windowUpdate(id, 0))),
        streams(
            "CVE-2025-8671 made reset by a window that overflows",
            400,
            id -> join(data(id, false, octets('x')), windowUpdate(id, Integer.MAX_VALUE))),
        streams(
            "CVE-2025-8671 made reset by a body that is too long",
            400,
            id -> data(id, true, new byte[600])),
        control(
            "CVE-2025-8671 made reset by a PRIORITY of four bytes",
            i -> frame(priority, 0, 2 * i + 1, int32(0))),
        control(
            "CVE-2025-8671 made reset by a dependency on itself",
            i -> frame(priority, 0, 2 * i + 1, int32(2 * i + 1), octets(1))),
        streams(
            "CVE-2025-8671 made reset by frames behind the end",
            400,
            id -> join(data(id, true, new byte[500]), data(id, true, octets('x')))),
        flood(
            "CVE-2019-9514 reset flood by malformed requests",
            Limit.HTTP2_RESETS,
            (peer, out) -> {
              for (int i = 0; i < 400; i++) {
                out.writeBytes(peer.headers(2 * i + 1, true, ":method: GET"));
              }
            }),
        flood(
            "CVE-2019-9514 resets of a stream that has ended",
            Limit.HTTP2_CONTROL_FRAMES,
            (peer, out) -> {
              out.writeBytes(peer.request(1, true, "GET", "/a"));
              for (int i = 0; i < 2_000; i++) {
                out.writeBytes(rst(1, ErrorCode.CANCEL));
              }
            }),
        control("CVE-2019-9512 ping flood", i -> ping(i)),
        control("CVE-2019-9515 settings flood", i -> settings()),
        control(
            "CVE-2019-9515 settings that move a window",
            i -> settings(setting(Setting.INITIAL_WINDOW_SIZE.identifier(), i))),
        control(
            "CVE-2019-9513 resource loop",
            i -> frame(priority, 0, 2 * i + 1, int32(2 * i + 3), octets(i))),
        control("PRIORITY_UPDATE flood", i -> frame(priorityUpdate, 0, 0, int32(1), octets('u'))),
        control("flood of an unknown type", i -> frame(0xbe, 0, 0)),
        control("CVE-2019-9517 WINDOW_UPDATE flood", i -> windowUpdate(0, 1)),
        flood(
            "CVE-2019-9518 empty frames flood",
            Limit.HTTP2_EMPTY_DATA,
            (peer, out) -> {
              out.writeBytes(peer.request(1, false, "POST", "/slow"));
              IntStream.range(0, 100).forEach(i -> out.writeBytes(data(1, false, octets())));
            }),
        flood(
            "CVE-2019-9518 empty frames that are padded",
            Limit.HTTP2_EMPTY_DATA,
            (peer, out) -> {
              out.writeBytes(peer.request(1, false, "POST", "/slow"));
              byte[] padded = frame(0, FrameFlags.PADDED, 1, octets(2, 0, 0));
              IntStream.range(0, 100).forEach(i -> out.writeBytes(padded));
            }),
        block(
            "CVE-2024-27316 continuation flood", Limit.HTTP2_CONTINUATIONS, 100, i -> octets(0x84)),
        block(
            "CVE-2024-27983 continuations that bring nothing",
            Limit.HTTP2_CONTINUATIONS,
            100,
            i -> octets()),
        block(
            "CVE-2026-33871 continuations without end",
            Limit.HTTP2_HEADER_BLOCK,
            10,
            i -> new byte[16_384]),
        block(
            "CVE-2026-47774 a block of references to one field",
            Limit.HTTP2_HEADER_BLOCK,
            10,
            i -> octets(IntStream.range(0, 16_000).map(j -> 0x84).toArray())));
  }

  @ParameterizedTest
  @MethodSource("floods")
  void aFloodEndsItsConnectionAndNoOther(Flood flood) {
    Http2Peer peer = peer().start();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    flood.send().accept(peer, out);
    try {
      peer.send(out.toByteArray());
    } catch (UncheckedIOException e) {
      // The server has closed before all was sent; what it said is still to be read.
    }
    assertGoodClientGoesOn();
    assertThat(held()).isLessThanOrEqualTo(MAX_HELD_BYTES);
    Frame goAway = peer.goAway();
    assertThat(goAway.code()).isEqualTo(ErrorCode.ENHANCE_YOUR_CALM);
    assertThat(goAway.debug()).contains(flood.limit().property());
    assertThat(server.limitHits(flood.limit())).isEqualTo(1);
    assertThat(begun).as("handlers that ran").hasValueLessThanOrEqualTo(201);
    peer.close();
    await().until(() -> server.server().connections() == 1);
    assertGoodClientGoesOn();
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
  void cve20199512AClientThatReadsNoAnswersIsNotReadEither() {
    restart(1 << 20, 0);
    Http2Peer peer = peer().start();
    byte[] pings = join(IntStream.range(0, 1_000).mapToObj(i -> ping(i)).toArray(byte[][]::new));
    Thread writer = new Thread(() -> sendWithoutEnd(peer, pings));
    writer.start();
    await().until(() -> server.sum(stats -> stats.readPauses) > 0 || isBlocked(writer));
    assertGoodClientGoesOn();
    assertThat(held()).isLessThanOrEqualTo(MAX_HELD_BYTES);
    peer.close();
    await().until(() -> !writer.isAlive());
    assertGoodClientGoesOn();
  }

  private long bytesReadBefore;
  private int unchanged;

  /** Whether the server reads no more though the client sends. */
  private boolean isBlocked(Thread writer) {
    long now = server.sum(stats -> stats.bytesRead);
    unchanged = now == bytesReadBefore ? unchanged + 1 : 0;
    bytesReadBefore = now;
    return writer.isAlive() && unchanged >= 3;
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
  void headsWithoutEndAreNotMadeForAClientThatReadsNone() {
    server.on(
        "/empty",
        exchange -> {
          begun.incrementAndGet();
          exchange.respond(200, sink -> sink.field("x", "y".repeat(4_000)), 0);
          exchange.finish();
        });
    Http2Peer peer = peer().start();
    AtomicInteger next = new AtomicInteger(1);
    Thread writer = new Thread(() -> requestWithoutEnd(peer, next));
    writer.start();
    await().until(() -> isBlocked(writer) || peer.wire().socket.isClosed());
    assertGoodClientGoesOn();
    assertThat(held()).isLessThanOrEqualTo(MAX_HELD_BYTES);
    peer.close();
    await().until(() -> !writer.isAlive());
  }

  private static void requestWithoutEnd(Http2Peer peer, AtomicInteger next) {
    try {
      while (true) {
        peer.get(next.getAndAdd(2), "/empty");
      }
    } catch (UncheckedIOException e) {
      // closed by the test, or by the server for the streams it had to refuse
    }
  }

  @Test
  void allThatOneConnectionMayHoldIsBounded() {
    server.on("/stream", Http2AttackTest::respondWhileWritable);
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
    byte[] field = join(octets(0x40, 1, 'a', 0x7f, 0x81, 0x3e), new byte[8_000]); // and goes on
    peer.send(frame(FrameType.HEADERS.number(), FrameFlags.END_STREAM, stream, field));
    assertGoodClientGoesOn();
    assertThat(begun).hasValue(16);
    assertThat(held()).isBetween(1L << 20, MAX_HELD_BYTES);
    peer.close();
    await().until(() -> held() <= 8_192); // the table of the good client
  }

  private static void respondWhileWritable(Exchange exchange) {
    exchange.respond(200, ServerExtension.TEXT, Exchange.UNKNOWN_LENGTH);
    while (exchange.isWritable()) {
      exchange.write(ByteBuffer.allocate(16_384), null);
    }
  }

  // ---- what is no attack

  @Test
  void aThousandAnswersBeforeTheirRequestsEndAreNoResets() {
    server.on("/login", exchange -> answer(exchange, 401, "no"));
    Http2Peer peer = peer().start();
    for (int i = 0; i < 1_000; i++) {
      int stream = 2 * i + 1;
      assertThat(peer.post(stream, "/login").answer(stream).status()).isEqualTo(401);
      peer.send(rst(stream, ErrorCode.CANCEL));
    }
    peer.settle();
    assertThat(server.limitHits(Limit.HTTP2_RESETS)).isZero();
  }

  @Test
  void pingsAndCreditForDataAreNoFlood() {
    Http2Peer peer = peer().start();
    peer.post(1, "/body");
    for (int i = 0; i < 500; i++) {
      peer.send(data(1, false, octets('x')), ping(i), windowUpdate(0, 1), windowUpdate(1, 1));
    }
    peer.send(data(1, true, octets('x')));
    assertThat(peer.answer(1).body()).hasSize(501);
    assertThat(server.limitHits(Limit.HTTP2_CONTROL_FRAMES)).isZero();
  }

  @Test
  void aCookieOfSixKilobytesInEightyCrumbsIsServed() {
    server.on(
        "/cookie", exchange -> answer(exchange, 200, exchange.request().headers().first("Cookie")));
    String[] crumbs =
        IntStream.range(0, 80)
            .mapToObj(i -> "cookie: c" + i + "=" + "v".repeat(70))
            .toArray(String[]::new);
    String cookie = peer().start().get(1, "/cookie", crumbs).answer(1).body();
    assertThat(cookie.split("; ", -1)).hasSize(80);
    assertThat(cookie).startsWith("c0=vvv").contains("; c79=v");
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
