package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.KqueueServerBuilder;
import io.kqueueserver.ffi.ListenException;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.socket.ListenSocket;
import io.kqueueserver.socket.Sockets;
import io.kqueueserver.socket.UnixPeer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What passes between a server and its successor, and what is left of it when one misbehaves. */
@Timeout(60)
class HandoverTest {
  private static final Path PERL = Path.of("/usr/bin/perl");
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final Duration SHORT = Duration.ofMillis(200);

  /** Long enough for the next server to start, and short enough to be waited for. */
  private static final Duration FAIR = Duration.ofSeconds(3);

  private final Sockets sockets =
      new Sockets(Native.load(new NativeOptions(null, null, null, null)));
  private final List<AutoCloseable> open = new ArrayList<>();
  @TempDir private Path folder;
  private Path path;

  /** Counted down when a server has given its sockets away. */
  private final CountDownLatch handedOver = new CountDownLatch(1);

  @BeforeEach
  void choose() {
    path = folder.resolve("next.sock");
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : open) {
      one.close();
    }
  }

  private KqueueServer build(
      String name, int port, Duration timeout, UnaryOperator<KqueueServerBuilder> more) {
    KqueueServer server =
        more.apply(
                KqueueServer.builder()
                    .address(InetAddress.getLoopbackAddress())
                    .port(port)
                    .loops(2)
                    .name(name)
                    .handover(new HandoverOptions(path, timeout, Duration.ZERO))
                    .listener(
                        new ServerListener() {
                          @Override
                          public void onHandedOver() {
                            handedOver.countDown();
                          }
                        })
                    .handler(exchange -> answer(exchange, 200, name)))
            .build();
    open.add(server::stop);
    return server;
  }

  private KqueueServer start(String name, int port) {
    KqueueServer server = build(name, port, LONG, builder -> builder);
    server.start();
    return server;
  }

  private static String get(int port) {
    try (WirePeer peer = WirePeer.connect(port)) {
      return peer.get("/").response().body();
    }
  }

  /** Connections that the old server accepted in its last moments are answered by it. */
  private static void awaitServedBy(String name, int port) {
    await().until(() -> get(port).equals(name));
  }

  private ListenException failure(KqueueServer server) {
    try {
      server.start();
    } catch (ListenException e) {
      return e;
    }
    throw new AssertionError("the start did not fail");
  }

  // ---- in good order

  @Test
  void theSocketsGoFromServerToServerAndEachDrainsThen() throws Exception {
    KqueueServer old = start("first", 0);
    int port = old.port();
    WirePeer kept = WirePeer.connect(port);
    assertThat(kept.get("/").response().body()).isEqualTo("first");

    KqueueServer second = start("second", port);

    handedOver.await();
    assertThat(kept.isClosedByServer()).isTrue(); // idle, so that the drain closes it
    assertThat(second.port()).isEqualTo(port);
    awaitServedBy("second", port);
    old.stop();
    assertThat(get(port)).isEqualTo("second");
    assertThat(path).exists();

    KqueueServer third = start("third", port);
    second.stop();
    assertThat(get(port)).isEqualTo("third");
    third.stop();
    assertThat(path).doesNotExist();
    assertThatExceptionOfType(Exception.class).isThrownBy(() -> get(port));
  }

  @Test
  void theFileIsForItsUserOnly() throws Exception {
    start("first", 0);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-------");
  }

  @Test
  void aSocketOfAPathGoesWithItsFile() throws Exception {
    Path served = folder.resolve("app.sock");
    UnaryOperator<KqueueServerBuilder> unix = builder -> builder.unixSocket(served);
    KqueueServer old = build("first", -1, LONG, unix);
    old.start();
    KqueueServer next = build("second", -1, LONG, unix);
    next.start();
    old.stop();
    try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(served))) {
      client.write(ByteBuffer.wrap("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
      ByteBuffer answer = ByteBuffer.allocate(4096);
      while (client.read(answer) >= 0) {}
      assertThat(new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII))
          .endsWith("second");
    }
    next.stop();
    assertThat(served).doesNotExist();
  }

  @Test
  void connectionsThatWaitInTheBacklogAreTheNextServers() {
    KqueueServer old =
        build("first", 0, LONG, builder -> builder.connections(ConnectionOptions.DEFAULTS.max(1)));
    old.start();
    int port = old.port();
    WirePeer only = WirePeer.connect(port);
    assertThat(only.get("/").response().body()).isEqualTo("first");
    WirePeer waiting = WirePeer.connect(port).get("/");
    start("second", port);
    assertThat(waiting.response().body()).isEqualTo("second");
  }

  @Test
  void aServerInItsAcceptPeriodGivesItsSocketsAndOneThatDrainsDoesNot() {
    KqueueServer old = start("first", 0);
    int port = old.port();
    old.drain(Duration.ofHours(1), () -> {});
    KqueueServer second = start("second", port);
    old.stop();
    assertThat(get(port)).isEqualTo("second");

    second.drain(() -> {});
    assertThat(path).doesNotExist();
    second.stop();
    start("third", port);
    assertThat(get(port)).isEqualTo("third");
  }

  @Test
  void aStaleFileOfAProcessThatWasKilledIsReplaced() throws Exception {
    ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    dead.bind(UnixDomainSocketAddress.of(path)).close();
    KqueueServer first = start("first", 0);
    start("second", first.port());
    awaitServedBy("second", first.port());
  }

  // ---- next processes that misbehave

  private UnixPeer asker() {
    UnixPeer peer = new UnixPeer(sockets, UnixPeer.connect(sockets, path, "path"));
    open.add(peer);
    return peer;
  }

  private int[] take(UnixPeer peer) {
    await().until(() -> peer.read() == '1');
    assertThat(peer.send('T')).isOne();
    await().until(() -> peer.receive() == 1);
    return peer.received();
  }

  @Test
  void aProcessThatSaysNothingHoldsUpTheNextForTheTimeoutOnly() {
    KqueueServer old = build("first", 0, FAIR, builder -> builder);
    old.start();
    asker();
    asker().send('x');
    start("second", old.port());
    awaitServedBy("second", old.port());
  }

  @Test
  void aProcessThatTakesTheSocketsAndEndsLeavesThemToTheOldOne() throws Exception {
    KqueueServer old = start("first", 0);
    UnixPeer peer = asker();
    for (int fd : take(peer)) {
      sockets.close(fd);
    }
    peer.close();
    KqueueServer second = build("second", old.port(), LONG, builder -> builder);
    assertThat(get(old.port())).isEqualTo("first");
    // It owns the socket again: its end refuses connects, though another process had it.
    old.stop();
    second.start();
    assertThat(get(second.port())).isEqualTo("second");
  }

  @Test
  void aProcessThatTakesTheSocketsAndDoesNotServeThemIsWaitedForInVain() {
    KqueueServer old = build("first", 0, FAIR, builder -> builder);
    old.start();
    UnixPeer peer = asker();
    for (int fd : take(peer)) {
      sockets.close(fd);
    }
    await().until(() -> peer.read() == UnixPeer.END);
    assertThat(get(old.port())).isEqualTo("first");
    start("second", old.port());
    awaitServedBy("second", old.port());
  }

  @Test
  void aServerThatStopsWhileAnotherHasItsSocketsEndsNoneOfThem() {
    KqueueServer old = start("first", 0);
    int port = old.port();
    UnixPeer peer = asker();
    ListenSocket taken = ListenSocket.received(sockets, take(peer)[0]);
    open.add(taken);
    old.stop();
    WirePeer client = WirePeer.connect(port); // waits in the socket that lives on
    await().until(() -> taken.intake().accept() >= 0);
    client.close();
  }

  @Test
  void aProcessOfAnotherUserIsRefused() throws Exception {
    assumeThat(Files.isExecutable(PERL)).as("%s, to be another user", PERL).isTrue();
    assumeThat(Files.getAttribute(folder, "unix:uid")).as("only root may change").isEqualTo(0);
    start("first", 0);
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw-rw-"));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    String ask =
        """
        use Socket; $< = $> = 65534;
        socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die "socket: $!";
        connect($s, sockaddr_un($ARGV[0])) or die "connect: $!";
        sysread($s, my $answer, 9); print $answer; print sysread($s, $answer, 9);
        """;
    Process other = new ProcessBuilder(PERL.toString(), "-e", ask, path.toString()).start();
    assertThat(new String(other.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
        .as(new String(other.getErrorStream().readAllBytes(), StandardCharsets.US_ASCII))
        .isEqualTo("R0");
  }

  // ---- old processes that misbehave

  /** Serves the path once, with this verdict, and this count of these descriptors; -1 for none. */
  private void old(int verdict, int count, int... descriptors) {
    ListenSocket listener = ListenSocket.openControl(sockets, path, "path", 4);
    open.add(listener);
    CompletableFuture<Void> conversation =
        CompletableFuture.runAsync(
            () -> {
              ListenSocket.Intake intake = listener.intake();
              int[] fd = new int[1];
              await().until(() -> (fd[0] = intake.accept()) >= 0);
              UnixPeer peer = new UnixPeer(new Sockets(sockets.natives()), fd[0]);
              open.add(peer);
              if (verdict >= 0) {
                peer.send(verdict);
              }
              if (count >= 0) {
                await().until(() -> peer.read() == 'T');
                peer.send(count, descriptors);
              }
            });
    open.add(conversation::join);
  }

  @Test
  void anOldProcessThatDoesNotAnswerFailsTheStart() {
    old(-1, -1);
    assertThat(failure(build("second", 0, SHORT, builder -> builder)))
        .hasMessageContaining("the process that serves handover.path " + path)
        .hasMessageContaining("has not answered within PT0.2S; find it with lsof");
  }

  @Test
  void anOldProcessThatKeepsItsSocketsOrSpeaksOtherwiseFailsTheStart() throws Exception {
    old('1', -1);
    assertThat(failure(build("second", 0, SHORT, builder -> builder)))
        .hasMessageContaining("has not answered within PT0.2S; find it with lsof");
    close();
    open.clear();
    old('2', -1);
    assertThat(failure(build("second", 0, LONG, builder -> builder)))
        .hasMessageContaining("is no server of this kind and version");
  }

  @Test
  void anOldProcessThatGivesAnotherNumberOfSocketsFailsTheStart() {
    ListenSocket other = ListenSocket.open(sockets, null, 0, 1, false);
    open.add(other);
    old('1', 2, other.fd());
    assertThat(failure(build("second", 0, LONG, builder -> builder)))
        .hasMessageContaining("announced 2 sockets and sent 1");
  }

  @Test
  void anOldProcessThatRefusesFailsTheStart() {
    old('R', -1);
    assertThat(failure(build("second", 0, LONG, builder -> builder)))
        .hasMessageContaining("gives its sockets to its own user and to root only");
  }

  @Test
  void aDescriptorThatDoesNotListenFailsTheStart() throws IOException {
    try (SocketChannel plain = SocketChannel.open()) {
      assertThat(plain.isOpen()).isTrue();
      ListenSocket control = ListenSocket.openControl(sockets, folder.resolve("x"), "path", 1);
      open.add(control);
      UnixPeer connected =
          new UnixPeer(sockets, UnixPeer.connect(sockets, folder.resolve("x"), "path"));
      open.add(connected);
      old('1', 1, connected.fd());
      assertThat(failure(build("second", 0, LONG, builder -> builder)))
          .hasMessageContaining("that were handed over is no listening stream socket");
    }
  }

  @Test
  void aSocketOfAnotherPortFailsTheStart() {
    KqueueServer old = start("first", 0);
    int wanted = old.port() == 9 ? 10 : 9;
    assertThat(failure(build("second", wanted, LONG, builder -> builder)))
        .hasMessageContaining(
            "listens on 127.0.0.1:" + old.port() + ", and here port " + wanted + " of 127.0.0.1");
    assertThat(get(old.port())).isEqualTo("first");
  }

  @Test
  void aSocketOfAnotherAddressOrPathFailsTheStart() {
    KqueueServer old = start("first", 0);
    assertThat(failure(build("second", old.port(), LONG, builder -> builder.address(null))))
        .hasMessageContaining("and here port " + old.port() + " is wanted");
    Path served = folder.resolve("app.sock");
    assertThat(failure(build("second", 0, LONG, builder -> builder.unixSocket(served))))
        .hasMessageContaining("has handed over 0 sockets of paths, and here wanted is: unix:");
    assertThat(failure(build("second", -1, LONG, builder -> builder)))
        .hasMessageContaining("and here no port is set is wanted");
    assertThat(get(old.port())).isEqualTo("first");
  }

  // ---- settings

  @Test
  void aPathThatCannotBeServedFailsTheStart() throws IOException {
    path = folder.resolve("missing").resolve("next.sock");
    assertThat(failure(build("first", 0, LONG, builder -> builder)))
        .hasMessageContaining("handover.path " + path + " cannot be served: bind(unix:")
        .hasMessageContaining("ENOENT");
    path = Files.writeString(folder.resolve("file"), "kept");
    assertThat(failure(build("first", 0, LONG, builder -> builder)))
        .hasMessageContaining("handover.path " + path + " exists and is no socket");
    assertThat(path).hasContent("kept");
  }

  @Test
  void aSocketThatWasActivatedIsNotHandedOver() {
    UnaryOperator<KqueueServerBuilder> both =
        builder -> builder.socketActivation(SocketActivation.AUTO);
    assertThat(failure(build("first", 0, LONG, both)))
        .hasMessageContaining("both handover.path and socket-activation are set");
  }
}
