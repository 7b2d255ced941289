package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.net.tls.ClientAuth;
import io.kqueueserver.net.tls.TlsOptions;
import io.kqueueserver.net.tls.TlsProfile;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.jsse.provider.BouncyCastleJsseProvider;
import org.conscrypt.Conscrypt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * HTTP/2 is chosen by ALPN where the cipher suite of the handshake is good enough for it (RFC 9113
 * 9.2.2), else HTTP/1.1. Names of one server differ in suites and in the provider of the engine.
 */
class Http2AlpnTest {
  private static final String WEAK = "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA";
  private static final String STRONG = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";

  private static KqueueServer server;

  @BeforeAll
  static void start() {
    SSLContext keys = TlsFixture.server();
    SSLContext conscrypt = conscrypt();
    SSLContext bouncyCastle =
        TlsFixture.server(new BouncyCastleJsseProvider(new BouncyCastleProvider()));
    TlsProfile weakFirst =
        new TlsProfile(keys, ClientAuth.NONE, List.of(WEAK, STRONG), List.of("TLSv1.2"));
    TlsOptions tls =
        new TlsOptions(
            () -> TlsProfile.of(keys),
            Map.of(
                "weak.example", () -> weakFirst,
                "conscrypt.example", () -> TlsProfile.of(conscrypt),
                "bouncy.example", () -> TlsProfile.of(bouncyCastle)),
            TlsOptions.DEFAULT_HANDSHAKE_TIMEOUT,
            TlsOptions.DEFAULT_MAX_HANDSHAKES);
    server =
        KqueueServer.builder()
            .port(0)
            .loops(1)
            .tls(tls)
            .http2(Http2Options.DEFAULTS)
            .handler(x -> ServerExtension.answer(x, 200, "over " + x.request().version()))
            .build();
    server.start();
  }

  /** Conscrypt has no library for every system; the JDK's engine stands in there. */
  private static SSLContext conscrypt() {
    try {
      return TlsFixture.server(Conscrypt.newProvider());
    } catch (UnsatisfiedLinkError e) {
      return TlsFixture.server();
    }
  }

  @AfterAll
  static void stop() {
    server.stop();
  }

  private static SSLSocket connect(
      SSLContext client, String name, String version, List<String> suites, String... protocols) {
    SSLSocket socket = TlsFixture.connect(client, server.port());
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setProtocols(new String[] {version});
    if (!suites.isEmpty()) {
      parameters.setCipherSuites(suites.toArray(String[]::new));
    }
    parameters.setServerNames(List.of(new SNIHostName(name)));
    parameters.setApplicationProtocols(protocols);
    socket.setSSLParameters(parameters);
    return socket;
  }

  /** What was chosen, after a request was answered over it. */
  private static String chosen(SSLSocket socket) throws Exception {
    socket.startHandshake();
    String chosen = socket.getApplicationProtocol();
    if (chosen.equals("h2")) {
      Http2Peer peer = Http2Peer.on(WirePeer.on(socket)).start();
      assertThat(peer.get(1, "/").answer(1).status()).isEqualTo(200);
    } else {
      WirePeer peer = WirePeer.on(socket);
      peer.send("GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
      assertThat(peer.response().status()).isEqualTo(200);
    }
    socket.close();
    return chosen;
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "conscrypt.example", "bouncy.example", "weak.example"})
  void aClientOfWeakSuitesOnlyIsServedOverHttp1(String name) throws Exception {
    SSLContext client = TlsFixture.client();
    for (int i = 0; i < 2; i++) { // the second resumes a session
      assertThat(chosen(connect(client, name, "TLSv1.2", List.of(WEAK), "h2", "http/1.1")))
          .isEqualTo("http/1.1");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "conscrypt.example", "bouncy.example", "weak.example"})
  void aSuiteThatIsGoodEnoughGetsHttp2(String name) throws Exception {
    SSLContext client = TlsFixture.client();
    for (int i = 0; i < 2; i++) { // the second resumes a session
      assertThat(chosen(connect(client, name, "TLSv1.2", List.of(STRONG), "http/1.1", "h2")))
          .isEqualTo("h2");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "conscrypt.example", "bouncy.example"})
  void everySuiteOfTls13GetsHttp2(String name) throws Exception {
    SSLContext client = TlsFixture.client();
    assertThat(chosen(connect(client, name, "TLSv1.3", List.of(), "h2", "http/1.1")))
        .isEqualTo("h2");
  }

  /** The order is the server's: its weak suite goes before the strong one that both have. */
  @Test
  void theSuiteThatWasChosenDecidesAndNotThoseThatWereOffered() throws Exception {
    List<String> both = List.of(STRONG, WEAK);
    SSLContext client = TlsFixture.client();
    assertThat(chosen(connect(client, "weak.example", "TLSv1.2", both, "h2", "http/1.1")))
        .isEqualTo("http/1.1");
    SSLContext another = TlsFixture.client();
    assertThat(chosen(connect(another, "localhost", "TLSv1.2", both, "h2", "http/1.1")))
        .isEqualTo("h2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "bouncy.example"})
  void aClientThatInsistsOnHttp2WithAWeakSuiteIsRefusedByAnAlert(String name) throws Exception {
    SSLContext client = TlsFixture.client();
    try (SSLSocket socket = connect(client, name, "TLSv1.2", List.of(WEAK), "h2")) {
      assertThatThrownBy(socket::startHandshake)
          .isInstanceOf(SSLException.class)
          .hasMessageContaining("no_application_protocol");
    }
  }

  @Test
  void withoutAlpnAPrefaceOverAWeakSuiteIsInadequateSecurity() throws Exception {
    SSLContext client = TlsFixture.client();
    assertThat(chosen(connect(client, "localhost", "TLSv1.2", List.of(WEAK)))).isEmpty();
    try (SSLSocket socket = connect(client, "localhost", "TLSv1.2", List.of(WEAK))) {
      Http2Peer peer = Http2Peer.on(WirePeer.on(socket)).send(Http2Peer.PREFACE);
      assertThat(peer.await(FrameType.GOAWAY, 0).code()).isEqualTo(ErrorCode.INADEQUATE_SECURITY);
    }
    try (SSLSocket socket = connect(client, "localhost", "TLSv1.3", List.of())) {
      Http2Peer peer = Http2Peer.on(WirePeer.on(socket)).start();
      assertThat(peer.get(1, "/").answer(1).status()).isEqualTo(200);
    }
  }
}
