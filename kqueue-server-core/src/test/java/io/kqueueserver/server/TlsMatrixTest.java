package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.net.tls.ClientAuth;
import io.kqueueserver.net.tls.TlsOptions;
import io.kqueueserver.net.tls.TlsProfile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is agreed on and what is refused, protocol by protocol and suite by suite, as OpenSSL sees
 * it; and as raw bytes where OpenSSL has long thrown out what we are to refuse. One server for all,
 * whose names differ in keys and client authentication.
 */
@TestInstance(Lifecycle.PER_CLASS)
class TlsMatrixTest {
  private KqueueServer server;

  /** By our order of preference. OpenSSL's names of those of TLS 1.2. */
  private static final Map<String, String> AEAD_OF_TLS_1_2 =
      Map.of(
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305");

  private static final Set<String> OF_TLS_1_3 =
      Set.of("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256");

  /** Contexts with the keys for localhost, and for the shop. */
  SSLContext keys() {
    return TlsFixture.server();
  }

  SSLContext shop() {
    return TlsFixture.shop();
  }

  @BeforeAll
  void start() {
    SSLContext keys = keys();
    SSLContext shop = shop();
    TlsOptions tls =
        new TlsOptions(
            () -> TlsProfile.of(keys),
            Map.of(
                "want.example", () -> new TlsProfile(keys, ClientAuth.WANT, null, null),
                "need.example", () -> new TlsProfile(keys, ClientAuth.NEED, null, null),
                "shop.example", () -> TlsProfile.of(shop),
                "*.shop.example", () -> TlsProfile.of(shop)),
            Duration.ofSeconds(10),
            100);
    server =
        KqueueServer.builder()
            .port(0)
            .loops(1)
            .tls(tls)
            .handler(exchange -> ServerExtension.answer(exchange, 200, "answered"))
            .build();
    server.start();
  }

  @AfterAll
  void stop() {
    if (server != null) {
      server.stop();
    }
  }

  String openssl(String... options) throws Exception {
    return OpenSsl.client(server.port(), "localhost", options);
  }

  // ---- protocols

  @ParameterizedTest
  @ValueSource(strings = {"-tls1", "-tls1_1"})
  void whatIsTooOldIsRefusedWithAnAlert(String version) throws Exception {
    assertThat(openssl(version, "-cipher", "DEFAULT@SECLEVEL=0"))
        .doesNotContain("answered")
        .contains("alert protocol version");
  }

  /** SSL 3.0, which no OpenSSL of today can speak, and a version 2 hello. */
  @Test
  void whatIsMuchTooOldIsRefusedWithAnAlert() throws IOException {
    byte[] ssl3 = RawHello.of(0x0300, new byte[1], new byte[0], 0xc02b, 0x002f);
    assertThat(answerTo(ssl3)).startsWith(21, 3).endsWith(0, 2, 2, 70); // protocol_version
    assertThat(answerTo(new byte[] {(byte) 0x80, 0x2e, 1, 0, 2})).startsWith(21, 3);
  }

  @ParameterizedTest
  @CsvSource({"-tls1_2,TLSv1.2", "-tls1_3,TLSv1.3"})
  void whatIsCurrentIsSpoken(String version, String name) throws Exception {
    assertThat(openssl(version)).contains("answered", "New, " + name, "Verify return code: 0 (ok)");
  }

  // ---- cipher suites

  @ParameterizedTest
  @ValueSource(strings = {"eNULL@SECLEVEL=0", "aNULL:!eNULL@SECLEVEL=0"})
  void opensslFindsNoSuiteWithoutEncryptionOrAuthentication(String ciphers) throws Exception {
    assertThat(openssl("-tls1_2", "-cipher", ciphers))
        .doesNotContain("answered")
        .contains("alert handshake failure");
  }

  @ParameterizedTest
  @CsvSource({
    "0001, RSA_WITH_NULL_MD5",
    "0003, RSA_EXPORT_WITH_RC4_40_MD5",
    "0005, RSA_WITH_RC4_128_SHA",
    "0008, RSA_EXPORT_WITH_DES40_CBC_SHA",
    "0009, RSA_WITH_DES_CBC_SHA",
    "000a, RSA_WITH_3DES_EDE_CBC_SHA",
    "0018, DH_anon_WITH_RC4_128_MD5",
    "0034, DH_anon_WITH_AES_128_CBC_SHA",
    "c006, ECDHE_ECDSA_WITH_NULL_SHA",
    "c007, ECDHE_ECDSA_WITH_RC4_128_SHA",
    "c008, ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA",
    "c018, ECDH_anon_WITH_AES_128_CBC_SHA"
  })
  void aSuiteThatIsBrokenIsRefused(String number, String name) throws IOException {
    int suite = Integer.parseInt(number, 16);
    byte[] hello = RawHello.of(0x0303, new byte[1], RawHello.ec(), suite, 0x00ff);
    assertThat(answerTo(hello)).as(name).containsExactly(21, 3, 3, 0, 2, 2, 40);
  }

  @Test
  void everySuiteOfTls13Works() throws Exception {
    for (String suite : OF_TLS_1_3) {
      assertThat(openssl("-tls1_3", "-ciphersuites", suite))
          .contains("answered", "TLSv1.3, Cipher is " + suite);
    }
  }

  @Test
  void everyAeadSuiteOfTls12Works() throws Exception {
    for (String suite : AEAD_OF_TLS_1_2.values()) {
      assertThat(openssl("-tls1_2", "-cipher", suite))
          .contains("answered", "TLSv1.2, Cipher is " + suite);
    }
  }

  /** Keys of our fixture are elliptic; a suite that a later JDK adds is to be added here. */
  @Test
  void noAeadSuiteIsLeftOut() {
    Set<String> offered =
        Arrays.stream(TlsFixture.server().createSSLEngine().getEnabledCipherSuites())
            .filter(suite -> suite.contains("_GCM_") || suite.contains("CHACHA20"))
            .filter(suite -> suite.contains("_ECDHE_ECDSA_") || !suite.contains("_WITH_"))
            .collect(Collectors.toSet());
    assertThat(offered)
        .containsAll(AEAD_OF_TLS_1_2.keySet())
        .containsAll(OF_TLS_1_3)
        .hasSize(AEAD_OF_TLS_1_2.size() + OF_TLS_1_3.size());
  }

  /** Suites of TLS 1.2 and 1.3 that are chosen though the client prefers others. */
  List<String> preferred() {
    return List.of("ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_AES_256_GCM_SHA384");
  }

  @Test
  void theServersPreferenceGoesBeforeTheClients() throws Exception {
    String[] small = {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"};
    String chosen = preferred().get(0);
    String other = chosen.equals(small[0]) ? small[1] : small[0];
    assertThat(openssl("-tls1_2", "-cipher", other + ":" + chosen)).contains("Cipher is " + chosen);
    String chacha = "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384";
    assertThat(openssl("-tls1_3", "-ciphersuites", chacha))
        .contains("Cipher is " + preferred().get(1));
  }

  // ---- what else a hello may ask for

  @Test
  void compressionIsOff() throws Exception {
    assertThat(openssl("-tls1_2")).contains("Compression: NONE");
    byte[] deflateFirst = RawHello.of(0x0303, new byte[] {1, 0}, RawHello.ec(), 0xc02b, 0x00ff);
    byte[] hello = answerTo(deflateFirst);
    assertThat(hello).startsWith(22, 3, 3);
    int sessionId = hello[5 + 4 + 2 + 32];
    assertThat(hello[5 + 4 + 2 + 32 + 1 + sessionId + 2]).as("compression_method").isZero();
  }

  @Test
  void renegotiationIsIndicatedAndAClientThatBeginsOneIsClosed() throws Exception {
    assertThat(openssl("-tls1_2")).contains("Secure Renegotiation IS supported");
    OpenSsl.require("openssl");
    String at = "127.0.0.1:" + server.port();
    assertThat(OpenSsl.talk("R\n", "openssl", "s_client", "-tls1_2", "-connect", at))
        .contains("RENEGOTIATING")
        .doesNotContain("HTTP/1.1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http/1.1 | ALPN protocol: http/1.1 | true",
        "h2,http/1.1 | ALPN protocol: http/1.1 | true",
        "h9,http/1.1 | ALPN protocol: http/1.1 | true",
        "h2 | alert no application protocol | false",
        "http/1.0,h9 | alert no application protocol | false"
      })
  void aProtocolIsChosenOrRefused(String offered, String said, boolean answered) throws Exception {
    for (String version : new String[] {"-tls1_2", "-tls1_3"}) {
      String output = openssl(version, "-alpn", offered);
      assertThat(output).contains(said);
      assertThat(output.contains("answered")).isEqualTo(answered);
    }
  }

  @Test
  void whoOffersNoProtocolIsServed() throws Exception {
    assertThat(openssl()).contains("answered", "No ALPN negotiated");
  }

  // ---- client certificates

  /** With a certificate that is signed by itself, which no CA has issued. */
  @ParameterizedTest
  @CsvSource({
    "want.example,-tls1_2,true,false,true",
    "want.example,-tls1_3,true,false,true",
    "need.example,-tls1_2,false,false,true",
    "need.example,-tls1_3,false,false,true"
  })
  void aClientIsServedByItsCertificate(
      String name,
      String version,
      boolean without,
      boolean withStranger,
      boolean withRight,
      @TempDir Path folder)
      throws Exception {
    String key = folder.resolve("key").toString();
    String certificate = folder.resolve("certificate").toString();
    OpenSsl.require("openssl");
    OpenSsl.run(
        "",
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=stranger"
            .concat(" -keyout " + key + " -out " + certificate)
            .split(" "));

    assertThat(served(name, version)).isEqualTo(without);
    assertThat(served(name, version, "-cert", certificate, "-key", key)).isEqualTo(withStranger);
    String right = TlsFixture.file("client.pem").toString();
    String rightKey = TlsFixture.file("client.key").toString();
    assertThat(served(name, version, "-cert", right, "-key", rightKey)).isEqualTo(withRight);
  }

  private boolean served(String name, String... options) throws Exception {
    String output = OpenSsl.client(server.port(), name, options);
    boolean answered = output.contains("answered");
    assertThat(output).contains(answered ? "HTTP/1.1 200" : "alert");
    return answered;
  }

  // ---- sessions

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_3", "-tls1_2", "-tls1_2 -no_ticket"})
  void sessionsAreResumed(String how, @TempDir Path folder) throws Exception {
    String session = folder.resolve("session").toString();
    assertThat(openssl((how + " -sess_out " + session).split(" "))).contains("answered", "New, ");
    assertThat(openssl((how + " -sess_in " + session).split(" "))).contains("answered", "Reused, ");
  }

  @Test
  void aSessionOfOneNamesKeysIsNotResumedByAnother(@TempDir Path folder) throws Exception {
    String session = folder.resolve("session").toString();
    assertThat(openssl("-sess_out", session)).contains("answered");
    assertThat(OpenSsl.client(server.port(), "shop.example", "-sess_in", session))
        .contains("answered", "New, ");
  }

  // ---- server names

  @ParameterizedTest
  @CsvSource({
    "shop.example,shop.example",
    "SHOP.Example,shop.example",
    "www.shop.example,shop.example",
    "a.b.shop.example,localhost",
    "shop.example.org,localhost",
    "unknown.example,localhost",
    "127.0.0.1,localhost"
  })
  void theNameAskedForChoosesTheKeys(String asked, String shown) throws Exception {
    assertThat(OpenSsl.client(server.port(), asked)).contains("answered", "subject=CN = " + shown);
  }

  @Test
  void whoAsksForNoNameIsShownTheDefault() throws Exception {
    OpenSsl.require("openssl");
    String at = "127.0.0.1:" + server.port();
    assertThat(OpenSsl.run("", "openssl", "s_client", "-noservername", "-connect", at))
        .contains("subject=CN = localhost");
  }

  /** The first record of the answer. */
  private byte[] answerTo(byte[] hello) throws IOException {
    try (WirePeer peer = WirePeer.connect(server.port())) {
      byte[] header = peer.send(hello).in().readNBytes(5);
      return RawHello.concat(header, peer.in().readNBytes((header[3] << 8) + (header[4] & 0xff)));
    }
  }
}
