package io.kqueueserver.server;

import static io.kqueueserver.server.RawHello.concat;
import static io.kqueueserver.server.RawHello.record;
import static io.kqueueserver.server.ServerExtension.answer;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.Headers;
import io.kqueueserver.net.tls.TlsOptions;
import io.kqueueserver.net.tls.TlsProfile;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.TlsFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Peers that want to cost us something: a connection, a processor, memory, or another's turn. */
class TlsAttackTest {
  private static final byte[] WARNING = record(21, new byte[] {1, 10});

  /** No test waits for it: what is to be seen comes before. */
  private static final Duration LONG = Duration.ofMinutes(1);

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(builder -> builder.tls(options(TlsFixture.server())));

  private static TlsOptions options(SSLContext context) {
    return TlsOptions.of(TlsProfile.of(context)).handshakeTimeout(LONG);
  }

  @BeforeEach
  void handler() {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
  }

  // ---- who stops

  @Test
  void whoStopsAtWhateverByteOfTheHandshakeIsBrokenOff() throws IOException {
    Duration timeout = Duration.ofMillis(300);
    server.restart(builder -> builder.tls(options(TlsFixture.server()).handshakeTimeout(timeout)));
    byte[] hello = RawHello.jdk();
    List<WirePeer> peers = new ArrayList<>();
    for (int cut : new int[] {0, 1, 4, 5, 6, 50, hello.length - 1, hello.length}) {
      peers.add(server.connect().send(Arrays.copyOf(hello, cut)));
    }
    byte[] half = record(22, new byte[40]);
    for (int cut : new int[] {1, 5, 44}) { // of the client's second flight
      peers.add(server.connect().send(concat(hello, Arrays.copyOf(half, cut))));
    }

    for (WirePeer peer : peers) {
      peer.readAll();
    }
    await().until(() -> server.sum(stats -> stats.tls.handshaking + stats.tls.keptBytes) == 0);
    assertThat(server.closed(CloseReason.HANDSHAKE_TIMEOUT)).isEqualTo(peers.size());
  }

  @Test
  void theBeginningOfARecordIsNoSignOfLife() throws IOException {
    server.restart(builder -> builder.idleTimeout(Duration.ofMillis(50)));
    try (TlsPipe pipe = new TlsPipe(TlsFixture.client(), server.port())) {
      pipe.handshake();
      assertThat(pipe.get("/a")).contains("alpha");

      pipe.raw(new byte[] {23, 3, 3, 0, 100, 1});

      assertThat(pipe.isClosedByServer()).isTrue();
    }
    await().until(() -> server.closed(CloseReason.IDLE_TIMEOUT) == 1);
    assertThat(server.sum(stats -> stats.tls.keptBytes)).isZero();
  }

  // ---- who sends too much of nothing

  @Test
  void warningsInsteadOfAHandshakeAreNotReadForEver() {
    WirePeer peer = server.connect().send(RawHello.with(new byte[0]));
    byte[] warnings = new byte[1_000 * WARNING.length];
    for (int at = 0; at < warnings.length; at += WARNING.length) {
      System.arraycopy(WARNING, 0, warnings, at, WARNING.length);
    }
    try {
      for (int i = 0; i < 5; i++) {
        peer.send(warnings);
      }
    } catch (java.io.UncheckedIOException e) {
      // It is closed already.
    }

    peer.readAll();
    await().until(() -> failures(TlsFailure.REFUSED) == 1);
    peer.close();
    await().until(() -> server.server().connections() == 0);
  }

  @Test
  void keyUpdatesBetweenRequestsAreFollowed() throws IOException {
    try (TlsPipe pipe = new TlsPipe(TlsFixture.client(), server.port())) {
      pipe.handshake();
      for (int i = 0; i < 3; i++) {
        pipe.keyUpdates(20);
        assertThat(pipe.get("/a")).contains("alpha");
      }
    }
    assertThat(failures(TlsFailure.BAD_RECORD)).isZero();
  }

  @Test
  void tinyRecordsAreTakenApartAFewAtATime() throws IOException {
    int length = 2_000;
    List<Integer> pieces = new ArrayList<>();
    server.on(
        "/pieces",
        exchange -> {
          exchange.listener(
              new ExchangeListener() {
                @Override
                public void onBody(ByteBuffer data) {
                  pieces.add(data.remaining());
                  exchange.demand(1);
                }

                @Override
                public void onBodyComplete(Headers trailers) {
                  answer(exchange, 200, "whole");
                }
              });
          exchange.demand(1);
        });
    try (TlsPipe pipe = new TlsPipe(TlsFixture.client(), server.port())) {
      pipe.handshake();
      String head = "POST /pieces HTTP/1.1\r\nHost: t\r\nContent-Length: " + length + "\r\n\r\n";
      pipe.records(head.getBytes(US_ASCII), head.length());

      pipe.records(new byte[length], 1);

      pipe.readTo("whole");
    }
    assertThat(pieces.stream().mapToInt(n -> n).sum()).isEqualTo(length);
    assertThat(pieces).allMatch(n -> n <= 64);
  }

  // ---- who sends what no client may

  private static List<byte[]> names() {
    return List.of(
        RawHello.sni(""),
        RawHello.sni("."),
        RawHello.sni(".."),
        RawHello.sni(".a"),
        RawHello.sni("a.example."),
        RawHello.sni("*.example"),
        RawHello.sni("UPPER.example"),
        RawHello.sni("under_score.example"),
        RawHello.sni("a b"),
        RawHello.sni("b\u00fccher.example"),
        RawHello.sni("\0"),
        RawHello.sni("a\0.example"),
        RawHello.sni("127.0.0.1"),
        RawHello.sni("[::1]"),
        RawHello.sni("xn--"),
        RawHello.sni("xn--\u00fc"),
        RawHello.sni("x".repeat(64) + ".example"),
        RawHello.sni("x".repeat(255)),
        RawHello.sni("x".repeat(256)),
        RawHello.sni("x".repeat(12_000)),
        RawHello.sni(new byte[0][]),
        RawHello.sni(new byte[300][1]),
        concat(RawHello.sni("a.example"), RawHello.sni("b.example")),
        RawHello.extension(0, new byte[0]),
        RawHello.extension(0, new byte[] {0, 5, 0}));
  }

  /** A flight if the JDK takes the name, an alert if not; no exception of ours, nothing left. */
  @Test
  void everyServerNameIsAnsweredAndHarmsNobody() throws IOException {
    TlsProfile shop = TlsProfile.of(TlsFixture.shop());
    TlsOptions one = options(TlsFixture.server());
    server.restart(
        builder ->
            builder.tls(new TlsOptions(one.profile(), Map.of("*.example", () -> shop), LONG, 10)));
    for (byte[] extension : names()) {
      WirePeer peer = server.connect().send(RawHello.with(extension));

      assertThat(peer.in().read()).as(new String(extension, US_ASCII)).isIn(21, 22);
      peer.close();
    }
    await().until(() -> server.server().connections() == 0);
    assertThat(failures(TlsFailure.SERVER_ERROR)).isZero();
    assertThat(server.sum(stats -> stats.tls.handshaking + stats.tls.keptBytes)).isZero();
  }

  @Test
  void aClientHelloInRecordsOfOneByteIsTaken() throws IOException {
    byte[] hello = RawHello.with(RawHello.sni("a.example"));
    byte[] split = {};
    for (int i = 5; i < hello.length; i++) {
      split = concat(split, record(22, new byte[] {hello[i]}));
    }

    assertThat(server.connect().send(split).in().read()).isEqualTo(22);
  }

  @Test
  void aClientHelloThatIsTooLargeIsRefusedBeforeItIsComplete() throws IOException {
    byte[] message = new byte[100];
    System.arraycopy(new byte[] {1, 0, 0x40, 0}, 0, message, 0, 4); // of 16 KiB, and its header

    WirePeer peer = server.connect().send(record(22, message));

    assertThat(peer.in().readAllBytes()).containsExactly(21, 3, 3, 0, 2, 2, 50);
    await().until(() -> failures(TlsFailure.CLIENT_HELLO) == 1);
  }

  @Test
  void aFatalAlertInTheHandshakeEndsIt() {
    WirePeer peer = server.connect().send(RawHello.with(new byte[0]));
    peer.send(record(21, new byte[] {2, 48})); // unknown_ca

    peer.readAll();

    await().until(() -> failures(TlsFailure.REFUSED) == 1);
  }

  /** In TLS 1.3 it is encrypted; the JDK's engine would wait for a task that we never run. */
  @Test
  void aHandshakeOnASecuredConnectionIsRefused() throws IOException {
    boolean[] asked = {false};
    twisted(
        engine ->
            new TwistedTls.Engine(engine) {
              @Override
              public HandshakeStatus getHandshakeStatus() {
                return asked[0] ? HandshakeStatus.NEED_TASK : super.getHandshakeStatus();
              }
            });
    try (TlsPipe pipe = new TlsPipe(TlsFixture.client(), server.port())) {
      pipe.handshake();
      assertThat(pipe.get("/a")).contains("alpha");
      asked[0] = true;
      pipe.keyUpdates(1);
      assertThat(pipe.isClosedByServer()).isTrue();
    }
    await().until(() -> failures(TlsFailure.RENEGOTIATION) == 1);
  }

  // ---- engines that do not go on

  @Test
  void anEngineThatHasNothingToSayIsNotAskedForEver() {
    twisted(
        engine ->
            new TwistedTls.Engine(engine) {
              @Override
              public SSLEngineResult wrap(ByteBuffer[] from, int offset, int n, ByteBuffer to) {
                return new SSLEngineResult(
                    SSLEngineResult.Status.OK, HandshakeStatus.NEED_WRAP, 0, 0);
              }
            });

    assertThat(server.connect().send(RawHello.jdk()).isClosedAfterAll()).isTrue();
    await().until(() -> failures(TlsFailure.REFUSED) == 1);
  }

  @Test
  void anEngineThatKeepsItsTaskIsNotAskedForEver() {
    twisted(
        engine ->
            new TwistedTls.Engine(engine) {
              @Override
              public Runnable getDelegatedTask() {
                return null;
              }
            });

    assertThat(server.connect().send(RawHello.jdk()).isClosedAfterAll()).isTrue();
    await().until(() -> failures(TlsFailure.SERVER_ERROR) == 1);
  }

  @Test
  void aProfileThatCannotBeHadIsToldAsOurFault() throws IOException {
    server.restart(
        builder ->
            builder.tls(
                new TlsOptions(
                    () -> {
                      throw new IllegalStateException("no keys today");
                    },
                    Map.of("localhost", () -> TlsProfile.of(TlsFixture.server())),
                    LONG,
                    1)));

    for (int i = 0; i < 2; i++) { // with a limit of one: it is given back
      WirePeer peer = server.connect().send(RawHello.with(new byte[0]));
      assertThat(peer.in().readAllBytes())
          .as("internal_error")
          .containsExactly(21, 3, 3, 0, 2, 2, 80);
    }
    await().until(() -> failures(TlsFailure.SERVER_ERROR) == 2);
  }

  // ---- the end

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aRequestBeforeCloseNotifyIsAnswered(String protocol) throws IOException {
    SSLContext client = TlsFixture.client();
    try (TlsPipe pipe = new TlsPipe(client, server.port(), protocol)) {
      pipe.handshake();

      pipe.lastWords("GET /a HTTP/1.1\r\nHost: t\r\n\r\n");

      assertThat(pipe.readAll()).contains("200", "alpha");
    }
    await().until(() -> server.closed(CloseReason.PEER_CLOSED) == 1);
    assertThat(server.sum(stats -> stats.tls.truncated)).isZero();
  }

  @Test
  void whatComesAfterCloseNotifyIsIgnored() throws IOException {
    server.on("/late", exchange -> answer(exchange, 200, "late"));
    try (TlsPipe pipe = new TlsPipe(TlsFixture.client(), server.port())) {
      pipe.handshake();
      pipe.lastWords("GET /a HTTP/1.1\r\nHost: t\r\n\r\n");
      pipe.raw(new byte[] {23, 3, 3, 0, 32, 1, 2, 3});
      assertThat(pipe.readAll()).contains("alpha");
    }
    await().until(() -> server.server().connections() == 0);
    assertThat(failures(TlsFailure.BAD_RECORD)).isZero();
  }

  /** Half-closed by TCP alone, unseen while nothing is wanted; seen when the response has gone. */
  @Test
  void aTruncationThatNobodyWantedToSeeEndsTheConnectionWithTheResponse() throws IOException {
    server.restart(builder -> builder.allowHalfClose(true).idleTimeout(LONG));
    List<io.kqueueserver.http.Exchange> waiting = new ArrayList<>();
    server.on("/later", waiting::add);
    try (Socket raw = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      SSLSocket socket = TlsFixture.over(raw);
      WirePeer peer = WirePeer.on(socket).get("/later");
      await().until(() -> server.server().activeExchanges() == 1);

      raw.shutdownOutput();
      WirePeer.connect(server.port()).close();
      await().until(() -> server.sum(stats -> stats.accepted) == 2);
      assertThat(server.server().activeExchanges()).as("half-close is allowed").isEqualTo(1);
      waiting.get(0).execute(() -> answer(waiting.get(0), 200, "late"));

      assertThat(peer.response().body()).isEqualTo("late");
      await().until(() -> server.server().connections() == 0);
      assertThat(server.sum(stats -> stats.tls.truncated)).isEqualTo(1);
    }
  }

  private void twisted(Function<SSLEngine, SSLEngine> twist) {
    server.restart(builder -> builder.tls(options(TwistedTls.of(TlsFixture.server(), twist))));
  }

  private long failures(TlsFailure why) {
    return server.sum(stats -> stats.tls.failures(why));
  }
}
