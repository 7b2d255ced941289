package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.net.tls.ClientAuth;
import io.kqueueserver.net.tls.TlsOptions;
import io.kqueueserver.net.tls.TlsProfile;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;
import io.kqueueserver.stats.TlsFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is agreed in a handshake, and what becomes of those that are not. */
class TlsHandshakeTest {
  private static final TlsProfile SERVER = TlsProfile.of(TlsFixture.server());
  private static final TlsProfile SHOP = TlsProfile.of(TlsFixture.shop());

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(builder -> builder.tls(TlsOptions.of(SERVER)));

  @BeforeEach
  void handler() {
    server.on(
        "/a",
        exchange -> {
          String peer;
          try {
            peer =
                ((X509Certificate) exchange.tlsSession().getPeerCertificates()[0])
                    .getSubjectX500Principal()
                    .getName();
          } catch (SSLException e) {
            peer = "nobody";
          }
          answer(exchange, 200, peer);
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void speaks(String protocol) throws IOException {
    SSLSocket socket = client(TlsFixture.client(), p -> p.setProtocols(new String[] {protocol}));

    assertThat(ask(socket)).isEqualTo("nobody");
    assertThat(socket.getSession().getProtocol()).isEqualTo(protocol);
  }

  @Test
  void takesAHandshakeByteByByte() throws Exception {
    SSLEngine engine = TlsFixture.client().createSSLEngine();
    engine.setUseClientMode(true);
    ByteBuffer hello = ByteBuffer.allocate(40_000);
    engine.wrap(ByteBuffer.allocate(0), hello);
    WirePeer peer = server.connect();

    for (int i = 0; i < hello.position(); i++) {
      peer.send(new byte[] {hello.get(i)});
    }

    assertThat(peer.in().readNBytes(3)).as("a handshake record").startsWith(22, 3, 3);
    peer.close();
    await().until(() -> failures(TlsFailure.PEER_GONE) == 1);
    assertThat(server.sum(stats -> stats.tls.keptBytes + stats.tls.handshaking)).isZero();
  }

  @Test
  void choosesTheKeysByServerName() throws IOException {
    options(
        new TlsOptions(
            () -> SERVER, Map.of("*.Shop.example", () -> SHOP), Duration.ofSeconds(10), 10));

    assertThat(nameSeenBy("www.shop.EXAMPLE")).isEqualTo("CN=shop.example");
    assertThat(nameSeenBy("elsewhere.example")).isEqualTo("CN=localhost");
    assertThat(nameSeenBy(null)).isEqualTo("CN=localhost");
  }

  @Test
  void clientAuthMayDifferByServerName() throws IOException {
    options(
        new TlsOptions(
            () -> SERVER,
            Map.of("shop.example", () -> with(ClientAuth.NEED)),
            Duration.ofSeconds(10),
            10));

    assertThat(ask(client(TlsFixture.clientWithCertificate(), named("shop.example"))))
        .isEqualTo("CN=a client");
    assertThat(ask(client(TlsFixture.clientWithCertificate(), p -> {}))).isEqualTo("nobody");
    assertThatThrownBy(() -> ask(client(TlsFixture.client(), named("shop.example"))))
        .hasMessageContaining("alert");
    assertThat(failures(TlsFailure.REFUSED)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aWantedCertificateMayBeLeftOut(String protocol) throws IOException {
    options(TlsOptions.of(with(ClientAuth.WANT)));

    assertThat(ask(client(TlsFixture.client(), p -> p.setProtocols(new String[] {protocol}))))
        .isEqualTo("nobody");
    assertThat(
            ask(
                client(
                    TlsFixture.clientWithCertificate(),
                    p -> p.setProtocols(new String[] {protocol}))))
        .isEqualTo("CN=a client");
  }

  @Test
  void offersWhatTheProfileSays() throws IOException {
    options(
        TlsOptions.of(
            new TlsProfile(
                TlsFixture.server(),
                ClientAuth.NONE,
                List.of("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
                List.of("TLSv1.2"))));

    SSLSocket socket = client(TlsFixture.client(), p -> {});
    assertThat(ask(socket)).isEqualTo("nobody");
    assertThat(socket.getSession().getCipherSuite())
        .isEqualTo("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
    assertThatThrownBy(
            () -> ask(client(TlsFixture.client(), p -> p.setProtocols(new String[] {"TLSv1.3"}))))
        .hasMessageContaining("protocol_version");
  }

  @Test
  void agreesOnHttp11ByAlpnAndRefusesWhoKnowsItNot() throws IOException {
    SSLSocket socket =
        client(
            TlsFixture.client(), p -> p.setApplicationProtocols(new String[] {"h9", "http/1.1"}));
    assertThat(ask(socket)).isEqualTo("nobody");
    assertThat(socket.getApplicationProtocol()).isEqualTo("http/1.1");

    // RFC 7301 3.2: no_application_protocol.
    assertThatThrownBy(
            () ->
                ask(
                    client(
                        TlsFixture.client(), p -> p.setApplicationProtocols(new String[] {"h9"}))))
        .hasMessageContaining("no_application_protocol");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void resumesASession(String protocol) throws IOException {
    SSLContext client = TlsFixture.client();
    for (int i = 0; i < 3; i++) {
      SSLSocket socket = client(client, p -> p.setProtocols(new String[] {protocol}));
      assertThat(ask(socket)).isEqualTo("nobody");
      socket.close();
    }

    await().until(() -> server.sum(stats -> stats.tls.handshake.count()) == 3);
    assertThat(server.sum(stats -> stats.tls.resumed)).isEqualTo(2);
  }

  @Test
  void newHandshakesSeeANewProfileAndOpenConnectionsGoOn() throws IOException {
    AtomicReference<TlsProfile> profile = new AtomicReference<>(SERVER);
    options(new TlsOptions(profile::get, Map.of(), Duration.ofSeconds(10), 10));
    SSLSocket before = client(TlsFixture.client(), p -> {});
    assertThat(ask(before)).isEqualTo("nobody");

    profile.set(SHOP);

    assertThat(nameSeenBy(null)).isEqualTo("CN=shop.example");
    assertThat(ask(before)).isEqualTo("nobody");
    assertThat(server.sum(stats -> stats.accepted)).isEqualTo(2);
  }

  @Test
  void aHandshakeThatTakesTooLongIsBrokenOff() {
    options(TlsOptions.of(SERVER).handshakeTimeout(Duration.ofMillis(50)));
    WirePeer silent = server.connect();
    WirePeer half = server.connect().send(new byte[] {22, 3, 1, 0, 50, 1});

    assertThat(silent.isClosedByServer()).isTrue();
    assertThat(half.isClosedByServer()).isTrue();
    await().until(() -> server.closed(CloseReason.HANDSHAKE_TIMEOUT) == 2);
    assertThat(server.limitHits(Limit.TLS_HANDSHAKE_TIMEOUT)).isEqualTo(2);
    assertThat(failures(TlsFailure.TIMEOUT)).as("of one that had begun").isEqualTo(1);
  }

  @Test
  void theTimeForAHandshakeEndsWithIt() throws IOException {
    ask(client(TlsFixture.client(), p -> {})); // the first of a JVM is slow
    options(TlsOptions.of(SERVER).handshakeTimeout(Duration.ofSeconds(1)));
    SSLSocket socket = client(TlsFixture.client(), p -> {});
    socket.startHandshake();
    WirePeer other = server.connect(); // whose time is over later

    assertThat(other.isClosedByServer()).isTrue();
    assertThat(ask(socket)).isEqualTo("nobody");
  }

  @Test
  void refusesHandshakesBeyondTheLimit() throws Exception {
    options(TlsOptions.of(SERVER).maxHandshakes(2));
    byte[] hello = clientHello();
    List<WirePeer> flood = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      flood.add(server.connect().send(hello));
    }

    await().until(() -> failures(TlsFailure.LIMIT) == 18);
    assertThat(server.limitHits(Limit.TLS_HANDSHAKES)).isEqualTo(18);
    int alerts = 0;
    for (WirePeer peer : flood) {
      alerts += peer.in().read() == 21 ? 1 : 0;
    }
    assertThat(alerts).isEqualTo(18);

    flood.forEach(WirePeer::close);
    await().until(() -> server.sum(stats -> stats.tls.handshaking) == 0);
    assertThat(ask(client(TlsFixture.client(), p -> {}))).isEqualTo("nobody");
  }

  @Test
  void plaintextHttpIsTold() {
    WirePeer peer = server.connect().get("/a");

    WirePeer.Response response = peer.response();
    assertThat(response.status()).isEqualTo(400);
    assertThat(response.body()).isEqualTo("This port speaks TLS: ask again with https://\n");
    assertThat(peer.readAll()).isEmpty();
    await().until(() -> failures(TlsFailure.NOT_TLS) == 1);
    peer.close();
    await().until(() -> server.closed(CloseReason.TLS_ERROR) == 1);
  }

  @Test
  void garbageIsAnsweredWithAnAlert() throws IOException {
    byte[] garbage = new byte[20_000];
    garbage[0] = 7;
    WirePeer peer = server.connect().send(garbage);
    assertThat(peer.in().readAllBytes()).containsExactly(21, 3, 3, 0, 2, 2, 10);

    peer = server.connect().send(new byte[] {22, 3, 1, 0, 5, 1, 0, 0, 1, 9});
    assertThat(peer.in().readAllBytes()).containsExactly(21, 3, 3, 0, 2, 2, 50);
    assertThat(failures(TlsFailure.NOT_TLS)).isEqualTo(1);
    assertThat(failures(TlsFailure.CLIENT_HELLO)).isEqualTo(1);
  }

  @Test
  void aForgedRecordEndsTheConnection() throws IOException {
    SSLSocket socket = client(TlsFixture.client(), p -> {});
    socket.startHandshake();
    try (TlsPipe pipe = new TlsPipe(TlsFixture.client(), server.port())) {
      pipe.handshake();
      pipe.raw(new byte[] {23, 3, 3, 0, 32});
      pipe.raw(new byte[32]);
      assertThat(pipe.isClosedByServer()).isTrue();
    }
    await().until(() -> failures(TlsFailure.BAD_RECORD) == 1);
    assertThat(ask(socket)).as("others go on").isEqualTo("nobody");
  }

  @Test
  void keyUpdatesAreFollowedButNotForEver() throws IOException {
    try (TlsPipe pipe = new TlsPipe(TlsFixture.client(), server.port())) {
      pipe.handshake();
      pipe.keyUpdates(10);
      assertThat(pipe.get("/a")).contains("nobody");
      pipe.keyUpdates(40);
      assertThat(pipe.isClosedByServer()).isTrue();
    }
    assertThat(failures(TlsFailure.BAD_RECORD)).isEqualTo(1);
  }

  @Test
  void renegotiationIsRefused() throws IOException {
    SSLSocket socket = client(TlsFixture.client(), p -> p.setProtocols(new String[] {"TLSv1.2"}));
    assertThat(ask(socket)).isEqualTo("nobody");

    assertThatThrownBy(
            () -> {
              socket.startHandshake();
              ask(socket);
            })
        .isInstanceOfAny(IOException.class, java.io.UncheckedIOException.class);
    await().until(() -> failures(TlsFailure.RENEGOTIATION) == 1);
  }

  @Test
  void aDrainClosesHandshakesAndIdleConnections() throws IOException {
    SSLSocket idle = client(TlsFixture.client(), p -> {});
    assertThat(ask(idle)).isEqualTo("nobody");
    WirePeer half = server.connect().send(new byte[] {22, 3, 1});
    await().until(() -> server.sum(stats -> stats.tls.handshaking) == 1);

    server.server().drain(() -> {});

    assertThat(half.isClosedByServer()).isTrue();
    assertThat(idle.getInputStream().read()).as("with close_notify").isEqualTo(-1);
    assertThat(server.sum(stats -> stats.tls.handshaking)).isZero();
  }

  private void options(TlsOptions tls) {
    server.restart(builder -> builder.tls(tls));
  }

  private static TlsProfile with(ClientAuth auth) {
    return new TlsProfile(TlsFixture.server(), auth, null, null);
  }

  private long failures(TlsFailure why) {
    return server.sum(stats -> stats.tls.failures(why));
  }

  private static Consumer<SSLParameters> named(String name) {
    return parameters -> parameters.setServerNames(List.of(new SNIHostName(name)));
  }

  private SSLSocket client(SSLContext context, Consumer<SSLParameters> customizer) {
    SSLSocket socket = TlsFixture.connect(context, server.port());
    SSLParameters parameters = socket.getSSLParameters();
    customizer.accept(parameters);
    socket.setSSLParameters(parameters);
    server.add(WirePeer.on(socket));
    return socket;
  }

  private static String ask(SSLSocket socket) {
    return WirePeer.on(socket).get("/a").response().body();
  }

  private String nameSeenBy(@Nullable String asked) throws IOException {
    SSLSocket socket = client(TlsFixture.client(), asked == null ? p -> {} : named(asked));
    socket.startHandshake();
    return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
        .getSubjectX500Principal()
        .getName();
  }

  private static byte[] clientHello() throws SSLException {
    SSLEngine engine = TlsFixture.client().createSSLEngine();
    engine.setUseClientMode(true);
    ByteBuffer hello = ByteBuffer.allocate(40_000);
    engine.wrap(ByteBuffer.allocate(0), hello);
    byte[] bytes = new byte[hello.flip().remaining()];
    hello.get(bytes);
    return bytes;
  }
}
