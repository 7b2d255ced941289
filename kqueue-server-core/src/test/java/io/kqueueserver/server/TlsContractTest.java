package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.Headers;
import io.kqueueserver.net.tls.TlsOptions;
import io.kqueueserver.net.tls.TlsProfile;
import io.kqueueserver.stats.TlsFailure;
import io.kqueueserver.stats.TlsStats;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.function.Function;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the contract of {@code SSLEngine} allows an engine to do, and the JDK's does not. */
class TlsContractTest {
  private static final String LONG = "a response of several records. ".repeat(10_000);

  @RegisterExtension final ServerExtension server = ServerExtension.with(b -> b.loops(1));

  private void restart(Function<SSLEngine, SSLEngine> twist) {
    server.restart(
        builder ->
            builder.tls(TlsOptions.of(TlsProfile.of(TwistedTls.of(TlsFixture.server(), twist)))));
    server.on("/a", exchange -> ServerExtension.answer(exchange, 200, LONG));
  }

  private void assertServes(Function<SSLEngine, SSLEngine> twist) throws IOException {
    restart(twist);
    Socket raw = new Socket(InetAddress.getLoopbackAddress(), server.port());
    WirePeer peer = server.add(WirePeer.on(TlsFixture.over(raw)));
    for (int i = 0; i < 2; i++) {
      assertThat(peer.get("/a").response().body().equals(LONG)).isTrue();
    }
    peer.send("GET /a HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
    assertThat(peer.response().status()).isEqualTo(200);
    byte[] goodbye = raw.getInputStream().readAllBytes(); // no JDK client minds its absence
    assertThat(goodbye.length).as("close_notify").isBetween(7, 64);
  }

  /** As Conscrypt does at the end of a handshake of TLS 1.3. */
  @Test
  void aWrapMayBringNothingAndBeAStepAllTheSame() throws IOException {
    assertServes(
        engine ->
            new TwistedTls.Engine(engine) {
              private boolean paused;

              @Override
              public SSLEngineResult wrap(ByteBuffer[] from, int offset, int length, ByteBuffer to)
                  throws SSLException {
                HandshakeStatus status = engine.getHandshakeStatus();
                paused = !paused && status == HandshakeStatus.NEED_WRAP;
                return paused
                    ? new SSLEngineResult(Status.OK, status, 0, 0)
                    : super.wrap(from, offset, length, to);
              }
            });
  }

  /**
   * As the JDK's does beyond {@code jdk.tls.keyLimits}, until it is answered. A client that writes
   * all before it reads answers with as many records in a row.
   */
  @Test
  void anEngineMayAskForNewKeysWithEveryRecordThatItOpens() throws IOException {
    restart(
        engine ->
            new TwistedTls.Engine(engine) {
              @Override
              public SSLEngineResult unwrap(
                  ByteBuffer from, ByteBuffer[] to, int offset, int length) throws SSLException {
                SSLEngineResult result = super.unwrap(from, to, offset, length);
                if (result.bytesProduced() > 0
                    && engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING) {
                  engine.beginHandshake(); // TLS 1.3: a KeyUpdate that asks for one
                }
                return result;
              }
            });
    server.on(
        "/upload",
        exchange -> {
          exchange.listener(
              new ExchangeListener() {
                @Override
                public void onBody(ByteBuffer data) {
                  exchange.demand(1);
                }

                @Override
                public void onBodyComplete(Headers trailers) {
                  ServerExtension.answer(exchange, 200, LONG);
                }
              });
          exchange.demand(1);
        });
    WirePeer peer =
        server.add(
            WirePeer.on(
                TlsFixture.over(new Socket(InetAddress.getLoopbackAddress(), server.port()))));
    for (int i = 0; i < 3; i++) {
      peer.send("POST /upload HTTP/1.1\r\nHost: t\r\nContent-Length: 2000000\r\n\r\n");
      assertThat(peer.send(new byte[2_000_000]).response().body().equals(LONG)).isTrue();
    }
    TlsStats stats = server.workers().get(0).loop().stats().tls;
    assertThat(stats.failures(TlsFailure.BAD_RECORD)).isZero();
  }

  /** As Conscrypt's does: not NEED_WRAP, though close_notify waits. */
  @Test
  void aClosedEngineNeedNotSayThatItHasGoodbyeToSay() throws IOException {
    assertServes(
        engine ->
            new TwistedTls.Engine(engine) {
              private boolean closed;

              @Override
              public void closeOutbound() {
                closed = true;
                super.closeOutbound();
              }

              @Override
              public HandshakeStatus getHandshakeStatus() {
                return closed ? HandshakeStatus.NOT_HANDSHAKING : super.getHandshakeStatus();
              }
            });
  }

  @Test
  void aPacketMayNeedMoreRoomThanARecordAndTheSessionSaysHowMuch() throws IOException {
    int packet = 200_000;
    assertServes(
        engine ->
            new TwistedTls.Engine(engine) {
              @Override
              public SSLEngineResult wrap(ByteBuffer[] from, int offset, int length, ByteBuffer to)
                  throws SSLException {
                return to.remaining() < packet
                    ? new SSLEngineResult(Status.BUFFER_OVERFLOW, getHandshakeStatus(), 0, 0)
                    : super.wrap(from, offset, length, to);
              }

              @Override
              public SSLSession getSession() {
                SSLSession session = super.getSession();
                return (SSLSession)
                    Proxy.newProxyInstance(
                        TlsContractTest.class.getClassLoader(),
                        new Class<?>[] {SSLSession.class},
                        (proxy, method, arguments) ->
                            method.getName().equals("getPacketBufferSize")
                                ? packet
                                : method.invoke(session, arguments));
              }
            });
  }
}
