package io.kqueueserver.server;

import static io.kqueueserver.http.ws.ClientFrames.close;
import static io.kqueueserver.http.ws.ClientFrames.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.http.ws.DeflatedRows;
import io.kqueueserver.http.ws.FrameRow;
import io.kqueueserver.http.ws.FrameRows;
import io.kqueueserver.http.ws.MessageLimits;
import io.kqueueserver.http.ws.WebSocketOptions;
import io.kqueueserver.server.Http2Peer.Frame;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The same sessions on streams of one HTTP/2 connection (RFC 8441). */
class WebSocketOverHttp2Test {
  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(
          builder -> builder.loops(1).http2(Http2Options.DEFAULTS.connectProtocol(true)));

  private Http2ExchangeClient client;

  @BeforeEach
  void serveEcho() {
    server.on("/ws", exchange -> WebSocketServerTest.upgrade(exchange, EchoListener::new));
  }

  private void connect() {
    Http2Peer peer = Http2Peer.on(server.connect());
    client = new Http2ExchangeClient(peer);
  }

  private Http2ExchangePeer handshake(String version, String... more) {
    List<String> fields =
        new ArrayList<>(List.of(":scheme: http", ":path: /ws", ":protocol: websocket"));
    fields.add("sec-websocket-version: " + version);
    fields.addAll(List.of(more));
    return client.connect(false, fields);
  }

  private WebSocketPeer open(String... more) {
    Http2ExchangePeer stream = handshake("13", more);
    Frame head = stream.next();
    assertThat(head.is(FrameType.HEADERS)).as(head.toString()).isTrue();
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.fields().toString()).doesNotContain("accept").doesNotContain("upgrade");
    return new WebSocketPeer(new OnStream(stream), new StreamInput(stream));
  }

  private static final class OnStream implements WebSocketPeer.Carrier {
    private final Http2ExchangePeer stream;
    private boolean finished;

    OnStream(Http2ExchangePeer stream) {
      this.stream = stream;
    }

    @Override
    public void send(byte[] bytes) {
      stream.sendBody(new String(bytes, StandardCharsets.ISO_8859_1));
    }

    @Override
    public void finish() {
      if (!finished) {
        finished = true;
        stream.endBody();
      }
    }

    @Override
    public void close() {
      finish();
      stream.close();
    }
  }

  @SuppressWarnings("InputStreamSlowMultibyteRead") // a few frames of a test
  private static final class StreamInput extends InputStream {
    private final Http2ExchangePeer stream;
    private byte[] current = {};
    private int at;
    private boolean ended;

    StreamInput(Http2ExchangePeer stream) {
      this.stream = stream;
    }

    @Override
    public int read() throws IOException {
      while (at == current.length) {
        if (ended) {
          return -1;
        }
        Frame frame = stream.next();
        if (!frame.is(FrameType.DATA)) {
          throw new IOException("reset: " + frame);
        }
        stream.giveCredit(frame);
        current = frame.payload();
        at = 0;
        ended = frame.endsStream();
      }
      return current[at++] & 0xff;
    }
  }

  @Test
  void everyRowOfBothTablesIsAnsweredSoOnAStream() {
    Stream.concat(FrameRows.all(), DeflatedRows.all())
        .collect(Collectors.groupingBy(FrameRow::limits))
        .forEach(this::replay);
  }

  private void replay(MessageLimits limits, List<FrameRow> rows) {
    WebSocketOptions options =
        new WebSocketOptions(
            limits, true, true, 1 << 20, 1 << 24, WebSocketOptions.DEFAULTS.timeouts(), 0);
    if (client != null) {
      client.close();
    }
    server.restart(builder -> builder.webSocket(options));
    connect();
    for (FrameRow row : rows) {
      WebSocketPeer peer =
          row.deflate() == null
              ? open()
              : open("sec-websocket-extensions: " + WebSocketPeer.offer(row.deflate()));
      peer.replay(row);
    }
    client.close();
  }

  @Test
  void aHandshakeThatIsWrongIsAnsweredWithItsStatusAndTheConnectionStays() {
    connect();
    assertThat(handshake("8").next().status()).isEqualTo(426);
    assertThat(open().send(text("a")).next()).isEqualTo("TEXT a");
    client.close();
  }

  @Test
  void aTunnelAndAnotherProtocolAreNoHandshake() {
    connect();
    List<String> tunnel = List.of("sec-websocket-version: 13");
    server.on("", exchange -> WebSocketServerTest.upgrade(exchange, EchoListener::new));
    assertThat(client.connect(false, tunnel).next().status()).isEqualTo(501);
    List<String> other =
        List.of(":scheme: http", ":path: /ws", ":protocol: webtransport", tunnel.get(0));
    assertThat(client.connect(false, other).next().status()).isEqualTo(501);
    client.close();
  }

  @Test
  void manySessionsShareAConnectionAndEndOnTheirOwn() {
    connect();
    List<WebSocketPeer> peers = Stream.generate(this::open).limit(20).toList();
    for (int i = 0; i < 20; i++) {
      peers.get(i).send(text("to " + i));
    }
    for (int i = 0; i < 20; i++) {
      assertThat(peers.get(i).next()).isEqualTo("TEXT to " + i);
    }
    assertThat(peers.get(7).send(close(1000, "")).rest()).containsExactly("CLOSE 1000", "END");
    peers.get(7).close();
    await().until(() -> server.server().running().webSockets().count() == 19);
    assertThat(peers.get(8).send(text("still")).next()).isEqualTo("TEXT still");
    client.close();
  }

  @Test
  void aConnectionThatHasItsAgeSends1001OnItsStream() {
    Duration age = Duration.ofMillis(250);
    server.restart(builder -> builder.connections(ConnectionOptions.DEFAULTS.maxAge(age)));
    connect();
    WebSocketPeer peer = open();
    assertThat(peer.next()).isEqualTo("CLOSE 1001");
    assertThat(peer.send(close(1001, "")).rest()).containsExactly("END");
    peer.close();
    await().until(() -> server.closed(CloseReason.CONNECTION_AGE) == 1);
    assertThat(server.limitHits(Limit.CONNECTION_AGE)).isEqualTo(1);
    client.close();
  }

  @Test
  void aDrainSends1001OnItsStream() throws Exception {
    connect();
    WebSocketPeer peer = open();
    CountDownLatch idle = new CountDownLatch(1);
    server.server().running().drain(idle::countDown);
    assertThat(peer.next()).isEqualTo("CLOSE 1001");
    assertThat(peer.send(close(1001, "")).rest()).containsExactly("END");
    peer.close();
    assertThat(idle.await(10, TimeUnit.SECONDS)).isTrue();
    client.close();
  }
}
