package io.kqueueserver.server;

import static io.kqueueserver.http.h2.Frames.join;
import static io.kqueueserver.http.h2.Frames.octets;
import static io.kqueueserver.http.h2.Frames.setting;
import static io.kqueueserver.server.Http2Peer.data;
import static io.kqueueserver.server.Http2Peer.ping;
import static io.kqueueserver.server.Http2Peer.windowUpdate;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.Headers;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.Setting;
import io.kqueueserver.server.Http2Peer.Frame;
import io.kqueueserver.stats.Limit;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Control frames beside DATA, as gRPC's flow control sends them, and the bound on those per second.
 * The clock of the loop stands still, so that every frame comes within the same second.
 */
@Timeout(30)
class Http2ControlBudgetTest {
  private static final int FRAMES = 500;
  private static final byte[] OCTET = octets('x');

  private ProtocolServer server;
  private Http2Peer peer;

  @BeforeEach
  void serve() {
    long now = System.nanoTime();
    server =
        new ProtocolServer(
            false,
            ProtocolServer::http2,
            List.of(),
            Http2ControlBudgetTest::handle,
            10_000,
            () -> now);
  }

  @AfterEach
  void close() {
    peer.close();
    server.close();
  }

  /** Answers a GET with as many bytes as there are frames, and a POST after its body. */
  private static void handle(Exchange exchange) {
    if (exchange.request().method().equals("GET")) {
      respond(exchange);
      return;
    }
    exchange.listener(
        new ExchangeListener() {
          @Override
          public void onBodyComplete(Headers trailers) {
            respond(exchange);
          }
        });
    exchange.demand(Long.MAX_VALUE);
  }

  private static void respond(Exchange exchange) {
    exchange.respond(200, ServerExtension.TEXT, FRAMES);
    exchange.write(ByteBuffer.allocate(FRAMES), null);
    exchange.finish();
  }

  /** The stream's initial credit is one byte, so that each byte of a response is a frame. */
  private void start() {
    peer =
        Http2Peer.clear(server.port()).start(setting(Setting.INITIAL_WINDOW_SIZE.identifier(), 1));
  }

  /** So many PINGs and ten WINDOW_UPDATEs, one of which gives credit for a byte of the stream. */
  private static byte[] controls(int pings) {
    byte[][] frames = new byte[pings + 10][];
    for (int i = 0; i < frames.length; i++) {
      frames[i] = i < pings ? ping(i) : windowUpdate(i == pings ? 1 : 0, 1);
    }
    return join(frames);
  }

  private long hits() {
    return server.loop().stats().limitHits(Limit.HTTP2_CONTROL_FRAMES);
  }

  private void upload(int pings) {
    byte[] controls = controls(pings);
    peer.post(1, "/");
    for (int i = 1; i <= FRAMES; i++) {
      peer.send(data(1, i == FRAMES, OCTET), controls);
      for (int acks = 0; acks < pings; acks++) {
        peer.await(FrameType.PING, 0); // no queue of answers is met before the bound per second
      }
    }
  }

  private void download(int pings) {
    byte[] controls = controls(pings);
    peer.get(1, "/");
    for (boolean ended = false; !ended; ) {
      Frame frame = peer.await(FrameType.DATA, 1);
      assertThat(frame.payload()).hasSizeLessThanOrEqualTo(1);
      ended = frame.endsStream();
      peer.send(controls);
    }
  }

  /** The end by the bound; the client may meet it while it sends. */
  private void assertEndsByTheBound(Runnable exchange) {
    try {
      exchange.run();
    } catch (AssertionError | UncheckedIOException e) {
      // The server has closed, and says why.
    }
    Frame goAway = peer.goAway();
    assertThat(goAway.code()).isEqualTo(ErrorCode.ENHANCE_YOUR_CALM);
    assertThat(goAway.debug()).contains(Limit.HTTP2_CONTROL_FRAMES.property());
    assertThat(hits()).isEqualTo(1);
  }

  @Test
  void onePingAndTenUpdatesPerFrameReceivedSpendNothing() {
    start();
    upload(1);
    assertThat(peer.answer(1).status()).isEqualTo(200);
    peer.settle();
    assertThat(hits()).isZero();
  }

  @Test
  void onePingAndTenUpdatesPerFrameSentSpendNothing() {
    start();
    download(1);
    peer.settle();
    assertThat(hits()).isZero();
  }

  @Test
  void anotherPingPerFrameReceivedIsAFlood() {
    start();
    assertEndsByTheBound(() -> upload(2));
  }

  @Test
  void anotherPingPerFrameSentIsAFlood() {
    start();
    assertEndsByTheBound(() -> download(2));
  }
}
