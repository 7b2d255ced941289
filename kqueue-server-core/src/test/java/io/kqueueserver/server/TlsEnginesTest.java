package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.Headers;
import io.kqueueserver.net.tls.ClientAuth;
import io.kqueueserver.net.tls.TlsOptions;
import io.kqueueserver.net.tls.TlsProfile;
import io.kqueueserver.stats.TlsStats;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.Provider;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.jsse.provider.BouncyCastleJsseProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Servers whose engines come from several providers, each of which keeps the contract of {@code
 * SSLEngine} in its own way; clients are the JDK's. One server for each provider, and no provider
 * is installed.
 */
class TlsEnginesTest {
  /** Several records, each way. */
  private static final byte[] LARGE = new byte[1_000_000];

  static {
    new Random(9).nextBytes(LARGE);
  }

  private static final Map<Engine, KqueueServer> SERVERS = new EnumMap<>(Engine.class);

  /** Where engines come from. */
  private enum Engine {
    JDK {
      @Override
      Provider provider() {
        return TlsFixture.server().getProvider();
      }
    },
    CONSCRYPT {
      @Override
      Provider provider() {
        return TlsFixture.conscrypt();
      }
    },
    BOUNCY_CASTLE {
      @Override
      Provider provider() {
        return new BouncyCastleJsseProvider(new BouncyCastleProvider());
      }
    };

    abstract Provider provider();
  }

  static Stream<Arguments> engines() {
    return Stream.of(Engine.values())
        .flatMap(
            engine ->
                Stream.of("TLSv1.2", "TLSv1.3").map(version -> Arguments.of(engine, version)));
  }

  @AfterAll
  static void stop() {
    SERVERS.values().forEach(KqueueServer::stop);
  }

  private static KqueueServer server(Engine engine) {
    return SERVERS.computeIfAbsent(engine, TlsEnginesTest::start);
  }

  private static KqueueServer start(Engine engine) {
    Provider provider = engine.provider();
    SSLContext keys = TlsFixture.server(provider);
    SSLContext shop = TlsFixture.shop(provider);
    TlsOptions tls =
        new TlsOptions(
            () -> TlsProfile.of(keys),
            Map.of(
                "need.example", () -> new TlsProfile(keys, ClientAuth.NEED, null, null),
                "want.example", () -> new TlsProfile(keys, ClientAuth.WANT, null, null),
                "shop.example", () -> TlsProfile.of(shop)),
            Duration.ofSeconds(10),
            100);
    KqueueServer server =
        KqueueServer.builder().port(0).loops(1).tls(tls).handler(TlsEnginesTest::echo).build();
    server.start();
    return server;
  }

  private static void echo(Exchange exchange) {
    if (exchange.request().path().equals("/who")) {
      ServerExtension.answer(exchange, 200, subject(exchange));
      return;
    }
    exchange.listener(
        new ExchangeListener() {
          private final List<ByteBuffer> body = new ArrayList<>();

          @Override
          public void onBody(ByteBuffer data) {
            body.add(data);
            exchange.demand(1);
          }

          @Override
          public void onBodyComplete(Headers trailers) {
            long length = body.stream().mapToLong(ByteBuffer::remaining).sum();
            exchange.respond(200, ServerExtension.TEXT, length);
            body.forEach(data -> exchange.write(data, () -> {}));
            exchange.finish();
          }
        });
    exchange.demand(1);
  }

  private static String subject(Exchange exchange) {
    try {
      SSLSession session = Objects.requireNonNull(exchange.tlsSession());
      return ((X509Certificate) session.getPeerCertificates()[0])
          .getSubjectX500Principal()
          .getName();
    } catch (SSLException e) {
      return "nobody";
    }
  }

  /**
   * A client of a context of its own, or it would resume the session of another test, and ask for
   * that one's name.
   */
  private static SSLSocket connect(
      Engine engine, String version, SSLContext client, String name, String... protocols) {
    SSLSocket socket = TlsFixture.connect(client, server(engine).port());
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setProtocols(new String[] {version});
    parameters.setApplicationProtocols(protocols);
    if (!name.isEmpty()) {
      parameters.setServerNames(List.of(new SNIHostName(name)));
    }
    socket.setSSLParameters(parameters);
    return socket;
  }

  private static WirePeer post(WirePeer peer, byte[] body) {
    String head = "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: " + body.length + "\r\n\r\n";
    return peer.send(head).send(body);
  }

  private static long tls(Engine engine, ToLongFunction<TlsStats> counter) {
    return Objects.requireNonNull(server(engine).running()).workers().stream()
        .mapToLong(worker -> counter.applyAsLong(worker.loop().stats().tls))
        .sum();
  }

  @ParameterizedTest
  @MethodSource("engines")
  void requestsAndResponsesOfManyRecordsPass(Engine engine, String version) throws IOException {
    try (SSLSocket socket = connect(engine, version, TlsFixture.client(), "", "http/1.1")) {
      WirePeer peer = WirePeer.on(socket);
      for (byte[] body : new byte[][] {new byte[1], LARGE, new byte[0], LARGE}) {
        byte[] answer = post(peer, body).response().body().getBytes(StandardCharsets.ISO_8859_1);
        assertThat(ByteBuffer.wrap(answer)).isEqualTo(ByteBuffer.wrap(body));
      }
      assertThat(socket.getSession().getProtocol()).isEqualTo(version);
      assertThat(socket.getApplicationProtocol()).isEqualTo("http/1.1");
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void manySmallRecordsPass(Engine engine, String version) throws IOException {
    try (SSLSocket socket = connect(engine, version, TlsFixture.client(), "")) {
      WirePeer peer = WirePeer.on(socket);
      for (char c : "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 200\r\n\r\n".toCharArray()) {
        peer.send(String.valueOf(c));
      }
      for (int i = 0; i < 200; i++) {
        peer.send("x");
      }
      assertThat(peer.response().body()).isEqualTo("x".repeat(200));
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void theNameAskedForChoosesTheKeys(Engine engine, String version) throws IOException {
    for (String name : new String[] {"shop.example", "other.example", ""}) {
      try (SSLSocket socket = connect(engine, version, TlsFixture.client(), name)) {
        assertThat(post(WirePeer.on(socket), new byte[3]).response().status()).isEqualTo(200);
        X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
        assertThat(shown.getSubjectX500Principal().getName())
            .isEqualTo(name.equals("shop.example") ? "CN=shop.example" : "CN=localhost");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void aClientIsServedByItsCertificate(Engine engine, String version) throws IOException {
    assertThat(isServed(engine, version, TlsFixture.client(), "want.example")).isTrue();
    assertThat(isServed(engine, version, TlsFixture.clientWithCertificate(), "want.example"))
        .isTrue();
    assertThat(isServed(engine, version, TlsFixture.clientWithCertificate(), "need.example"))
        .isTrue();
    assertThatThrownBy(() -> isServed(engine, version, TlsFixture.client(), "need.example"))
        .hasRootCauseInstanceOf(SSLException.class)
        .as("told by an alert")
        .rootCause()
        .hasMessageContaining("alert");
  }

  private static boolean isServed(Engine engine, String version, SSLContext client, String name)
      throws IOException {
    try (SSLSocket socket = connect(engine, version, client, name)) {
      return post(WirePeer.on(socket), new byte[3]).response().status() == 200;
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void aProtocolIsChosenOrTheClientIsRefused(Engine engine, String version) throws IOException {
    try (SSLSocket socket = connect(engine, version, TlsFixture.client(), "", "h9", "http/1.1")) {
      assertThat(post(WirePeer.on(socket), new byte[3]).response().status()).isEqualTo(200);
      assertThat(socket.getApplicationProtocol()).isEqualTo("http/1.1");
    }
    try (SSLSocket socket = connect(engine, version, TlsFixture.client(), "", "h9")) {
      assertThatThrownBy(socket::startHandshake).hasMessageContaining("no_application_protocol");
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void bothSidesCloseInOrder(Engine engine, String version) throws IOException {
    long truncated = tls(engine, stats -> stats.truncated);
    try (Socket raw = new Socket(InetAddress.getLoopbackAddress(), server(engine).port())) {
      SSLSocket socket = TlsFixture.over(raw);
      socket.setEnabledProtocols(new String[] {version});
      WirePeer peer = WirePeer.on(socket);
      peer.send("GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
      assertThat(peer.response().status()).isEqualTo(200);
      byte[] goodbye = raw.getInputStream().readAllBytes(); // no JDK client minds its absence
      assertThat(goodbye.length).as("close_notify").isBetween(7, 64);
      socket.shutdownOutput();
    }
    try (SSLSocket socket = connect(engine, version, TlsFixture.client(), "")) {
      WirePeer peer = post(WirePeer.on(socket), new byte[3]);
      assertThat(peer.response().status()).isEqualTo(200);
      socket.shutdownOutput(); // close_notify
      assertThat(peer.readAll()).isEmpty();
    }
    await().until(() -> server(engine).connections() == 0);
    assertThat(tls(engine, stats -> stats.truncated)).isEqualTo(truncated);
  }

  @ParameterizedTest
  @MethodSource("engines")
  void theSessionOfAClientThatComesBackIsResumed(Engine engine, String version) throws IOException {
    SSLContext client = TlsFixture.client(); // its sessions are its own
    long resumed = tls(engine, stats -> stats.resumed);
    for (int i = 0; i < 3; i++) {
      assertThat(isServed(engine, version, client, "")).isTrue();
      // BouncyCastle resumes in TLS 1.2 alone.
      boolean resumes = engine != Engine.BOUNCY_CASTLE || version.equals("TLSv1.2");
      assertThat(tls(engine, stats -> stats.resumed) - resumed)
          .as("after %s connections", i + 1)
          .isEqualTo(resumes ? i : 0);
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void aResumedSessionHasTheClientsCertificate(Engine engine, String version) throws IOException {
    SSLContext client = TlsFixture.clientWithCertificate();
    for (int i = 0; i < 3; i++) {
      try (SSLSocket socket = connect(engine, version, client, "need.example")) {
        WirePeer peer = WirePeer.on(socket);
        assertThat(peer.get("/who").response().body())
            .as("connection " + i)
            .isEqualTo("CN=a client");
      }
    }
  }

  /** No handshake of such a client ends; each ends its own connection, and no other. */
  @ParameterizedTest
  @EnumSource
  void garbageEndsItsOwnConnectionOnly(Engine engine) throws IOException {
    Random random = new Random(11);
    byte[] hello = RawHello.jdk();
    try (SSLSocket good = connect(engine, "TLSv1.3", TlsFixture.client(), "")) {
      WirePeer peer = WirePeer.on(good);
      for (int i = 0; i < 200; i++) {
        byte[] bytes = hello.clone();
        for (int change = random.nextInt(8); change >= 0; change--) {
          bytes[6 + random.nextInt(bytes.length - 6)] = (byte) random.nextInt();
        }
        byte[] record = new byte[20 + random.nextInt(200)];
        random.nextBytes(record);
        byte type = (byte) (20 + random.nextInt(4));
        System.arraycopy(new byte[] {type, 3, 3, 0, (byte) (record.length - 5)}, 0, record, 0, 5);
        try (WirePeer bad = WirePeer.connect(server(engine).port())) {
          bad.send(RawHello.concat(bytes, record));
        } catch (java.io.UncheckedIOException e) {
          // It is closed already.
        }
        assertThat(post(peer, new byte[3]).response().status()).isEqualTo(200);
      }
    }
    await().until(() -> server(engine).connections() == 0);
  }

  /** An engine that is not freed has descriptors, or memory, until the collector finds it. */
  @ParameterizedTest
  @EnumSource
  void aConnectionThatIsCutOffLeavesNoDescriptor(Engine engine) throws IOException {
    try (SSLSocket good = connect(engine, "TLSv1.3", TlsFixture.client(), "")) {
      WirePeer peer = WirePeer.on(good);
      assertThat(post(peer, new byte[3]).response().status()).isEqualTo(200);
      await().until(() -> server(engine).connections() == 1);
      int before = Descriptors.all().size();
      for (int i = 0; i < 50; i++) {
        cutOff(engine, i % 2 == 0);
      }
      await().until(() -> server(engine).connections() == 1);
      // The loop has then ended the turn of the last close.
      assertThat(post(peer, new byte[3]).response().status()).isEqualTo(200);
      assertThat(Descriptors.all()).hasSizeLessThanOrEqualTo(before);
    }
  }

  /** Connects, and resets after a response or within the handshake. */
  private static void cutOff(Engine engine, boolean afterResponse) throws IOException {
    try (Socket raw = new Socket(InetAddress.getLoopbackAddress(), server(engine).port())) {
      if (afterResponse) {
        SSLSocket socket = TlsFixture.over(raw);
        assertThat(post(WirePeer.on(socket), new byte[3]).response().status()).isEqualTo(200);
      } else {
        raw.getOutputStream().write(RawHello.jdk());
        assertThat(raw.getInputStream().read()).isEqualTo(22);
      }
      raw.setSoLinger(true, 0);
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void aForgedRecordEndsTheConnection(Engine engine, String version) throws IOException {
    try (Socket raw = new Socket(InetAddress.getLoopbackAddress(), server(engine).port())) {
      SSLSocket socket = TlsFixture.over(raw);
      socket.setEnabledProtocols(new String[] {version});
      WirePeer peer = WirePeer.on(socket);
      assertThat(post(peer, new byte[3]).response().status()).isEqualTo(200);
      raw.getOutputStream().write(RawHello.record(23, new byte[40]));
      assertThat(peer.isClosedAfterAll()).isTrue();
    }
    await().until(() -> server(engine).connections() == 0);
  }

  @ParameterizedTest
  @EnumSource
  void whatIsTooOldIsRefusedWithAnAlert(Engine engine) throws IOException {
    byte[] hello = RawHello.of(0x0301, new byte[1], RawHello.ec(), 0xc00a, 0x00ff);
    try (WirePeer peer = WirePeer.connect(server(engine).port())) {
      assertThat(peer.send(hello).in().readNBytes(2)).containsExactly(21, 3);
      assertThat(peer.isClosedAfterAll()).isTrue();
    }
  }
}
