package io.kqueueserver.server;

import static io.kqueueserver.http.ws.ClientFrames.BINARY;
import static io.kqueueserver.http.ws.ClientFrames.CONTINUATION;
import static io.kqueueserver.http.ws.ClientFrames.FIN;
import static io.kqueueserver.http.ws.ClientFrames.RSV1;
import static io.kqueueserver.http.ws.ClientFrames.TEXT;
import static io.kqueueserver.http.ws.ClientFrames.close;
import static io.kqueueserver.http.ws.ClientFrames.deflated;
import static io.kqueueserver.http.ws.ClientFrames.frame;
import static io.kqueueserver.http.ws.ClientFrames.head;
import static io.kqueueserver.http.ws.ClientFrames.text;
import static io.kqueueserver.http.ws.ClientFrames.times;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.ws.Handshake;
import io.kqueueserver.http.ws.Opcode;
import io.kqueueserver.server.ws.Delivery;
import io.kqueueserver.server.ws.LoopWebSockets;
import io.kqueueserver.server.ws.WebSocket;
import io.kqueueserver.server.ws.WebSocketListener;
import io.kqueueserver.stats.Limit;
import io.kqueueserver.stats.WebSocketStats.Message;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Messages that are delivered as they arrive, with the default limits. */
class WebSocketPiecesTest {
  private static final int FRAME = 64 * 1024;
  private static final int FRAMES = 512;

  @RegisterExtension final ServerExtension server = ServerExtension.with(b -> b.loops(1));

  private final BlockingQueue<WebSocket> sockets = new LinkedBlockingQueue<>();

  /** Messages that are complete, in the form of {@code TEXT hello}, and ends. */
  private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();

  private final AtomicLong received = new AtomicLong();
  private final AtomicLong largest = new AtomicLong();
  private volatile long firstDemand = Long.MAX_VALUE;

  private final class Gathering implements WebSocketListener {
    private final WebSocket socket;
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();
    private long size;

    Gathering(WebSocket socket) {
      this.socket = socket;
    }

    @Override
    public void onOpen() {
      socket.demand(firstDemand);
      sockets.add(socket);
    }

    @Override
    public void onMessage(Opcode type, byte[] payload) {
      seen.add("a whole message");
    }

    @Override
    public void onPiece(Opcode type, byte[] payload, boolean last) {
      largest.accumulateAndGet(payload.length, Math::max);
      size += payload.length;
      if (type == Opcode.TEXT) {
        text.writeBytes(payload);
      }
      if (last) {
        String shown = type == Opcode.TEXT ? text.toString(StandardCharsets.UTF_8) : "of " + size;
        seen.add(type + " " + shown);
        size = 0;
        text.reset();
      }
      received.addAndGet(payload.length); // last, as the test goes on when this has changed
    }

    @Override
    public void onPong(byte[] payload) {
      seen.add("a pong");
    }

    @Override
    public void onClose(int code, String reason) {
      seen.add("closed " + code);
    }

    @Override
    public void onEnd() {}
  }

  @BeforeEach
  void receivePieces() {
    server.on(
        "/ws",
        exchange -> {
          LoopWebSockets webSockets = exchange.service(LoopWebSockets.class);
          webSockets.open(
              exchange,
              Handshake.of(exchange.request(), webSockets.options()),
              null,
              HeaderSource.NONE,
              Delivery.PIECES,
              Gathering::new);
        });
  }

  private WebSocketPeer open(String fields) {
    return WebSocketPeer.open(server.connect(), fields);
  }

  private String next() throws InterruptedException {
    return String.valueOf(seen.poll(20, TimeUnit.SECONDS));
  }

  /** 32 MiB, where a message may have 64 KiB. */
  private static void sendLarge(WebSocketPeer peer) {
    byte[] middle = frame(CONTINUATION, new byte[FRAME]);
    peer.send(frame(BINARY, new byte[FRAME]));
    for (int i = 2; i < FRAMES; i++) {
      peer.send(middle);
    }
    peer.send(frame(FIN, new byte[FRAME]));
  }

  @Test
  void aMessageBeyondTheLimitTakesOnePieceOfMemory() throws Exception {
    firstDemand = 1;
    WebSocketPeer peer = open("");
    WebSocket socket = sockets.take();
    Thread writer = new Thread(() -> sendLarge(peer));
    writer.start();
    await().until(() -> received.get() > 0);
    await().until(() -> server.sum(stats -> stats.bytesRead) > received.get());
    assertThat(server.sum(stats -> stats.bytesRead)).as("read ahead").isLessThan(1 << 20);
    List<Long> held = new ArrayList<>();
    while (seen.isEmpty()) {
      long before = received.get();
      socket.stream()
          .execute(
              () -> {
                held.add(server.sum(stats -> stats.heldBytes()));
                socket.demand(1);
              });
      await().pollDelay(0, TimeUnit.NANOSECONDS).until(() -> received.get() > before);
    }
    writer.join(10_000);
    assertThat(next()).isEqualTo("BINARY of " + FRAME * FRAMES);
    assertThat(received).hasValue((long) FRAME * FRAMES);
    assertThat(largest.get()).isLessThanOrEqualTo(FRAME);
    assertThat(held).hasSizeGreaterThan(100).allMatch(bytes -> bytes < 256 * 1024);
    assertThat(server.sum(stats -> stats.webSocket.receivedCount(Message.BINARY))).isEqualTo(1);
  }

  @Test
  void eachMessageEndsWithALastPieceHoweverItCame() throws Exception {
    WebSocketPeer peer = open(WebSocketPeer.DEFLATE + "\r\n");
    peer.send(text("one"), text(""), frame(TEXT, ""), frame(FIN, "two"), frame(TEXT, "th"));
    peer.send(frame(0x8a, "pong"), frame(FIN, "ree"));
    byte[] whole = text("zwölf");
    int middle = whole.length - 3; // inside a character
    peer.send(Arrays.copyOf(whole, middle));
    await().until(() -> received.get() > 11);
    peer.send(Arrays.copyOfRange(whole, middle, whole.length));
    String large = "a".repeat(20_000);
    peer.send(frame(FIN | RSV1 | TEXT, deflated(large.getBytes(StandardCharsets.US_ASCII))));
    peer.send(text("end"), close(1000, ""));
    for (String expected : List.of("one", "", "two", "three", "zwölf", large, "end")) {
      assertThat(next()).isEqualTo("TEXT " + expected);
    }
    assertThat(next()).isEqualTo("closed 1000");
    assertThat(peer.rest()).containsExactly("CLOSE 1000", "END");
  }

  @Test
  void theOtherLimitsHold() throws Exception {
    assertThat(open("").send(head(FIN | BINARY, FRAME + 1)).rest())
        .containsExactly("CLOSE 1009", "END");
    assertThat(server.limitHits(Limit.WEBSOCKET_FRAME_SIZE)).isEqualTo(1);
    byte[] frames = times(1024, frame(CONTINUATION, "b"));
    assertThat(open("").send(frame(BINARY, "a"), frames).rest())
        .containsExactly("CLOSE 1008", "END");
    assertThat(server.limitHits(Limit.WEBSOCKET_FRAGMENTS)).isEqualTo(1);
    byte[] bomb = deflated(new byte[8 << 20]);
    assertThat(open(WebSocketPeer.DEFLATE + "\r\n").send(frame(FIN | RSV1 | BINARY, bomb)).rest())
        .containsExactly("CLOSE 1009", "END");
    assertThat(server.limitHits(Limit.WEBSOCKET_INFLATE_RATIO)).isEqualTo(1);
    byte[] bad = frame(FIN | TEXT, new byte[] {'a', (byte) 0xff});
    assertThat(open("").send(bad).rest()).containsExactly("CLOSE 1007", "END");
  }
}
