package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.ffi.NativeException;
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
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
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
            .unixSocket(path)
            .unixSocketPermissions(Set.copyOf(PosixFilePermissions.fromString("rw-------")))
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
  void whatIsNoSocketIsNeverTouched() throws Exception {
    Files.writeString(path, "precious");
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> start(-1))
        .withMessageContaining(path + " exists and is no socket");
    assertThat(path).hasContent("precious");
  }

  @Test
  void aLinkToASocketIsNoSocket() throws Exception {
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
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> start(-1))
        .withMessageMatching(
            "unix-socket.path is \\d+ bytes long, but .* takes at most 1\\d\\d: .*");
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
