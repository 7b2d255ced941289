package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.stats.CloseReason;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a connection comes to its protocol: first bytes, ALPN, Upgrade; on sockets, byte by byte. */
class ProtocolSeamsTest {
  private static final String HTTP = "GET /a HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n";
  private static final String OFFER =
      "GET /up HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: other, SHOUT\r\n\r\n";
  private static final String SWITCHED =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: shout\r\nConnection: upgrade\r\n\r\n";
  private static final long LONG_MILLIS = 60_000;

  private final ShoutingProtocol shouting = new ShoutingProtocol();
  private ProtocolServer server;

  @AfterEach
  void close() {
    if (server != null) {
      server.close();
    }
  }

  private void start(boolean tls, long timeoutMillis) {
    server =
        new ProtocolServer(
            tls,
            List.of(shouting),
            List.of(shouting),
            exchange -> ServerExtension.answer(exchange, 200, "http " + exchange.request().path()),
            timeoutMillis);
  }

  private WirePeer connect(boolean tls) {
    return tls
        ? WirePeer.on(TlsFixture.connect(TlsFixture.client(), server.port()))
        : WirePeer.connect(server.port());
  }

  /** Each byte is read before the next one is sent. */
  private void sendByteByByte(WirePeer peer, String text) {
    for (int i = 0; i < text.length(); i++) {
      sendAlone(peer, text.substring(i, i + 1));
    }
  }

  /** Sends these bytes, at most one read's, and waits until they were read. */
  private void sendAlone(WirePeer peer, String text) {
    long before = bytesRead();
    peer.send(text);
    for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10); bytesRead() == before; ) {
      assertThat(System.nanoTime() - end).as("nanoseconds beyond patience").isNegative();
    }
  }

  private long bytesRead() {
    CompletableFuture<Long> read = new CompletableFuture<>();
    server.loop().execute(() -> read.complete(server.loop().stats().bytesRead));
    return read.join();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aPrefaceChoosesItsProtocolByteByByte(boolean tls) {
    start(tls, LONG_MILLIS);
    try (WirePeer peer = connect(tls)) {
      sendByteByByte(peer, ShoutingProtocol.PREFACE + "abc");
      String all = peer.shutdownOutput().readAll();
      assertThat(all).isEqualTo("[hello]" + ShoutingProtocol.PREFACE + "ABC");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsNoPrefaceIsHttpByteByByte(boolean tls) {
    start(tls, LONG_MILLIS);
    try (WirePeer peer = connect(tls)) {
      sendByteByByte(peer, HTTP);
      assertThat(peer.response().body()).isEqualTo("http /a");
    }
  }

  /** "PRI" is a method: the whole of it must reach HTTP/1.1. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void aBeginningThatTurnsOutToBeNoPrefaceIsHandedOverWhole(int shared) {
    start(false, LONG_MILLIS);
    String request =
        ShoutingProtocol.PREFACE.substring(0, shared)
            + "/x HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n";
    try (WirePeer peer = connect(false)) {
      sendAlone(peer, request.substring(0, shared));
      peer.send(request.substring(shared));
      assertThat(peer.response().status()).isEqualTo(shared == 4 ? 200 : 400);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aClientThatStopsInItsPrefaceIsClosedInTime(boolean tls) {
    start(tls, 100);
    try (WirePeer peer = connect(tls)) {
      peer.send("PRI");
      assertThat(peer.readAll()).isEmpty();
      await().until(() -> server.loop().stats().closedCount(CloseReason.HEADER_TIMEOUT) == 1);
    }
  }

  @Test
  void alpnChoosesWithoutFirstBytes() throws Exception {
    start(true, LONG_MILLIS);
    try (WirePeer peer = connect(true)) {
      SSLSocket socket = (SSLSocket) peer.socket;
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"other", "shout"});
      socket.setSSLParameters(parameters);
      peer.send("abc");
      assertThat(peer.shutdownOutput().readAll()).isEqualTo("[hello]ABC");
      assertThat(socket.getApplicationProtocol()).isEqualTo("shout");
    }
  }

  // ---- Upgrade

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anUpgradeTakesConnectionHeadAndTheBytesBehindIt(boolean tls) {
    start(tls, LONG_MILLIS);
    try (WirePeer peer = connect(tls)) {
      peer.send(OFFER + "behind");
      assertThat(peer.shutdownOutput().readAll()).isEqualTo(SWITCHED + "[hello]GET/upBEHIND");
    }
  }

  @Test
  void anUpgradeComesByteByByte() {
    start(false, LONG_MILLIS);
    try (WirePeer peer = connect(false)) {
      sendByteByByte(peer, OFFER + "behind");
      assertThat(peer.shutdownOutput().readAll()).isEqualTo(SWITCHED + "[hello]GET/upBEHIND");
    }
  }

  @Test
  void anUpgradeBehindPipelinedRequestsComesAfterTheirResponses() {
    start(false, LONG_MILLIS);
    try (WirePeer peer = connect(false)) {
      peer.send("GET /first HTTP/1.1\r\nHost: t\r\n\r\n" + OFFER + "behind");
      assertThat(peer.response().body()).isEqualTo("http /first");
      assertThat(peer.shutdownOutput().readAll()).isEqualTo(SWITCHED + "[hello]GET/upBEHIND");
    }
  }

  @Test
  void whatIsDeclinedStaysOnHttp() {
    start(false, LONG_MILLIS);
    try (WirePeer peer = connect(false)) {
      peer.send(OFFER.replace("/up", "/declined"));
      assertThat(peer.response().body()).isEqualTo("http /declined");
      peer.send(OFFER.replace("SHOUT", "unknown"));
      assertThat(peer.response().body()).isEqualTo("http /up");
      String keeping = OFFER.replace("n: Upgrade", "n: Upgrade, keep-alive");
      peer.send(keeping.replace("HTTP/1.1", "HTTP/1.0"));
      assertThat(peer.response().body()).as("RFC 9110 7.8").isEqualTo("http /up");
    }
    await().until(() -> server.loop().stats().closedCount(CloseReason.PEER_CLOSED) == 1);
  }

  /** The body would be the first bytes of the other protocol. */
  @Test
  void aRequestWithABodyStaysOnHttp() {
    start(false, LONG_MILLIS);
    try (WirePeer peer = connect(false)) {
      peer.send(OFFER.replace("GET", "POST").replace("Host: t", "Host: t\r\nContent-Length: 4"));
      assertThat(peer.send("body").response().body()).isEqualTo("http /up");
    }
  }
}
