package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.ByteStream;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.StreamHandler;
import io.kqueueserver.net.ConnectionView;
import io.kqueueserver.server.observe.LoopView;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;
import io.kqueueserver.stats.WireProtocol;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a switch of protocols is on HTTP/1.1; what a stream is then says ByteStreamContract. */
class Http1SwitchTest {
  private static final String OFFER =
      "GET /up HTTP/1.1\r\nHost: t\r\nConnection: upgrade\r\nUpgrade: echo, other\r\n\r\n";

  @RegisterExtension final ServerExtension server = ServerExtension.with(b -> b.loops(1));

  private final BlockingQueue<Throwable> thrown = new LinkedBlockingQueue<>();

  /** Sends back what it is sent, and ends its side when the peer ends its own. */
  private static class Echo implements StreamHandler {
    private @Nullable ByteStream stream;

    @Override
    public void onOpen(ByteStream opened) {
      stream = opened;
    }

    @Override
    public void onBytes(ByteBuffer data) {
      if (stream != null) {
        stream.write(data, null);
      }
    }

    @Override
    public void onInputEnd() {
      if (stream != null) {
        stream.finish();
      }
    }

    @Override
    public void onEnd(@Nullable ExchangeException cause) {}
  }

  private void serve(HeaderSource fields, StreamHandler handler) {
    server.on(
        "/up",
        exchange -> {
          try {
            exchange.switchTo(fields, handler);
          } catch (RuntimeException e) {
            thrown.add(e);
            ServerExtension.answer(exchange, 200, "stays");
          }
        });
  }

  private static void assertEchoes(WirePeer peer) throws IOException {
    peer.send("abc");
    byte[] echoed = peer.in().readNBytes(3);
    assertThat(new String(echoed, StandardCharsets.US_ASCII)).isEqualTo("abc");
    assertThat(peer.shutdownOutput().readAll()).isEmpty();
  }

  @Test
  void theHeadNamesTheFirstProtocolThatWasOffered() throws IOException {
    serve(sink -> sink.field("X", "y"), new Echo());
    WirePeer peer = server.connect().send(OFFER);
    WirePeer.Response head = peer.response();
    assertThat(head.head())
        .isEqualTo(
            "HTTP/1.1 101 Switching Protocols\r\nX: y\r\nUpgrade: echo\r\nConnection: upgrade\r\n");
    assertEchoes(peer);
    await().until(() -> server.closed(CloseReason.PEER_CLOSED) == 1);
  }

  @Test
  void theHeadNamesTheProtocolOfTheApplicationAndConnectionOnce() throws IOException {
    serve(
        sink -> {
          sink.field("Connection", "upgrade");
          sink.field("Upgrade", "other");
          sink.field("Content-Length", "3");
        },
        new Echo());
    WirePeer peer = server.connect().send(OFFER);
    assertThat(peer.response().head())
        .isEqualTo("HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: upgrade\r\n");
    assertEchoes(peer);
  }

  @Test
  void connectIsAnsweredWith200AndNoUpgrade() throws IOException {
    server.on("", exchange -> exchange.switchTo(HeaderSource.NONE, new Echo()));
    WirePeer peer = server.connect().send("CONNECT t:1 HTTP/1.1\r\nHost: t:1\r\n\r\n");
    assertThat(peer.response(false).head()).isEqualTo("HTTP/1.1 200 OK\r\n");
    assertEchoes(peer);
  }

  @Test
  void aRequestThatOffersNothingIsNotSwitched() {
    serve(HeaderSource.NONE, new Echo());
    WirePeer peer = server.connect();
    assertThat(peer.get("/up").response().body()).isEqualTo("stays");
    assertThat(thrown.remove()).isInstanceOf(UnsupportedOperationException.class);
    peer.send("GET /up HTTP/1.0\r\nHost: t\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n");
    assertThat(peer.response().body()).as("RFC 9110 7.8").isEqualTo("stays");
    assertThat(thrown.remove()).isInstanceOf(UnsupportedOperationException.class);
  }

  /** Its bytes would become the first ones of the other protocol. */
  @Test
  void aBodyThatWasNotReadKeepsTheProtocol() {
    serve(HeaderSource.NONE, new Echo());
    String offer = OFFER.replace("GET", "POST").replace("Host: t", "Host: t\r\nContent-Length: 4");
    WirePeer peer = server.connect().send(offer + "body");
    assertThat(peer.response().body()).isEqualTo("stays");
    assertThat(thrown.remove()).isInstanceOf(IllegalStateException.class);
  }

  private @Nullable ConnectionView switched() {
    LoopView loop = server.server().running().loops().get(0);
    for (int slot = 0; slot < loop.slots(); slot++) {
      ConnectionView view = loop.connection(slot);
      if (view != null && view.socket().protocol() == WireProtocol.UPGRADED) {
        return view;
      }
    }
    return null;
  }

  @Test
  void anObserverSeesWhatIsSpokenAndForWhichRequest() throws IOException {
    serve(HeaderSource.NONE, new Echo());
    WirePeer peer = server.connect().send(OFFER);
    peer.response();
    ConnectionView view = await().until(this::switched, found -> found != null);
    assertThat(view.state()).isEqualTo(ConnectionView.State.ACTIVE);
    assertThat(view.requests().only().path()).isEqualTo("/up");
    assertThat(view.requests().only().protocol()).isEqualTo("echo");
    assertThat(server.server().running().runningRequests(9).count()).isEqualTo(1);
    assertEchoes(peer);
  }

  @Test
  void aSilentStreamIsCountedByItsLimit() {
    server.restart(
        b -> b.streams(new StreamOptions(Duration.ofMillis(100), Duration.ofMinutes(1))));
    serve(HeaderSource.NONE, new Echo());
    assertThat(server.connect().send(OFFER).readAll()).endsWith("<reset>");
    assertThat(server.closed(CloseReason.IDLE_TIMEOUT)).isEqualTo(1);
    assertThat(server.limitHits(Limit.IDLE_TIMEOUT)).isEqualTo(1);
  }

  @Test
  void aStreamWhosePeerTakesNothingMeetsTheWriteTimeout() {
    server.restart(b -> b.timeouts(Timeouts.DEFAULTS.write(Duration.ofMillis(300))));
    serve(
        HeaderSource.NONE,
        new Echo() {
          @Override
          public void onOpen(ByteStream opened) {
            while (opened.isWritable()) {
              opened.write(ByteBuffer.allocate(60_000), null);
              opened.flush();
            }
          }
        });
    server.connect().send(OFFER);
    await().until(() -> server.closed(CloseReason.WRITE_TIMEOUT) == 1);
  }
}
