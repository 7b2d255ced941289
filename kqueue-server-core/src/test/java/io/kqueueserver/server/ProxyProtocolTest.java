package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.coding.Compression;
import io.kqueueserver.ip.IpRanges;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ProxyProtocolTest {
  private static final String V1 = "PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n";
  private static final String V1_IPV6 = "PROXY TCP6 2001:db8::7 2001:db8::1 56324 443\r\n";
  private static final String V2 =
      binary("21 11 0013 CB007107 C0000201 DC04 01BB 04 0004 00000000");
  private static final String V2_LOCAL = binary("20 00 0000");
  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(builder -> builder.proxyProtocol(ProxyProtocol.ON))
          .on("/", exchange -> ServerExtension.answer(exchange, 200, addresses(exchange)));

  private static String addresses(Exchange exchange) {
    return shown(exchange.remoteAddress()) + " " + shown(exchange.localAddress());
  }

  private static String shown(InetSocketAddress address) {
    return address.getAddress().getHostAddress() + ":" + address.getPort();
  }

  private static String binary(String hex) {
    byte[] bytes = HexFormat.of().parseHex("0D0A0D0A000D0A515549540A" + hex.replace(" ", ""));
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private String own(WirePeer peer) {
    return "127.0.0.1:" + peer.socket.getLocalPort() + " 127.0.0.1:" + server.port();
  }

  // ---- what a header does

  @Test
  void theAddressesAreThoseTheProxyTells() {
    for (ProxyProtocol mode : List.of(ProxyProtocol.ON, ProxyProtocol.AUTO)) {
      server.restart(builder -> builder.proxyProtocol(mode));
      String told = "203.0.113.7:56324 192.0.2.1:443";
      assertThat(server.connect().send(V1 + GET).response().body()).isEqualTo(told);
      assertThat(server.connect().send(V2 + GET).response().body()).isEqualTo(told);
      assertThat(server.connect().send(V1_IPV6 + GET).response().body())
          .isEqualTo("2001:db8:0:0:0:0:0:7:56324 2001:db8:0:0:0:0:0:1:443");
    }
  }

  @Test
  void aProxyThatSpeaksForItselfHasItsOwnAddresses() {
    for (String header : List.of(V2_LOCAL, "PROXY UNKNOWN\r\n")) {
      WirePeer peer = server.connect();
      assertThat(peer.send(header + GET).response().body()).isEqualTo(own(peer));
    }
  }

  @Test
  void aClientThatItsProxyDoesNotNameIsNotKnownThoughTheProxyIs() {
    server.on(
        "/known", exchange -> ServerExtension.answer(exchange, 200, "" + exchange.isClientKnown()));
    for (boolean compressed : new boolean[] {false, true}) {
      if (compressed) {
        server.restart(builder -> builder.compression(Compression.DEFAULTS));
      }
      for (String header :
          List.of(
              "PROXY UNKNOWN\r\n", binary("21 00 0000"), binary("21 31 00D8" + "00".repeat(216)))) {
        assertThat(server.connect().send(header).get("/known").response().body())
            .isEqualTo("false");
      }
      for (String header : List.of(V1, V2, V2_LOCAL)) {
        assertThat(server.connect().send(header).get("/known").response().body()).isEqualTo("true");
      }
    }
  }

  @Test
  void theHeaderMayComeByteByByteAndTheRequestLater() {
    WirePeer peer = server.connect();
    for (int i = 0; i < V2.length(); i++) {
      peer.send(V2.substring(i, i + 1));
    }
    assertThat(peer.get("/").response().body()).startsWith("203.0.113.7:56324");
  }

  @Test
  void itIsReadOncePerConnection() {
    WirePeer peer = server.connect().send(V1 + GET + GET);
    assertThat(peer.response().status()).isEqualTo(200);
    assertThat(peer.response().body()).startsWith("203.0.113.7:56324");
    assertThat(peer.send(V1 + GET).response().status()).isEqualTo(400);
  }

  @Test
  void observersSeeTheClient() {
    server.connect().send(V1 + GET).response();
    assertThat(server.workers())
        .flatExtracting(
            worker ->
                IntStream.range(0, worker.slots())
                    .mapToObj(worker::observe)
                    .filter(Objects::nonNull)
                    .toList())
        .singleElement()
        .satisfies(view -> assertThat(shown(view.socket().peer())).isEqualTo("203.0.113.7:56324"));
  }

  // ---- who must send one

  @Test
  void whatIsNoHeaderClosesTheConnectionUnanswered() {
    List<String> bad =
        List.of(GET, "PROXY TCP4 nobody\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 0 70000\r\n");
    for (String bytes : bad) {
      assertThat(server.connect().send(bytes).isClosedByServer()).as(bytes).isTrue();
    }
    assertThat(server.closed(CloseReason.PROXY_HEADER)).isEqualTo(3);
  }

  @Test
  void aHeaderCutOffByFinIsRefused() {
    WirePeer peer = server.connect().send("PROXY TCP4 ").shutdownOutput();
    assertThat(peer.isClosedByServer()).isTrue();
    assertThat(server.closed(CloseReason.PROXY_HEADER)).isEqualTo(1);
  }

  @Test
  void aHealthCheckThatOnlyConnectsIsNoError() {
    server.connect().close();
    await().until(() -> server.closed(CloseReason.PEER_CLOSED) == 1);
    assertThat(server.closed(CloseReason.PROXY_HEADER)).isZero();
  }

  @Test
  void whoIsNotTrustedIsClosedThoughItSendsAHeader() {
    server.restart(builder -> builder.trustedProxies(IpRanges.of(List.of("192.0.2.0/24"))));
    WirePeer peer = server.connect();
    assertThat(peer.isClosedByServer()).isTrue();
    assertThat(server.closed(CloseReason.PROXY_HEADER)).isEqualTo(1);
  }

  // ---- auto

  @Test
  void plainClientsAreServedBesideProxies() {
    server.restart(builder -> builder.proxyProtocol(ProxyProtocol.AUTO));
    WirePeer plain = server.connect();
    assertThat(plain.send(GET).response().body()).isEqualTo(own(plain));
    // Its first bytes could be a header up to the one that tells.
    WirePeer slow = server.connect().send("P");
    slow.send("ROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n");
    assertThat(slow.response().body()).isEqualTo(own(slow));
  }

  @Test
  void withAutoAMalformedHeaderIsStillClosed() {
    server.restart(builder -> builder.proxyProtocol(ProxyProtocol.AUTO));
    assertThat(server.connect().send("PROXY TCP4 nobody\r\n").isClosedByServer()).isTrue();
  }

  @Test
  void withAutoAHeaderOfSomebodyNotTrustedIsABadRequest() {
    server.restart(
        builder ->
            builder
                .proxyProtocol(ProxyProtocol.AUTO)
                .trustedProxies(IpRanges.of(List.of("192.0.2.0/24"))));
    WirePeer plain = server.connect();
    assertThat(plain.send(GET).response().body()).isEqualTo(own(plain));
    assertThat(server.connect().send(V1 + GET).response().status()).isEqualTo(400);
  }

  @Test
  void offMeansThatAHeaderIsABadRequest() {
    server.restart(builder -> builder.proxyProtocol(ProxyProtocol.OFF));
    assertThat(server.connect().send(V1 + GET).response().status()).isEqualTo(400);
  }

  // ---- bounds

  @Test
  void aHeaderThatDoesNotComeInTimeClosesTheConnection() {
    server.restart(builder -> builder.headerTimeout(Duration.ofMillis(50)));
    assertThat(server.connect().send("PROXY ").isClosedByServer()).isTrue();
    assertThat(server.closed(CloseReason.HEADER_TIMEOUT)).isEqualTo(1);
    assertThat(server.limitHits(Limit.HEADER_TIMEOUT)).isEqualTo(1);
  }

  @Test
  void aHeaderLongerThanTheReadBufferIsRefused() {
    server.restart(builder -> builder.readBufferBytes(1024));
    server.connect().send(binary("21 00 0700" + "00".repeat(0x700)) + GET);
    await().until(() -> server.closed(CloseReason.PROXY_HEADER) == 1);
  }

  @Test
  void connectionsThatHaveNotGreetedCountAndEndWithADrain() {
    WirePeer peer = server.connect().send("PROXY ");
    await().until(() -> server.server().connections() == 1);
    server.server().drain(() -> {});
    assertThat(peer.isClosedByServer()).isTrue();
    assertThat(server.closed(CloseReason.DRAIN)).isEqualTo(1);
  }

  @Test
  void connectionsThatHaveNotGreetedEndWithTheServer() {
    WirePeer peer = server.connect().send("PROXY ");
    await().until(() -> server.server().connections() == 1);
    server.server().stop();
    assertThat(peer.isClosedByServer()).isTrue();
  }

  @Test
  void aHeaderThatAnnouncesMoreThanWeTakeIsRefusedBeforeThatComes() {
    assertThat(server.connect().send(binary("21 11 FFFF")).isClosedByServer()).isTrue();
    assertThat(server.closed(CloseReason.PROXY_HEADER)).isEqualTo(1);
  }

  // ---- before TLS

  @Test
  void tlsBeginsRightBehindTheHeader() throws Exception {
    server.restart(builder -> builder.tls(TlsFixture.server()));
    for (String header : List.of(V1, V2)) {
      Socket raw = new Socket(InetAddress.getLoopbackAddress(), server.port());
      raw.getOutputStream().write(header.getBytes(StandardCharsets.ISO_8859_1));
      WirePeer peer = server.add(WirePeer.on(TlsFixture.over(raw)));
      assertThat(peer.get("/").response().body()).isEqualTo("203.0.113.7:56324 192.0.2.1:443");
    }
    byte[] both = RawHello.concat(V2.getBytes(StandardCharsets.ISO_8859_1), RawHello.jdk());
    assertThat(server.connect().send(both).in().read()).as("a flight").isEqualTo(22);
  }

  @Test
  void tlsWithoutAHeaderIsClosedOrServedAsTheModeSays() throws Exception {
    server.restart(builder -> builder.tls(TlsFixture.server()));
    assertThat(server.connect().send(RawHello.jdk()).isClosedByServer()).isTrue();
    assertThat(server.closed(CloseReason.PROXY_HEADER)).isEqualTo(1);

    server.restart(builder -> builder.tls(TlsFixture.server()).proxyProtocol(ProxyProtocol.AUTO));
    assertThat(server.connect(TlsFixture.client()).get("/").response().status()).isEqualTo(200);
  }

  @Test
  void theTimeForAHandshakeBeginsWithTheEndOfTheHeader() {
    server.restart(
        builder -> builder.tls(TlsFixture.server()).tlsHandshakeTimeout(Duration.ofMillis(50)));
    WirePeer peer = server.connect().send(V1).send(new byte[] {22, 3});

    assertThat(peer.isClosedByServer()).isTrue();
    await().until(() -> server.closed(CloseReason.HANDSHAKE_TIMEOUT) == 1);
  }
}
