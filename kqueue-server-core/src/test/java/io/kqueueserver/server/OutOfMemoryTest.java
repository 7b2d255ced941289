package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.build.ChildJvm;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server with a small heap of its own, and what clients or applications do to it. */
@Timeout(90)
class OutOfMemoryTest {
  private static final Duration AFTERWARDS = Duration.ofSeconds(5);

  /**
   * A client that comes behind 600 waits until the bound of memory has let those in: 40 a second,
   * where each holds 64 KiB for a second before it is reset.
   */
  private static final int PATIENCE_MILLIS = 40_000;

  @TempDir Path folder;
  private Process child;
  private int port;
  private final List<WirePeer> peers = new ArrayList<>();

  private void start() throws IOException {
    Path out = folder.resolve("out");
    child =
        ChildJvm.ofThisJdk()
            .options("-Xmx20m", "-XX:+UseSerialGC")
            .start(
                List.of("-cp", System.getProperty("java.class.path"), Server.class.getName()),
                out,
                folder.resolve("err"));
    String said =
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> Files.readString(out), s -> s.contains(";"));
    port = Integer.parseInt(said.substring(said.indexOf("port ") + 5, said.indexOf(';')));
  }

  @AfterEach
  void end() {
    peers.forEach(WirePeer::close);
    child.destroyForcibly();
  }

  private WirePeer connect() {
    WirePeer peer = WirePeer.connect(port);
    peers.add(peer);
    return peer;
  }

  private String ask(String path) {
    try (WirePeer peer = WirePeer.connect(port)) {
      peer.socket.setSoTimeout(PATIENCE_MILLIS);
      return peer.get(path).response().body();
    } catch (SocketException | RuntimeException e) {
      return "no answer: " + e;
    }
  }

  @Test
  void requestsPipelinedBehindSlowOnesDoNotFillTheHeap() throws IOException {
    start();
    String slow =
        "GET /slow HTTP/1.1\r\nHost: t\r\n\r\n" + "GET / HTTP/1.1\r\nHost: t\r\n\r\n".repeat(2_400);
    for (int i = 0; i < 600; i++) {
      connect().send(slow);
    }
    assertThat(ask("/")).startsWith("connections 60");
    peers.forEach(WirePeer::close);

    await().atMost(AFTERWARDS).until(() -> ask("/").equals("connections 1"));
  }

  @Test
  void responsesThatNobodyReadsDoNotFillTheHeap() throws IOException {
    start();
    assertThat(ask("/")).startsWith("connections ");
    int descriptors = Integer.parseInt(ask("/descriptors"));
    for (int i = 0; i < 600; i++) {
      peers.add(narrow(port).get("/endless"));
    }
    for (int i = 0; i < 10; i++) {
      assertThat(ask("/")).startsWith("connections ");
    }
    peers.forEach(WirePeer::close);

    await().atMost(AFTERWARDS).until(() -> ask("/").equals("connections 1"));
    await().atMost(AFTERWARDS).until(() -> Integer.parseInt(ask("/descriptors")) <= descriptors);
    assertThat(Files.readString(folder.resolve("out"))).doesNotContain("OutOfMemoryError");
  }

  /** A client of which the kernels hold little, so that the rest waits with the server. */
  private static WirePeer narrow(int port) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4096); // before connect, or the window is agreed already
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    return WirePeer.on(socket);
  }

  @Test
  void aServerWithoutMemoryServesAgainWhenThereIsSome() throws IOException {
    start();
    // Each once before: a call site that is linked without memory fails for good, which is the
    // JVM's.
    assertThat(ask("/hoards")).isEqualTo("0");
    assertThat(ask("/")).startsWith("connections ");
    int descriptors = Integer.parseInt(ask("/descriptors"));
    connect().get("/hoard");
    for (int i = 0; i < 300; i++) {
      connect().get("/");
    }
    peers.forEach(WirePeer::close);

    await().atMost(Duration.ofSeconds(30)).until(() -> ask("/hoards").equals("1"));
    await().atMost(AFTERWARDS).until(() -> ask("/").equals("connections 1"));
    await().atMost(AFTERWARDS).until(() -> Integer.parseInt(ask("/descriptors")) <= descriptors);
  }

  /** The child. */
  static final class Server {
    private static final AtomicInteger HOARDS = new AtomicInteger();

    private Server() {}

    public static void main(String[] arguments) {
      KqueueServer[] self = new KqueueServer[1];
      self[0] =
          KqueueServer.builder()
              .port(0)
              .loops(2)
              .handler(
                  exchange -> {
                    switch (exchange.request().path()) {
                      case "/slow" -> {}
                      case "/endless" -> new Endless(exchange).begin();
                      case "/hoard" -> new Thread(Server::hoard).start();
                      case "/hoards" -> ServerExtension.answer(exchange, 200, "" + HOARDS.get());
                      case "/descriptors" ->
                          ServerExtension.answer(exchange, 200, "" + Descriptors.open());
                      default ->
                          ServerExtension.answer(
                              exchange, 200, "connections " + self[0].connections());
                    }
                  })
              .build();
      self[0].start();
      System.out.println("port " + self[0].port() + ";");
    }

    /** Writes a new piece whenever the client has taken the last. */
    private record Endless(Exchange exchange) implements ExchangeListener {
      void begin() {
        exchange.listener(this);
        exchange.respond(200, ServerExtension.TEXT, Long.MAX_VALUE);
        onWritable();
      }

      @Override
      public void onWritable() {
        while (exchange.isWritable()) {
          exchange.write(ByteBuffer.allocate(64 << 10), null);
        }
      }
    }

    /** Takes all memory there is for two seconds, to the last object. */
    private static void hoard() {
      Object[] all = null;
      long end = System.nanoTime() + 2_000_000_000L;
      for (int size = 1 << 20; System.nanoTime() - end < 0; ) {
        try {
          Object[] one = new Object[size / 4];
          one[0] = all;
          all = one;
        } catch (OutOfMemoryError e) {
          size = Math.max(8, size / 2);
        }
      }
      all = null;
      HOARDS.incrementAndGet();
    }
  }
}
