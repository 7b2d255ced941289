package io.kqueueserver.server;

import static io.kqueueserver.http.h2.Frames.frame;
import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.h2.FrameFlags;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.server.Http2Peer.Frame;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The graceful end of HTTP/2 over TLS. */
@Timeout(30)
class TlsHttp2DrainTest {
  private static final int RECORD_HEADER = 5;

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(
          builder -> builder.tls(TlsFixture.server()).http2(Http2Options.DEFAULTS).loops(1));

  private final BlockingQueue<Exchange> waiting = new LinkedBlockingQueue<>();

  /**
   * An alert has two bytes. TLS 1.2 shows its type, 21, and adds a nonce of 8 and a tag of 16. TLS
   * 1.3 hides the type in a record of type 23, and adds a tag of 16; the JDK pads it by 16. Only an
   * empty frame of HTTP/2 is as short.
   */
  @ParameterizedTest
  @CsvSource({"TLSv1.2, 21, 26, 26", "TLSv1.3, 23, 19, 35"})
  void theLastByteOfTheLastStreamIsFollowedByCloseNotifyAndThenByFin(
      String version, int type, int least, int most) throws Exception {
    server.on("/later", server.listening(waiting::add));
    Socket raw = new Socket(InetAddress.getLoopbackAddress(), server.port());
    raw.setSoTimeout(10_000);
    Http2Peer peer = Http2Peer.on(server.add(WirePeer.on(h2(raw, version)))).start();
    peer.get(1, "/later");
    Exchange open = waiting.take();
    server.server().drain(() -> {});
    Frame ping = peer.await(f -> f.is(FrameType.PING) && !f.has(FrameFlags.ACK));
    peer.send(frame(FrameType.PING.number(), FrameFlags.ACK, 0, ping.payload()));
    peer.await(f -> f.is(FrameType.GOAWAY) && f.first() == 1);

    open.execute(() -> answer(open, 200, "omega"));
    assertThat(peer.await(FrameType.DATA, 1).text()).isEqualTo("omega");

    byte[] rest = raw.getInputStream().readAllBytes(); // to the FIN: a reset would fail it
    int length = rest.length - RECORD_HEADER;
    assertThat(length).isBetween(least, most);
    assertThat(rest[0]).isEqualTo((byte) type);
    assertThat(ByteBuffer.wrap(rest).getShort(3)).as("one record").isEqualTo((short) length);
  }

  private static SSLSocket h2(Socket raw, String version) {
    SSLSocket socket = TlsFixture.over(raw);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setProtocols(new String[] {version});
    parameters.setApplicationProtocols(new String[] {"h2"});
    socket.setSSLParameters(parameters);
    return socket;
  }
}
