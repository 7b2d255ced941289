package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.TEXT;
import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.KqueueServerBuilder;
import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.ForeignLibrary;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.ffi.SystemHooks;
import io.kqueueserver.ffi.SystemHooks.OddName;
import io.kqueueserver.stats.CloseReason;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What kernels answer now and then, and a server on them must take: here xnu's. */
class OddKernelTest {
  private static final String LARGE = "0123456789abcdef".repeat(100_000);

  @RegisterExtension final ServerExtension server = new ServerExtension();

  @TempDir Path directory;

  private final Path library =
      ForeignLibrary.compile(
          "darwin-aarch64", "system_on_linux.c", "-DNO_ACCEPT4", "-DINHERIT_NONBLOCK");
  private final SystemHooks hooks = SystemHooks.of(library);

  @BeforeEach
  void start() {
    restart(builder -> {});
    server
        .on("/a", exchange -> answer(exchange, 200, shown(exchange.remoteAddress())))
        .on("/local", exchange -> answer(exchange, 200, shown(exchange.localAddress())))
        .on("/large", exchange -> answer(exchange, 200, LARGE));
  }

  private void restart(Consumer<KqueueServerBuilder> options) {
    NativeOptions natives = new NativeOptions(null, null, library.toString(), "darwin-aarch64");
    server.restart(
        builder -> {
          builder.natives(natives);
          options.accept(builder);
        });
  }

  @AfterEach
  void calm() {
    hooks.kqtest_odd_names(0, 0);
    hooks.kqtest_unknown_names(0);
    hooks.kqtest_fail_writes(0, 0);
  }

  private static String shown(InetSocketAddress address) {
    return address.getAddress().getHostAddress() + ":" + address.getPort();
  }

  // ---- addresses

  @Test
  void connectionsWithoutAnAddressAreClosedCountedAndTheNextServed() throws IOException {
    hooks.oddNames(OddName.NAMELESS, 3);
    List<WirePeer> nameless = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      nameless.add(server.connect());
    }
    for (WirePeer peer : nameless) {
      assertThat(peer.socket.getInputStream().read()).isEqualTo(-1);
    }
    // The loop counts after it has closed.
    await().until(() -> server.sum(stats -> stats.acceptAborted) == 3);
    assertThat(server.sum(stats -> stats.accepted)).isZero();

    WirePeer named = server.connect();
    assertThat(named.get("/a").response().body())
        .isEqualTo("127.0.0.1:" + named.socket.getLocalPort());
    assertThat(server.server().connections()).as("open").isEqualTo(1);
  }

  @Test
  void aConnectionWhoseOwnAddressIsNotToldHasTheListeners() {
    WirePeer peer = server.connect();
    assertThat(peer.get("/a").response().status()).isEqualTo(200);
    hooks.kqtest_unknown_names(1);
    assertThat(peer.get("/local").response().body()).endsWith(":" + server.port());
  }

  // ---- writes

  private void failWrites(String errno, int times) {
    hooks.kqtest_fail_writes(Abi.named("darwin-aarch64").constant(errno), times);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ENOBUFS", "ENOMEM"})
  void aSystemThatIsOutOfBuffersIsAskedAgain(String errno) {
    WirePeer peer = server.connect();
    failWrites(errno, 5);
    assertThat(peer.get("/large").response().body().equals(LARGE)).isTrue();
    assertThat(hooks.kqtest_failed_writes()).isEqualTo(5);
    assertThat(server.sum(stats -> stats.writesPutOff)).isEqualTo(5);
    assertThat(peer.get("/a").response().status()).as("kept").isEqualTo(200);
  }

  @Test
  void soItIsUnderTls() {
    restart(builder -> builder.tls(TlsFixture.server()));
    failWrites("ENOBUFS", 3); // the handshake's
    WirePeer peer = server.connect(TlsFixture.client());
    assertThat(peer.get("/a").response().status()).isEqualTo(200);
    failWrites("ENOBUFS", 5);
    assertThat(peer.get("/large").response().body().equals(LARGE)).isTrue();
    assertThat(server.sum(stats -> stats.writesPutOff)).isPositive();
  }

  @Test
  void soItIsWithAFileInMemory() throws IOException {
    Path file = Files.writeString(directory.resolve("f"), LARGE);
    server.on(
        "/file",
        exchange -> {
          exchange.respond(200, TEXT, LARGE.length());
          exchange.writeFile(file, 0, LARGE.length(), null);
          exchange.finish();
        });
    failWrites("ENOBUFS", 4);
    assertThat(server.connect().get("/file").response().body().equals(LARGE)).isTrue();
  }

  @Test
  void theWriteTimeoutEndsItAndItIsNotAskedTooOften() {
    restart(builder -> builder.writeTimeout(Duration.ofMillis(400)));
    WirePeer peer = server.connect();
    failWrites("ENOBUFS", Integer.MAX_VALUE);
    peer.get("/a");
    await().until(() -> server.closed(CloseReason.WRITE_TIMEOUT) == 1);
    // 1, 2, 4 .. 64 ms are seven, then one in 100 ms; a loop that spins makes thousands.
    assertThat(hooks.kqtest_failed_writes()).isBetween(2, 20);
    hooks.kqtest_fail_writes(0, 0);
    assertThat(server.connect().get("/a").response().status()).isEqualTo(200);
  }

  @Test
  void aWriteThatMeetsATeardownIsRepeatedThriceAndThenThePeerIsGone() {
    WirePeer lucky = server.connect();
    failWrites("EPROTOTYPE", 3);
    assertThat(lucky.get("/a").response().status()).isEqualTo(200);
    assertThat(server.sum(stats -> stats.writesPutOff)).isZero();

    WirePeer gone = server.connect();
    failWrites("EPROTOTYPE", 4);
    gone.get("/a");
    await().until(() -> server.closed(CloseReason.PEER_RESET) == 1);
  }
}
