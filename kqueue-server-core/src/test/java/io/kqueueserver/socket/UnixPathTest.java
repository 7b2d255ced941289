package io.kqueueserver.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kqueueserver.ffi.ForeignLibrary;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.ffi.SystemHooks;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** On a system where a full backlog refuses a connect exactly as a server does that is gone. */
class UnixPathTest {
  private final Path library =
      ForeignLibrary.compile(
          "darwin-aarch64", "system_on_linux.c", "-DNO_ACCEPT4", "-DINHERIT_NONBLOCK");
  private final SystemHooks hooks = SystemHooks.of(library);
  private Path folder;
  private Path path;
  private UnixPath file;

  @BeforeEach
  void open() throws Exception {
    folder = Files.createTempDirectory(Path.of("/tmp"), "kq"); // a path of 103 bytes at most
    path = folder.resolve("s");
    NativeOptions options = new NativeOptions(null, null, library.toString(), "darwin-aarch64");
    file = new UnixPath(new Sockets(Native.load(options)), path, "unix-socket.path");
  }

  @AfterEach
  void remove() throws Exception {
    hooks.kqtest_refuse_connects(0);
    Files.deleteIfExists(path);
    Files.delete(folder);
  }

  private void assertLives() {
    assertThatThrownBy(file::removeIfStale)
        .isInstanceOf(NativeException.class)
        .hasMessageStartingWith("bind(unix:" + path + "): EADDRINUSE");
    assertThat(path).exists();
  }

  @Test
  void aServerWhoseBacklogIsFullForAWhileKeepsItsFile() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path));
      assertLives();
      hooks.kqtest_refuse_connects(5);
      assertLives();
    }
  }

  @Test
  void aServerThatIsGoneLosesItsFile() throws Exception {
    ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(path))
        .close();
    file.removeIfStale();
    assertThat(path).doesNotExist();
  }

  @Test
  void whoIsInterruptedWhileLookingRemovesNothing() throws Exception {
    ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(path))
        .close();
    Thread.currentThread().interrupt();
    try {
      assertLives();
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
