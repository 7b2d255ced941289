package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.HttpVersion;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.Http2Defences;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.net.MinRate;
import io.kqueueserver.server.Http2Peer.Answer;
import io.kqueueserver.stats.CloseReason;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A request with a body that offers h2c: the body goes first, then HTTP/2 begins (RFC 7540 3.2).
 */
@Timeout(60)
class H2cUpgradeTest {
  private static final int MOST = 64 * 1024;
  private static final Http2Options UPGRADING =
      new Http2Options(true, false, 100, 4096, 2048, 65_535, 0, Http2Defences.DEFAULTS);

  @RegisterExtension
  final ServerExtension server = ServerExtension.with(builder -> builder.http2(UPGRADING).loops(1));

  private final BlockingQueue<HttpVersion> versions = new LinkedBlockingQueue<>();

  @BeforeEach
  void handlers() {
    server.on(
        "/echo",
        server.collecting(
            (x, body, trailers) -> {
              versions.add(x.request().version());
              answer(x, 200, body);
            }));
    server.on("/early", x -> answer(x, 200, "early"));
  }

  private static String request(String path, String framing, String body) {
    return "POST "
        + path
        + " HTTP/1.1\r\nHost: test\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        + "HTTP2-Settings: \r\n"
        + framing
        + "\r\n\r\n"
        + body;
  }

  private static String request(String path, String body) {
    return request(path, "Content-Length: " + body.length(), body);
  }

  private static Http2Peer switched(WirePeer wire) {
    assertThat(wire.response().head()).startsWith("HTTP/1.1 101");
    return Http2Peer.on(wire).start();
  }

  @Test
  void theBodyIsThatOfStreamOneWhereverTheBytesAreSplit() throws Exception {
    String request = request("/echo", "the body");
    for (int split = 1; split < request.length(); split++) {
      try (WirePeer wire = server.connect()) {
        wire.send(request.substring(0, split)).send(request.substring(split));
        assertThat(switched(wire).answer(1).body()).as("split at " + split).isEqualTo("the body");
        assertThat(versions.take()).isEqualTo(HttpVersion.HTTP_2);
      }
    }
  }

  @Test
  void bytesOneByOneAndFramesRightBehindTheBody() throws Exception {
    WirePeer slow = server.connect();
    for (byte octet : request("/echo", "the body").getBytes(StandardCharsets.ISO_8859_1)) {
      slow.send(new byte[] {octet});
    }
    assertThat(switched(slow).answer(1).body()).isEqualTo("the body");

    WirePeer eager = server.connect();
    byte[] request = request("/echo", "the body").getBytes(StandardCharsets.ISO_8859_1);
    eager.send(RawHello.concat(RawHello.concat(request, Http2Peer.PREFACE), Http2Peer.settings()));
    assertThat(eager.response().head()).startsWith("HTTP/1.1 101");
    Http2Peer peer = Http2Peer.on(eager);
    assertThat(peer.answer(1).body()).isEqualTo("the body");
    assertThat(peer.post(3, "/echo").send(Http2Peer.data(3, true, new byte[2])).answer(3).status())
        .isEqualTo(200);
  }

  /** 64 KiB, though the window of a stream is smaller: no window counts what came before. */
  @Test
  void theLongestBodyIsTakenAndGivesNoCreditThatWasNotSpent() throws Exception {
    WirePeer wire = server.connect();
    wire.send(request("/echo", "b".repeat(MOST)));
    Http2Peer peer = switched(wire);
    assertThat(peer.answer(1).body()).hasSize(MOST);
    peer.settle();
    assertThat(peer.passedOver()).noneMatch(f -> f.is(FrameType.WINDOW_UPDATE));
    assertThat(server.sum(stats -> stats.readAheadBytes)).as("bytes held").isZero();
  }

  @ParameterizedTest
  @CsvSource({"Content-Length: 65537,", "Transfer-Encoding: chunked,", "Content-Length: 8,Expect"})
  void aBodyThatIsLongerOrOfUnknownLengthOrWaitsStaysOnHttp1(String framing, String expectation)
      throws Exception {
    String body =
        switch (framing) {
          case "Content-Length: 65537" -> "b".repeat(MOST + 1);
          case "Transfer-Encoding: chunked" -> "8\r\nthe body\r\n0\r\n\r\n";
          default -> "the body";
        };
    String expect = expectation == null ? "" : "\r\nExpect: 100-continue";
    try (WirePeer wire = server.connect()) {
      wire.send(request("/echo", framing + expect, ""));
      if (expectation != null) {
        assertThat(wire.response().status()).isEqualTo(100);
      }
      wire.send(body);
      assertThat(wire.response().status()).isEqualTo(200);
      assertThat(versions.take()).isEqualTo(HttpVersion.HTTP_1_1);
    }
  }

  @Test
  void anAnswerThatDoesNotWaitForTheBodyIsCompleteAndResetsNothing() {
    WirePeer wire = server.connect();
    wire.send(request("/early", "b".repeat(5_000)));
    Http2Peer peer = switched(wire);
    Answer early = peer.answer(1);
    assertThat(early.body()).isEqualTo("early");
    peer.settle();
    assertThat(peer.passedOver()).noneMatch(f -> f.is(FrameType.RST_STREAM));
    assertThat(peer.get(3, "/early").answer(3).body()).isEqualTo("early");
  }

  @Test
  void aBodyThatDoesNotComeIsTimedOutAndOneThatIsCutReachesNoHandler() {
    server.restart(builder -> builder.bodyTimeout(Duration.ofMillis(200)));
    WirePeer slow = server.connect();
    slow.send(request("/echo", "Content-Length: 9", "the"));
    assertThat(slow.response().status()).isEqualTo(408);
    assertThat(slow.readAll()).isEmpty();
    await().until(() -> server.closed(CloseReason.BODY_TIMEOUT) == 1);
    WirePeer gone = server.connect();
    gone.send(request("/echo", "Content-Length: 9", "the"));
    gone.close();
    await().until(() -> server.closed(CloseReason.PEER_GONE) == 1);
    assertThat(server.server().activeExchanges()).as("requests that count as active").isZero();
    assertThat(versions).isEmpty();
  }

  @Test
  void aBodyThatComesTooSlowlyIsTimedOutBeforeItsUpgrade() {
    MinRate rate = new MinRate(100_000, Duration.ofMillis(200));
    server.restart(builder -> builder.pace(Pace.DEFAULTS.requests(rate)));
    WirePeer slow = server.connect();
    slow.send(request("/echo", "Content-Length: 9", "the"));
    assertThat(slow.response().status()).isEqualTo(408);
    assertThat(slow.readAll()).isEmpty();
    await().until(() -> server.closed(CloseReason.REQUEST_RATE) == 1);
    assertThat(versions).isEmpty();
  }

  @Test
  void aDrainWhileTheBodyComesLetsTheRequestBeServed() throws Exception {
    WirePeer wire = server.connect();
    wire.send(request("/echo", "Content-Length: 8", "the "));
    await().until(() -> server.sum(stats -> stats.bytesRead) > 100);
    assertThat(server.sum(stats -> stats.readAheadBytes)).as("bytes held").isBetween(8L, 500L);
    CountDownLatch idle = new CountDownLatch(1);
    server.server().running().drain(idle::countDown);
    CountDownLatch drained = new CountDownLatch(1);
    server.workers().get(0).loop().execute(drained::countDown); // behind the drain of the loop
    assertThat(drained.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(server.server().activeExchanges()).isEqualTo(1);
    assertThat(idle.getCount()).as("idle is not reported").isEqualTo(1);
    wire.send("body");
    Http2Peer peer = switched(wire);
    assertThat(peer.answer(1).body()).isEqualTo("the body");
    assertThat(peer.await(FrameType.GOAWAY, 0).code().number()).isZero();
    assertThat(idle.await(20, TimeUnit.SECONDS)).isTrue();
  }
}
