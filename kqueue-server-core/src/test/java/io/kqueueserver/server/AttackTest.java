package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.TEXT;
import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.build.CrampedJvm;
import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.Exchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Attacks of HTTP/1.1 that no other class has, in the clear, over TLS and over a Unix socket. The
 * table of all attacks with their tests is docs/attacks.md. The ledger shows after each that all is
 * given back.
 */
@Timeout(60)
class AttackTest {
  private static final Duration SHORT = Duration.ofMillis(250);
  private static final int LARGE = 24 << 20;
  private static final String CHUNKED =
      "POST /collect HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";

  /** What the client's octets go over. */
  enum Over {
    PLAIN,
    TLS,
    UNIX
  }

  /** Where a client stops to send whole parts, and sends an octet now and then. */
  enum Part {
    LINE("GET /", "a"),
    HEAD("GET / HTTP/1.1\r\nHost: t\r\nX: ", "a"),
    CHUNK_LINE(CHUNKED + "1\r\nx\r\n1;", "a"),
    TRAILER(CHUNKED + "1\r\nx\r\n0\r\nX: ", "a");

    private final String begin;
    private final String octet;

    Part(String begin, String octet) {
      this.begin = begin;
      this.octet = octet;
    }
  }

  /** Where a connection is when its client resets it or ends its side. */
  enum State {
    CONNECTED(""),
    IN_LINE("GET / HT"),
    IN_HEAD("GET / HTTP/1.1\r\nHo"),
    BEFORE_BODY("POST /collect HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\n"),
    IN_BODY("POST /collect HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\nbo"),
    IN_CHUNK_LINE(CHUNKED + "1"),
    IN_CHUNK(CHUNKED + "9\r\nx"),
    IN_TRAILER(CHUNKED + "0\r\nX: "),
    BODY_UNWANTED("POST /wait HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\nbo"),
    CONTINUED(
        "POST /collect HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\n"
            + "Content-Length: 9\r\n\r\n"),
    HANDLED("GET /wait HTTP/1.1\r\nHost: t\r\n\r\n"),
    BEGUN("GET /begun HTTP/1.1\r\nHost: t\r\n\r\n"),
    ANSWERED("GET /large HTTP/1.1\r\nHost: t\r\n\r\n"),
    FILE("GET /file HTTP/1.1\r\nHost: t\r\n\r\n"),
    PIPELINED("GET /a HTTP/1.1\r\nHost: t\r\n\r\n".repeat(50) + "GET /a HT"),
    REST_OF_BODY("POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\nbo"),
    LINGERING("GET / HTTP/9.9\r\n\r\n");

    private final String octets;

    State(String octets) {
      this.octets = octets;
    }
  }

  @RegisterExtension final ServerExtension server = new ServerExtension();

  @TempDir Path folder;

  private Path file;

  @BeforeEach
  void handlers() throws IOException {
    file = Files.write(folder.resolve("file"), new byte[LARGE]);
    server
        .on("/a", exchange -> answer(exchange, 200, "a"))
        .on("/wait", server.listening(exchange -> {}))
        .on("/large", exchange -> answer(exchange, 200, "x".repeat(1 << 20)))
        .on("/collect", server.collecting((exchange, body, t) -> answer(exchange, 200, body)))
        .on("/begun", server.listening(AttackTest::begin))
        .on(
            "/file",
            exchange -> {
              exchange.respond(200, TEXT, LARGE);
              exchange.writeFile(file, 0, LARGE, null);
              exchange.finish();
            });
  }

  private static void begin(Exchange exchange) {
    exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
    exchange.write(ByteBuffer.wrap(new byte[] {'x'}), null);
    exchange.flush();
  }

  private Client connect(Over over) throws IOException {
    return switch (over) {
      case PLAIN -> new SocketClient(new Socket("localhost", server.port()));
      case TLS -> new SocketClient(TlsFixture.connect(TlsFixture.client(), server.port()));
      case UNIX -> new UnixClient(folder.resolve("s"));
    };
  }

  private void restart(Over over, Duration headerTimeout, Duration bodyTimeout) {
    server.restart(
        builder -> {
          builder.headerTimeout(headerTimeout).bodyTimeout(bodyTimeout);
          switch (over) {
            case PLAIN -> {}
            case TLS -> builder.tls(TlsFixture.server());
            case UNIX -> builder.unixSocket(folder.resolve("s"));
          }
        });
  }

  /** A client of octets. */
  private interface Client extends AutoCloseable {
    OutputStream out() throws IOException;

    InputStream in() throws IOException;

    void endOutput() throws IOException;

    @Override
    void close() throws IOException;

    default void send(String octets) throws IOException {
      out().write(octets.getBytes(StandardCharsets.ISO_8859_1));
      out().flush();
    }

    /** All until the end, in order or not. */
    default String readAll() {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      try {
        in().transferTo(all);
      } catch (IOException e) {
        all.writeBytes("<broken>".getBytes(StandardCharsets.US_ASCII));
      }
      return all.toString(StandardCharsets.ISO_8859_1);
    }
  }

  private record SocketClient(Socket socket) implements Client {
    @Override
    public OutputStream out() throws IOException {
      return socket.getOutputStream();
    }

    @Override
    public InputStream in() throws IOException {
      return socket.getInputStream();
    }

    @Override
    public void endOutput() throws IOException {
      socket.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private record UnixClient(SocketChannel channel) implements Client {
    UnixClient(Path path) throws IOException {
      this(SocketChannel.open(UnixDomainSocketAddress.of(path)));
    }

    @Override
    public OutputStream out() {
      return Channels.newOutputStream(channel);
    }

    @Override
    public InputStream in() {
      return Channels.newInputStream(channel);
    }

    @Override
    public void endOutput() throws IOException {
      channel.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  // ---- slow

  static Stream<Arguments> partsOverAll() {
    return Stream.of(Over.values())
        .flatMap(over -> Stream.of(Part.values()).map(part -> Arguments.of(over, part)));
  }

  @ParameterizedTest
  @MethodSource("partsOverAll")
  void octetsThatTrickleHoldNoConnection(Over over, Part part) throws Exception {
    boolean head = part == Part.LINE || part == Part.HEAD;
    restart(over, head ? SHORT : Duration.ofMinutes(1), head ? Duration.ofMinutes(1) : SHORT);
    try (Client client = connect(over)) {
      client.send(part.begin);
      Thread trickle = new Thread(() -> trickle(client, part.octet));
      trickle.start();
      assertThat(client.readAll()).startsWith("HTTP/1.1 408 ");
      trickle.interrupt();
      trickle.join();
    }
  }

  /** Sends the octet now and then, much faster than any timeout, until the connection ends. */
  private static void trickle(Client client, String octet) {
    try {
      while (true) {
        client.send(octet);
        Thread.sleep(20);
      }
    } catch (IOException | InterruptedException e) {
      // The server has closed, or the test is over.
    }
  }

  // ---- gone

  static Stream<Arguments> statesOverAll() {
    return Stream.of(Over.values())
        .flatMap(over -> Stream.of(true, false).map(resets -> Arguments.of(over, resets)));
  }

  @ParameterizedTest
  @MethodSource("statesOverAll")
  void aResetOrAHalfCloseInAnyStateLeavesNothing(Over over, boolean resets) throws IOException {
    restart(over, SHORT, SHORT);
    for (State state : State.values()) {
      try (Client client = connect(over)) {
        client.send(state.octets);
        if (!state.octets.isEmpty()) {
          awaitSeen(state);
        }
        if (resets && client instanceof SocketClient tcp) {
          tcp.socket.setSoLinger(true, 0); // a Unix socket that is closed unread is reset anyway
        } else {
          client.endOutput();
          client.readAll();
        }
      }
      server.awaitIdle();
    }
  }

  private void awaitSeen(State state) {
    if (state == State.HANDLED || state == State.BODY_UNWANTED) {
      await().until(() -> server.server().activeExchanges() == 1);
    }
  }

  // ---- bombs

  static Stream<Arguments> bombs() {
    String get = "GET / HTTP/1.1\r\nHost: t\r\n";
    return Stream.of(
        Arguments.of("headers", get + "a: b\r\n".repeat(200), 431),
        Arguments.of("one long header", get + "a: " + "b".repeat(9_000), 431),
        Arguments.of("one long name", get + "a".repeat(9_000), 431),
        Arguments.of("cookies", get + "Cookie: " + "a=b; ".repeat(2_000), 431),
        Arguments.of("parameters", "GET /?" + "a=b&".repeat(3_000), 414),
        Arguments.of("ranges", get + "Range: bytes=" + "0-,".repeat(4_000), 431),
        Arguments.of("empty lines", "\r\n".repeat(10_000), 400),
        Arguments.of("chunk extensions", CHUNKED + "1;" + "a".repeat(1_000), 400),
        Arguments.of("trailers", CHUNKED + "0\r\n" + "a: b\r\n".repeat(3_000), 431));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("bombs")
  void aBombIsRefused(String name, String octets, int status) throws IOException {
    for (Over over : Over.values()) {
      restart(over, Duration.ofSeconds(20), Duration.ofSeconds(20));
      try (Client client = connect(over)) {
        client.send(octets);
        client.endOutput();
        assertThat(client.readAll()).as("%s over %s", name, over).startsWith("HTTP/1.1 " + status);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void chunksOfOneOctetAreABodyAsAnyOther(Over over) throws IOException {
    restart(over, Duration.ofSeconds(20), Duration.ofSeconds(20));
    try (Client client = connect(over)) {
      client.send(CHUNKED + "1\r\nx\r\n".repeat(30_000) + "0\r\n\r\n");
      client.endOutput();
      assertThat(client.readAll()).startsWith("HTTP/1.1 200 ").endsWith("x".repeat(30_000));
    }
  }

  // ---- files

  @Test
  void aFileThatIsTruncatedWhileItIsSentCutsItsResponse() throws IOException {
    WirePeer peer = server.connect().get("/file");
    InputStream in = peer.in();
    assertThat(in.readNBytes(1_000)).hasSize(1_000);
    try (RandomAccessFile truncated = new RandomAccessFile(file.toFile(), "rw")) {
      truncated.setLength(10);
    }
    assertThat(peer.readAll()).hasSizeLessThan(LARGE);
  }

  @Test
  void aFileThatIsReplacedWhileItIsSentArrivesAsItWas() throws IOException {
    WirePeer peer = server.connect().get("/file");
    InputStream in = peer.in();
    assertThat(in.readNBytes(1_000)).hasSize(1_000);
    Path other = Files.writeString(folder.resolve("other"), "another");
    Files.move(other, file, StandardCopyOption.ATOMIC_MOVE);
    int zeros = 0;
    for (byte[] piece = in.readNBytes(1 << 20); piece.length > 0; ) {
      zeros += piece.length;
      if (zeros >= LARGE - 1_000) {
        break;
      }
      piece = in.readNBytes(Math.min(1 << 20, LARGE - 1_000 - zeros));
    }
    assertThat(zeros).isGreaterThanOrEqualTo(LARGE - 1_000);
  }

  // ---- a process that stands still

  /** The child: serves until its input ends. */
  static final class Main {
    private Main() {}

    public static void main(String[] args) throws IOException {
      Duration timeout = Duration.ofMillis(300);
      KqueueServer server =
          KqueueServer.builder()
              .port(0)
              .loops(1)
              .idleTimeout(timeout)
              .headerTimeout(timeout)
              .handler(exchange -> answer(exchange, 200, "alive"))
              .build();
      server.start();
      System.out.println("port " + server.port() + " pid " + ProcessHandle.current().pid());
      while (System.in.read() >= 0) {}
      server.stop();
    }
  }

  @Test
  void aProcessThatWasStoppedLongerThanItsTimeoutsServesOn() throws Exception {
    CrampedJvm child = CrampedJvm.start(500, Main.class);
    BlockingQueue<String> lines = child.lines();
    List<WirePeer> peers = new ArrayList<>();
    try (child) {
      String[] words =
          await()
              .atMost(Duration.ofSeconds(30))
              .until(lines::poll, line -> line != null && line.startsWith("port "))
              .split(" ", -1);
      int port = Integer.parseInt(words[1]);
      for (int i = 0; i < 20; i++) {
        peers.add(WirePeer.connect(port).send("GET / HT"));
      }
      signal("-STOP", words[3]);
      WirePeer meanwhile = WirePeer.connect(port).get("/"); // by the kernel's backlog
      peers.add(meanwhile);
      Thread.sleep(400);
      signal("-CONT", words[3]);

      assertThat(meanwhile.response().body()).isEqualTo("alive");
      for (WirePeer slow : peers.subList(0, 20)) {
        assertThat(slow.isClosedAfterAll()).isTrue();
      }
      try (WirePeer next = WirePeer.connect(port)) {
        assertThat(next.get("/").response().body()).isEqualTo("alive");
      }
    } finally {
      peers.forEach(WirePeer::close);
    }
    assertThat(child.exitValue()).isZero();
  }

  private static void signal(String signal, String pid) throws Exception {
    assertThat(new ProcessBuilder("kill", signal, pid).start().waitFor()).isZero();
  }
}
