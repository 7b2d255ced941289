package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.ffi.ListenException;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.socket.ListenSocket;
import io.kqueueserver.socket.Sockets;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixSocketTest {
  @TempDir private Path folder;
  private Path path;
  private KqueueServer server;

  @BeforeEach
  void choose() {
    path = folder.resolve("app.sock");
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.stop();
    }
  }

  private KqueueServer start(int port) {
    server = build(port);
    server.start();
    return server;
  }

  private KqueueServer build(int port) {
    return KqueueServer.builder()
        .port(port)
        .unixSocket(path)
        .loops(2)
        .handler(exchange -> ServerExtension.answer(exchange, 200, shown(exchange.remoteAddress())))
        .build();
  }

  private static String shown(InetSocketAddress address) {
    return address.getAddress().getHostAddress() + ":" + address.getPort();
  }

  private String get() throws IOException {
    try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      client.write(
          ByteBuffer.wrap(
              "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII)));
      ByteBuffer answer = ByteBuffer.allocate(4096);
      while (client.read(answer) >= 0) {}
      return new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII);
    }
  }

  @Test
  void requestsAreServedFromThisMachine() throws Exception {
    assertThat(start(-1).port()).isEqualTo(-1);
    for (int i = 0; i < 5; i++) {
      assertThat(get()).startsWith("HTTP/1.1 200 ").endsWith("127.0.0.1:0");
    }
    assertThat(server.running().listenerNames()).containsExactly("unix:" + path);
  }

  @Test
  void aPortIsServedBesideIt() throws Exception {
    start(0);
    assertThat(get()).startsWith("HTTP/1.1 200 ");
    try (WirePeer peer = WirePeer.connect(server.port())) {
      assertThat(peer.get("/").response().status()).isEqualTo(200);
    }
  }

  @Test
  void whoMayConnectIsUpToThePermissions() throws Exception {
    start(-1);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-rw----");
    server.stop();
    server =
        KqueueServer.builder()
            .port(-1)
            .unix(new UnixOptions(path, PosixFilePermissions.fromString("rw-------")))
            .build();
    server.start();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-------");
  }

  @Test
  void theFileIsGoneAfterStopAndTheServerMayStartAgain() throws Exception {
    start(-1).stop();
    assertThat(path).doesNotExist();
    server.start();
    assertThat(get()).startsWith("HTTP/1.1 200 ");
  }

  @Test
  void aDrainRefusesNewConnections() {
    start(-1).drain(() -> {});
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> SocketChannel.open(UnixDomainSocketAddress.of(path)));
  }

  @Test
  void aStaleSocketIsReplaced() throws Exception {
    ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    dead.bind(UnixDomainSocketAddress.of(path)).close();
    assertThat(path).exists();
    assertThatExceptionOfType(ConnectException.class).isThrownBy(this::get);
    start(-1);
    assertThat(get()).startsWith("HTTP/1.1 200 ");
  }

  @Test
  void aLivingServerKeepsItsPathAndIsNamed() throws Exception {
    start(-1);
    assertThatExceptionOfType(NativeException.class)
        .isThrownBy(() -> build(-1).start())
        .withMessageStartingWith("bind(unix:" + path + "): EADDRINUSE");
    assertThat(get()).startsWith("HTTP/1.1 200 ");
  }

  @Test
  void ofServersThatFindOneStaleSocketExactlyOneServes() throws Exception {
    Sockets sockets = new Sockets(Native.load(NativeOptions.DEFAULTS));
    for (int round = 0; round < 50; round++) {
      ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      dead.bind(UnixDomainSocketAddress.of(path)).close();
      CyclicBarrier together = new CyclicBarrier(2);
      List<CompletableFuture<ListenSocket>> racers = new ArrayList<>();
      for (int racer = 0; racer < 2; racer++) {
        // A thread each: the common pool may have one, and each waits for the other.
        racers.add(
            CompletableFuture.supplyAsync(
                () -> openTogether(sockets, together), task -> new Thread(task).start()));
      }
      List<ListenSocket> winners = new ArrayList<>();
      for (CompletableFuture<ListenSocket> racer : racers) {
        ListenSocket winner = racer.get(30, TimeUnit.SECONDS);
        if (winner != null) {
          winners.add(winner);
        }
      }
      SocketChannel.open(UnixDomainSocketAddress.of(path)).close();
      winners.forEach(ListenSocket::close);
      assertThat(winners).as("round %d", round).hasSize(1);
      assertThat(path).doesNotExist();
    }
  }

  /** The socket; null if the path is in use by the other server. */
  private ListenSocket openTogether(Sockets sockets, CyclicBarrier together) {
    try {
      together.await(30, TimeUnit.SECONDS);
      return ListenSocket.openUnix(sockets, path, PosixFilePermissions.fromString("rw-------"), 10);
    } catch (NativeException e) {
      assertThat(e).hasMessageContaining("EADDRINUSE");
      return null;
    } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void whoClosesNeverRemovesTheSocketOfItsSuccessor() throws Exception {
    Sockets sockets = new Sockets(Native.load(NativeOptions.DEFAULTS));
    Set<PosixFilePermission> all = PosixFilePermissions.fromString("rw-------");
    ListenSocket serving = ListenSocket.openUnix(sockets, path, all, 10);
    for (int round = 0; round < 100; round++) {
      ListenSocket leaving = serving;
      CompletableFuture<Void> left = CompletableFuture.runAsync(leaving::close);
      serving = null;
      while (serving == null) {
        try {
          serving = ListenSocket.openUnix(sockets, path, all, 10);
        } catch (NativeException e) {
          assertThat(e).hasMessageContaining("EADDRINUSE"); // not gone yet
        }
      }
      left.get(30, TimeUnit.SECONDS);
      assertThat(path).as("round %d", round).exists();
      SocketChannel.open(UnixDomainSocketAddress.of(path)).close();
    }
    serving.close();
    assertThat(path).doesNotExist();
  }

  @Test
  void aDirectorySomebodyHoldsLockedIsNamed() throws Exception {
    Path perl = Path.of("/usr/bin/perl");
    assumeThat(Files.isExecutable(perl)).as("%s, to lock a directory", perl).isTrue();
    Process holder =
        new ProcessBuilder(
                perl.toString(),
                "-e",
                "open(D, '<', $ARGV[0]) or die $!; flock(D, 2) or die $!; $|=1; print 'x'; <STDIN>",
                folder.toString())
            .start();
    try {
      assertThat(holder.getInputStream().read()).isEqualTo('x');
      Thread.currentThread().interrupt(); // or it would wait its five seconds
      assertThatExceptionOfType(IllegalStateException.class)
          .isThrownBy(() -> start(-1))
          .withMessageContaining(
              "holds a lock (flock) on the directory of unix-socket.path " + path);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
      holder.destroy();
    }
    assertThat(path).doesNotExist();
  }

  @Test
  void whatIsNoSocketIsNeverTouched() throws Exception {
    Files.writeString(path, "precious");
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> start(-1))
        .withMessageContaining(path + " exists and is no socket");
    assertThat(path).hasContent("precious");
  }

  @Test
  void aLinkToAStaleSocketIsNoSocketEither() throws Exception {
    Path target = folder.resolve("target.sock");
    ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    dead.bind(UnixDomainSocketAddress.of(target)).close();
    Files.createSymbolicLink(path, target);
    assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> start(-1));
    assertThat(Files.isSymbolicLink(path)).isTrue();
    assertThat(target).exists();
  }

  @Test
  void aLinkToNothingIsNoSocket() throws Exception {
    Files.createSymbolicLink(path, folder.resolve("elsewhere"));
    assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> start(-1));
    assertThat(Files.isSymbolicLink(path)).isTrue();
  }

  @Test
  void theSocketOfASuccessorIsNotRemoved() throws Exception {
    start(-1);
    Files.delete(path);
    try (ServerSocketChannel successor = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      successor.bind(UnixDomainSocketAddress.of(path));
      server.stop();
      assertThat(path).exists();
    }
  }

  @Test
  void aPathTooLongForTheSystemIsNamedWithTheBound() {
    path = folder.resolve("a".repeat(200));
    assertThatExceptionOfType(ListenException.class)
        .isThrownBy(() -> start(-1))
        .withMessageMatching(
            "unix-socket.path .* is \\d+ bytes long, but .* takes at most 1\\d\\d; .*");
  }

  @Test
  void aFolderThatIsMissingIsNamed() {
    path = folder.resolve("missing/app.sock");
    assertThatExceptionOfType(NativeException.class)
        .isThrownBy(() -> start(-1))
        .withMessageStartingWith("bind(unix:" + path + "): ENOENT");
  }

  @Test
  void aPortThatIsTakenLeavesNoFileBehind() {
    start(0);
    Path first = path;
    path = folder.resolve("second.sock");
    assertThatExceptionOfType(NativeException.class).isThrownBy(() -> build(server.port()).start());
    assertThat(path).doesNotExist();
    assertThat(first).exists();
  }

  @Test
  void nothingToListenOnIsAnError() {
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> KqueueServer.builder().port(-1).build().start())
        .withMessageContaining("nothing to listen on");
  }
}
