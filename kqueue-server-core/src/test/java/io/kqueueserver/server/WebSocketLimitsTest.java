package io.kqueueserver.server;

import static io.kqueueserver.http.ws.ClientFrames.BINARY;
import static io.kqueueserver.http.ws.ClientFrames.FIN;
import static io.kqueueserver.http.ws.ClientFrames.RSV1;
import static io.kqueueserver.http.ws.ClientFrames.close;
import static io.kqueueserver.http.ws.ClientFrames.deflated;
import static io.kqueueserver.http.ws.ClientFrames.frame;
import static io.kqueueserver.http.ws.ClientFrames.join;
import static io.kqueueserver.http.ws.ClientFrames.text;
import static io.kqueueserver.http.ws.ClientFrames.times;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.http.ws.MessageLimits;
import io.kqueueserver.http.ws.WebSocketOptions;
import io.kqueueserver.http.ws.ZlibLender;
import io.kqueueserver.stats.Limit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Bounds on what clients send and on what sessions hold: how each ends, and that it is counted. */
class WebSocketLimitsTest {
  private static final int KIB = 1024;

  @RegisterExtension final ServerExtension server = ServerExtension.with(b -> b.loops(1));

  @BeforeEach
  void serveEcho() {
    server.on("/ws", exchange -> WebSocketServerTest.upgrade(exchange, EchoListener::new));
  }

  private static byte[] noise(int size) {
    byte[] noise = new byte[size];
    new Random(1).nextBytes(noise);
    return noise;
  }

  static Stream<Arguments> messages() {
    byte[] half = frame(BINARY, new byte[40 * KIB]);
    byte[] empty = frame(0, "");
    return Stream.of(
        Arguments.of(Limit.WEBSOCKET_FRAME_SIZE, 1009, frame(FIN | BINARY, new byte[64 * KIB + 1])),
        Arguments.of(
            Limit.WEBSOCKET_MESSAGE_SIZE, 1009, join(half, frame(FIN, new byte[24 * KIB + 1]))),
        Arguments.of(
            Limit.WEBSOCKET_MESSAGE_SIZE,
            1009,
            frame(FIN | RSV1 | BINARY, deflated(join(new byte[60 * KIB], noise(5 * KIB))))),
        Arguments.of(
            Limit.WEBSOCKET_FRAGMENTS, 1008, join(frame(BINARY, "a"), times(1024, frame(0, "a")))),
        Arguments.of(Limit.WEBSOCKET_FRAGMENTS, 1008, join(frame(BINARY, "a"), times(17, empty))));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void aMessageBeyondADefaultLimitEndsItsSession(Limit limit, int code, byte[] frames) {
    WebSocketPeer peer = WebSocketPeer.open(server.connect(), WebSocketPeer.DEFLATE + "\r\n");
    assertThat(peer.send(frames).rest()).containsExactly("CLOSE " + code, "END");
    assertThat(server.limitHits(limit)).isEqualTo(1);
  }

  @Test
  void aMessageOfJustTheLimitsIsEchoed() {
    WebSocketPeer peer = WebSocketPeer.open(server.connect(), "");
    byte[] fragments =
        join(frame(BINARY, "a"), times(1022, frame(0, "a")), frame(FIN, new byte[64 * KIB - 1023]));
    peer.send(frame(FIN | BINARY, new byte[64 * KIB]), fragments, close(1000, ""));
    List<String> rest = peer.rest();
    assertThat(rest).hasSize(4).endsWith("CLOSE 1000", "END");
    assertThat(rest.subList(0, 2)).allMatch(line -> line.startsWith("BINARY of 65536"));
  }

  @Test
  void aMessageThatInflatesTooFarEndsItsSession() {
    MessageLimits large = new MessageLimits(64 * KIB, 16 << 20, 1024, 16, 200);
    server.restart(builder -> builder.webSocket(options(large, false)));
    WebSocketPeer peer = WebSocketPeer.open(server.connect(), WebSocketPeer.DEFLATE + "\r\n");
    byte[] bomb = frame(FIN | RSV1 | BINARY, deflated(new byte[8 << 20]));
    assertThat(peer.send(bomb).rest()).containsExactly("CLOSE 1009", "END");
    assertThat(server.limitHits(Limit.WEBSOCKET_INFLATE_RATIO)).isEqualTo(1);
  }

  private static WebSocketOptions options(MessageLimits messages, boolean takeover) {
    WebSocketOptions defaults = WebSocketOptions.DEFAULTS;
    return new WebSocketOptions(
        messages,
        true,
        takeover,
        defaults.maxControlFrames(),
        defaults.maxQueuedBytes(),
        defaults.timeouts(),
        0);
  }

  /**
   * With context takeover each session keeps its deflater: 64 MiB of them on a loop, and no more.
   */
  @Test
  void sessionsBeyondTheDeflatersOfALoopAreSentPlainMessages() throws Exception {
    server.restart(builder -> builder.webSocket(options(MessageLimits.DEFAULTS, true)));
    int most = 64 * KIB * KIB / ZlibLender.DEFLATER_BYTES;
    List<WirePeer> wires = new ArrayList<>();
    int compressed = 0;
    for (int i = 0; i < most + 3; i++) {
      WirePeer wire = server.connect();
      wires.add(wire);
      wire.send(WebSocketPeer.OFFER + WebSocketPeer.DEFLATE + "\r\n\r\n").response();
      wire.send(text("a".repeat(300)));
      compressed += isCompressed(wire) ? 1 : 0;
    }
    assertThat(compressed).isEqualTo(most);
    assertThat(server.limitHits(Limit.WEBSOCKET_DEFLATERS)).isEqualTo(3);
    wires.get(0).send(close(1000, ""));
    assertThat(wires.get(0).in().read()).isEqualTo(0x88);
    wires.forEach(WirePeer::close);
  }

  /** Reads the one frame of the echo. */
  private static boolean isCompressed(WirePeer wire) throws Exception {
    int first = wire.in().read();
    int length = wire.in().read();
    if (length == 126) {
      length = wire.in().read() << 8 | wire.in().read();
    }
    assertThat(wire.in().readNBytes(length)).hasSize(length);
    return (first & 0x40) != 0;
  }
}
