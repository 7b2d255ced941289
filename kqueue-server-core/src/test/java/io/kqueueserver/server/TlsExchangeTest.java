package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.TEXT;
import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.ffi.ForeignLibrary;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.http.ByteStream;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.StreamHandler;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.WireProtocol;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.zip.CRC32;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Requests and responses over TLS, from the handshake to the last byte. */
class TlsExchangeTest {
  private static final int LARGE = 1_500_000;

  @RegisterExtension
  final ServerExtension server = ServerExtension.with(builder -> builder.tls(context()));

  @TempDir Path directory;

  /** The server's side, of the engine whose turn it is. */
  SSLContext context() {
    return TlsFixture.server();
  }

  @Test
  void answersRequestsOneAfterTheOther() {
    server.on(
        "/a",
        exchange ->
            answer(exchange, 200, exchange.scheme() + " " + exchange.tlsSession().getProtocol()));
    WirePeer peer = server.connect(TlsFixture.client());

    for (int i = 0; i < 3; i++) {
      assertThat(peer.get("/a").response().body()).isEqualTo("https TLSv1.3");
    }
    assertThat(server.sum(stats -> stats.tls.handshake.count())).isEqualTo(1);
    assertThat(server.sum(stats -> stats.requests)).isEqualTo(3);
  }

  @Test
  void inTheClearThereIsNoSession() {
    server.restart(builder -> builder.tls((io.kqueueserver.net.tls.TlsOptions) null));
    server.on("/a", exchange -> answer(exchange, 200, exchange.scheme() + exchange.tlsSession()));

    assertThat(server.connect().get("/a").response().body()).isEqualTo("httpnull");
  }

  @Test
  void anIdleConnectionHoldsNoBuffers() {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    WirePeer peer = server.connect(TlsFixture.client());
    for (int i = 0; i < 3; i++) {
      assertThat(peer.get("/a").response().body()).isEqualTo("alpha");
    }

    assertThat(server.sum(stats -> stats.tls.keptBytes)).isZero();
    assertThat(server.sum(stats -> stats.tls.handshaking)).isZero();
    assertThat(server.sum(stats -> stats.active(WireProtocol.HTTP_1))).isEqualTo(1);
  }

  @Test
  void answersPipelinedRequestsThatComeInOneRecord() {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    WirePeer peer = server.connect(TlsFixture.client());

    peer.send("GET /a HTTP/1.1\r\nHost: t\r\n\r\n".repeat(1_000));

    for (int i = 0; i < 1_000; i++) {
      assertThat(peer.response().body()).isEqualTo("alpha");
    }
  }

  @Test
  void takesALargeBodyWhole() {
    byte[] body = bytes(LARGE);
    server.on("/sum", this::sum);
    WirePeer peer = server.connect(TlsFixture.client());

    peer.send("POST /sum HTTP/1.1\r\nHost: t\r\nContent-Length: " + LARGE + "\r\n\r\n");
    peer.send(body);

    assertThat(peer.response().body()).isEqualTo(LARGE + " " + checksum(body));
    assertThat(server.sum(stats -> stats.tls.keptBytes)).isZero();
  }

  @Test
  void readsNoBodyThatNobodyAsksFor() throws IOException {
    server.on("/later", exchange -> exchange.listener(new ExchangeListener() {}));
    Socket raw = new Socket(InetAddress.getLoopbackAddress(), server.port());
    WirePeer peer = WirePeer.on(TlsFixture.over(raw));
    peer.send("POST /later HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n");
    Thread writer = new Thread(() -> sendQuietly(peer, bytes(1_000_000)));
    writer.start();

    await().until(() -> server.sum(stats -> stats.requests) == 1);
    await("all of it is with the kernel").until(() -> !writer.isAlive());
    assertThat(server.sum(stats -> stats.bytesRead)).isLessThan(200_000);
    raw.setSoLinger(true, 0); // a reset: behind FIN alone the exchange would wait for its answer
    raw.close();
  }

  @Test
  void sendsALargeResponseToAClientThatReadsSlowly() throws IOException {
    byte[] body = bytes(6_000_000);
    server.on(
        "/large",
        exchange -> {
          exchange.respond(200, TEXT, body.length);
          exchange.write(ByteBuffer.wrap(body), () -> {});
          exchange.finish();
        });
    WirePeer peer = server.add(WirePeer.on(TlsFixture.connectNarrow(server.port()))).get("/large");
    await("the socket is full").until(() -> server.sum(stats -> stats.tls.keptBytes) > 0);
    assertThat(server.sum(stats -> stats.tls.keptBytes)).isLessThan(80_000);

    assertThat(body(peer, body.length)).isEqualTo(checksum(body));
    await().until(() -> server.sum(stats -> stats.tls.keptBytes) == 0);
    assertThat(server.sum(stats -> stats.queuedBytes)).isZero();
  }

  @Test
  void manySmallWritesArriveInOrderThroughAFullSocket() throws IOException {
    byte[] body = bytes(6_000_000);
    server.on(
        "/pieces",
        exchange -> {
          exchange.respond(200, TEXT, body.length);
          for (int at = 0; at < body.length; at += 4_000) {
            exchange.write(ByteBuffer.wrap(body, at, 4_000), null);
            if (at % 28_000 == 0) {
              exchange.flush();
            }
          }
          exchange.finish();
        });
    WirePeer peer = server.add(WirePeer.on(TlsFixture.connectNarrow(server.port()))).get("/pieces");
    await("the socket is full").until(() -> server.sum(stats -> stats.tls.keptBytes) > 0);

    assertThat(body(peer, body.length)).isEqualTo(checksum(body));
  }

  @Test
  void sendsFilesWithoutSendfile() throws IOException {
    byte[] body = bytes(LARGE);
    Path file = Files.write(directory.resolve("f"), body);
    server.on(
        "/file",
        exchange -> {
          exchange.respond(200, TEXT, body.length - 10);
          exchange.writeFile(file, 10, body.length - 10, null);
          exchange.finish();
        });

    CRC32 expected = new CRC32();
    expected.update(body, 10, body.length - 10);
    WirePeer peer = server.connect(TlsFixture.client()).get("/file");
    assertThat(body(peer, LARGE - 10)).isEqualTo(expected.getValue());
    assertThat(server.sum(stats -> stats.sendfileBytes)).isZero();
  }

  @Test
  void aSmallReadBufferIsMadeLargeEnoughForARecord() {
    server.restart(builder -> builder.readBufferBytes(1_024));
    byte[] body = bytes(100_000);
    server.on("/sum", this::sum);
    WirePeer peer = server.connect(TlsFixture.client());

    peer.send("POST /sum HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n");
    peer.send(body);

    assertThat(peer.response().body()).isEqualTo("100000 " + checksum(body));
  }

  @Test
  void aClosedConnectionEndsWithCloseNotify() throws IOException {
    server.on(
        "/a",
        exchange -> {
          exchange.respond(200, sink -> sink.field("Connection", "close"), 0);
          exchange.finish();
        });
    try (TlsPipe pipe = new TlsPipe(TlsFixture.client(), server.port())) {
      pipe.handshake();
      assertThat(pipe.get("/a")).contains("200");

      assertThat(pipe.endsWithCloseNotify()).isTrue();
    }
  }

  @Test
  void aClientsCloseNotifyBetweenRequestsIsAnOrderlyEnd() throws IOException {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    WirePeer peer = server.connect(TlsFixture.client());
    peer.get("/a").response();

    ((SSLSocket) peer.socket).shutdownOutput(); // close_notify, and no FIN

    assertThat(peer.readAll()).isEmpty();
    await().until(() -> server.closed(CloseReason.PEER_CLOSED) == 1);
    assertThat(server.sum(stats -> stats.tls.truncated)).isZero();
  }

  @Test
  void aClientThatSaysCloseNotifyWhileItWaitsHasGone() throws IOException {
    server.on("/wait", server.listening(exchange -> exchange.demand(1)));
    WirePeer peer = server.connect(TlsFixture.client());
    peer.send("POST /wait HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nab");
    await().until(() -> server.server().activeExchanges() == 1);

    peer.close();

    assertThat(error().reason()).isIn(Reason.PEER_CLOSED, Reason.PEER_RESET);
  }

  @Test
  void anEndWithoutCloseNotifyIsCountedAndEndsTheExchange() throws IOException {
    server.restart(builder -> builder.allowHalfClose(true));
    server.on("/wait", server.collecting((exchange, body, trailers) -> {}));
    Socket raw = new Socket(InetAddress.getLoopbackAddress(), server.port());
    WirePeer peer = server.add(WirePeer.on(TlsFixture.over(raw)));
    peer.send("POST /wait HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nab");
    await().until(() -> server.server().activeExchanges() == 1);

    raw.shutdownOutput(); // half-closed by TCP; by TLS it is cut off

    await().until(() -> server.sum(stats -> stats.tls.truncated) == 1);
    assertThat(error().reason()).isEqualTo(Reason.PEER_CLOSED);
    raw.close();
  }

  /** Bytes without framing may be half of a message, and must not be taken for the whole. */
  @Test
  void anUpgradedStreamThatIsCutOffDoesNotEndInGoodOrder() throws IOException {
    BlockingQueue<Optional<ExchangeException>> ends = new LinkedBlockingQueue<>();
    server.on("/up", exchange -> exchange.switchTo(sink -> {}, new Ends(ends)));
    String upgrade = "GET /up HTTP/1.1\r\nHost: t\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";

    Socket raw = new Socket(InetAddress.getLoopbackAddress(), server.port());
    WirePeer cut = server.add(WirePeer.on(TlsFixture.over(raw))).send(upgrade);
    assertThat(cut.response().status()).isEqualTo(101);
    raw.shutdownOutput();
    Optional<ExchangeException> end = await().until(ends::poll, e -> e != null);
    assertThat(end).as("a cause").isPresent();
    assertThat(server.closed(CloseReason.PEER_GONE)).isEqualTo(1);

    WirePeer whole = server.connect(TlsFixture.client()).send(upgrade);
    assertThat(whole.response().status()).isEqualTo(101);
    whole.close();
    end = await().until(ends::poll, e -> e != null);
    assertThat(end).as("no cause").isEmpty();
  }

  private record Ends(BlockingQueue<Optional<ExchangeException>> queue) implements StreamHandler {
    @Override
    public void onOpen(ByteStream stream) {
      stream.finish();
    }

    @Override
    public void onBytes(ByteBuffer data) {}

    @Override
    public void onInputEnd() {}

    @Override
    public void onEnd(@Nullable ExchangeException cause) {
      queue.add(Optional.ofNullable(cause));
    }
  }

  @Test
  void servesOnAnotherSystemsBinding() throws IOException {
    String abi = "freebsd-x86_64";
    String library = ForeignLibrary.compile(abi, "system_on_linux.c").toString();
    server.restart(builder -> builder.natives(new NativeOptions(null, null, library, abi)));
    byte[] body = bytes(300_000);
    server.on("/sum", this::sum).on("/a", exchange -> answer(exchange, 200, "alpha"));
    WirePeer peer = server.connect(TlsFixture.client());

    assertThat(peer.get("/a").response().body()).isEqualTo("alpha");
    peer.send("POST /sum HTTP/1.1\r\nHost: t\r\nContent-Length: 300000\r\n\r\n");
    peer.send(body);
    assertThat(peer.response().body()).isEqualTo("300000 " + checksum(body));
    peer.close();
    await().until(() -> server.closed(CloseReason.PEER_CLOSED) == 1);
  }

  private ExchangeException error() {
    return await().until(server.errors::poll, e -> e != null);
  }

  /** Answers with length and checksum of the body. */
  private void sum(Exchange exchange) {
    CRC32 sum = new CRC32();
    long[] length = {0};
    exchange.listener(
        new ExchangeListener() {
          @Override
          public void onBody(ByteBuffer data) {
            length[0] += data.remaining();
            sum.update(data);
            exchange.demand(1);
          }

          @Override
          public void onBodyComplete(io.kqueueserver.http.Headers trailers) {
            answer(exchange, 200, length[0] + " " + sum.getValue());
          }
        });
    exchange.demand(1);
  }

  private static void sendQuietly(WirePeer peer, byte[] bytes) {
    try {
      peer.send(bytes);
    } catch (RuntimeException e) {
      // The test has closed it.
    }
  }

  private static long body(WirePeer peer, int length) throws IOException {
    InputStream in = peer.in();
    assertThat(peer.response(false).status()).isEqualTo(200);
    return checksum(in.readNBytes(length));
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private static long checksum(byte[] bytes) {
    CRC32 sum = new CRC32();
    sum.update(bytes);
    return sum.getValue();
  }
}
