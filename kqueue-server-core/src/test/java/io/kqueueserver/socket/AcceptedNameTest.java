package io.kqueueserver.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.ffi.ForeignLibrary;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.ffi.SystemHooks;
import io.kqueueserver.ffi.SystemHooks.OddName;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections that accept(2) gives out without an address, as xnu does after a reset. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AcceptedNameTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  @ParameterizedTest
  @EnumSource
  void aTcpConnectionWithoutAWholeAddressWasAborted(OddName kind) throws Exception {
    Path library =
        ForeignLibrary.compile(
            "darwin-aarch64", "system_on_linux.c", "-DNO_ACCEPT4", "-DINHERIT_NONBLOCK");
    Native natives =
        Native.load(new NativeOptions(null, null, library.toString(), "darwin-aarch64"));
    Sockets sockets = new Sockets(natives);
    try (ListenSocket listener = ListenSocket.open(sockets, LOOPBACK, 0, 16, false)) {
      ListenSocket.Intake intake = listener.intake();
      try (Socket before = new Socket(LOOPBACK, listener.localPort())) {
        sockets.close(accept(sockets, intake));
        assertThat(SocketAddresses.decode(natives.abi(), intake.lastPeer()))
            .isEqualTo(before.getLocalSocketAddress());
      }
      SystemHooks.of(library).oddNames(kind, 1);
      try (Socket nameless = new Socket(LOOPBACK, listener.localPort());
          Socket next = new Socket(LOOPBACK, listener.localPort())) {
        int aborted = accept(sockets, intake);
        assertThat(sockets.errnoName(aborted)).isEqualTo("ECONNABORTED");
        assertThat(sockets.isAborted(aborted)).isTrue();
        assertThat(nameless.getInputStream().read()).as("its descriptor is closed").isEqualTo(-1);

        int fd = accept(sockets, intake);
        assertThat(fd).isNotNegative();
        assertThat(SocketAddresses.decode(natives.abi(), intake.lastPeer()))
            .isEqualTo(next.getLocalSocketAddress());
        sockets.close(fd);
      }
    }
  }

  private static int accept(Sockets sockets, ListenSocket.Intake intake)
      throws InterruptedException {
    int fd = intake.accept();
    while (sockets.wouldBlock(fd)) {
      Thread.sleep(1);
      fd = intake.accept();
    }
    return fd;
  }
}
