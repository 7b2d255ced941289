package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.h2.Http2Options;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** HTTP/2 beside HTTP/1 on one port, as far as a client without a codec can see it. */
@Timeout(30)
class Http2ServerTest {
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] SETTINGS = {0, 0, 0, 4, 0, 0, 0, 0, 0};

  /** GET / of http://h by static entries, and END_STREAM. */
  private static final byte[] GET = {
    0, 0, 6, 1, 5, 0, 0, 0, 1, (byte) 0x82, (byte) 0x84, (byte) 0x86, 0x41, 1, 'h'
  };

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(builder -> builder.http2(Http2Options.DEFAULTS).loops(1));

  @BeforeEach
  void handler() {
    server.on("/", Http2ServerTest::hello);
  }

  private static void hello(Exchange exchange) {
    exchange.respond(200, HeaderSource.NONE, 5);
    exchange.write(ByteBuffer.wrap("hello".getBytes(StandardCharsets.US_ASCII)), null);
    exchange.finish();
  }

  @Test
  void aRequestByPriorKnowledgeIsAnsweredOnItsStream() throws IOException {
    WirePeer peer = server.connect();
    try (Socket socket = peer.socket) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(PREFACE);
      socket.getOutputStream().write(SETTINGS);
      socket.getOutputStream().write(GET);
      DataInputStream in = new DataInputStream(socket.getInputStream());
      byte[] head = null;
      byte[] data = null;
      while (data == null) {
        int length = in.readInt();
        int type = length & 0xff;
        int flags = in.readUnsignedByte();
        int stream = in.readInt();
        byte[] payload = in.readNBytes(length >>> 8);
        if (type == 1) {
          head = payload;
          assertThat(stream).isEqualTo(1);
        } else if (type == 0) {
          data = payload;
          assertThat(flags).as("END_STREAM").isEqualTo(1);
        }
      }
      assertThat(head).isNotNull();
      assertThat(head[0]).as("200 of the static table").isEqualTo((byte) 0x88);
      assertThat(data).asString(StandardCharsets.US_ASCII).isEqualTo("hello");
    }
  }

  @Test
  void http1IsServedOnTheSamePort() {
    assertThat(server.connect().get("/").response().body()).isEqualTo("hello");
  }

  @Test
  void withoutTheOptionThePrefaceIsNoRequest() {
    server.restart(builder -> builder.http2(null));
    assertThat(server.connect().send(PREFACE).response().status()).isGreaterThanOrEqualTo(400);
  }
}
