package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.http.ws.ClientFrames;
import io.kqueueserver.http.ws.CompressionCase;
import io.kqueueserver.http.ws.DistanceWalker;
import io.kqueueserver.http.ws.MessageLimits;
import io.kqueueserver.http.ws.WebSocketOptions;
import io.kqueueserver.http.ws.WebSocketTimeouts;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.List;
import java.util.zip.Deflater;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The 216 cases of Autobahn's sections 12 and 13, whose files are not on Maven Central: a session
 * each, of a few messages where Autobahn sends a thousand. Answers are inflated by an inflater that
 * refuses distances above the window that was asked for.
 */
class WebSocketCompressionTest {
  private static final int LARGEST = 256 * 1024;
  private static final MessageLimits LIMITS = new MessageLimits(LARGEST, LARGEST, 1024, 16, 200);

  @RegisterExtension final ServerExtension server = ServerExtension.with(b -> b.loops(1));

  @BeforeEach
  void serveEcho() {
    server.on("/ws", exchange -> WebSocketServerTest.upgrade(exchange, EchoListener::new));
  }

  /** Autobahn's small window is 8 in some versions and 9 in others. */
  @ParameterizedTest
  @CsvSource({"false,8,3", "true,9,4"})
  void everyCaseOfAutobahnIsEchoed(boolean takeover, int smallWindow, int messages)
      throws IOException {
    server.restart(
        builder ->
            builder.webSocket(
                new WebSocketOptions(
                    LIMITS, true, takeover, 64, 1 << 20, WebSocketTimeouts.DEFAULTS, 0)));
    List<CompressionCase> cases = CompressionCase.all(smallWindow).toList();
    assertThat(cases).hasSize(216);
    for (CompressionCase one : cases) {
      play(one, takeover, messages);
    }
    assertThat(server.server().running().webSockets().lentZlib())
        .as("zlib state of sessions that have ended")
        .isZero();
  }

  private void play(CompressionCase one, boolean takeover, int messages) throws IOException {
    Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    try (WirePeer wire = server.connect()) {
      String head =
          wire.send(WebSocketPeer.OFFER + "Sec-WebSocket-Extensions: " + one.offer() + "\r\n\r\n")
              .response()
              .head();
      boolean remembers = takeover && !one.offer().contains("server_no_context_takeover");
      assertThat(head)
          .as(one.toString())
          .startsWith("HTTP/1.1 101 ")
          .contains("Sec-WebSocket-Extensions: " + answer(one, remembers) + "\r\n");
      DistanceWalker inflater = new DistanceWalker(1 << one.windowBits());
      DataInputStream in = new DataInputStream(wire.in());
      for (int i = 0; i < messages; i++) {
        byte[] message = one.message(i);
        wire.send(one.frames(ClientFrames.deflated(deflater, message)));
        deflater.reset();
        byte[] echoed = read(in, one, inflater);
        assertThat(echoed).as("message %s of %s", i, one).isEqualTo(message);
        if (!remembers) {
          inflater.reset();
        }
      }
      wire.send(ClientFrames.close(1000, ""));
      assertThat(wire.readAll()).as(one.toString()).isEqualTo("\u0088\u0002\u0003\u00e8");
    } finally {
      deflater.end();
    }
  }

  private static String answer(CompressionCase one, boolean remembers) {
    String first = one.offer().split(",", 2)[0];
    int bits = first.indexOf("; server_max_window_bits");
    return "permessage-deflate"
        + (remembers ? "" : "; server_no_context_takeover")
        + "; client_no_context_takeover"
        + (bits < 0 ? "" : first.substring(bits));
  }

  /** One message, in as many frames as it has. */
  private static byte[] read(DataInputStream in, CompressionCase one, DistanceWalker inflater)
      throws IOException {
    ByteArrayOutputStream payload = new ByteArrayOutputStream();
    int first = in.readUnsignedByte();
    boolean compressed = (first & 0x40) != 0;
    assertThat(first & 0x3f)
        .as("type of an answer to %s", one)
        .isEqualTo(one.data().isText() ? 1 : 2);
    int head = first;
    while (true) {
      int length = in.readUnsignedByte();
      long size = length == 126 ? in.readUnsignedShort() : length == 127 ? in.readLong() : length;
      assertThat(size).as("payload of one frame").isLessThanOrEqualTo(LARGEST);
      payload.writeBytes(in.readNBytes((int) size));
      if ((head & 0x80) != 0) {
        break;
      }
      head = in.readUnsignedByte();
      assertThat(head & 0x7f).as("continuation").isZero();
    }
    if (!compressed) {
      return payload.toByteArray();
    }
    assertThat(payload.size()).as("what is compressed is smaller").isLessThan(one.length());
    return inflater.message(payload.toByteArray());
  }
}
