package io.kqueueserver.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import java.net.InetAddress;
import java.net.Socket;
import org.junit.jupiter.api.Test;

class TcpOptionsTest {
  private final Sockets sockets = new Sockets(Native.load(NativeOptions.DEFAULTS));
  private final Abi abi = sockets.abi();

  private ListenSocket open(TcpOptions options) {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    return ListenSocket.openAll(sockets, loopback, 0, 16, false, options).get(0);
  }

  private int option(int fd, String level, String option) {
    return sockets.getsockopt(fd, abi.constant(level), abi.constant(option));
  }

  private int accepted(ListenSocket listener) {
    ListenSocket.Intake intake = listener.intake();
    int[] fd = {-1};
    await().until(() -> (fd[0] = intake.accept()) >= 0);
    return fd[0];
  }

  @Test
  void acceptedSocketsInheritWhatTheListenerHas() throws Exception {
    for (boolean on : new boolean[] {true, false}) {
      try (ListenSocket listener = open(new TcpOptions(on, on, 0, false));
          Socket client = new Socket(InetAddress.getLoopbackAddress(), listener.localPort())) {
        int fd = accepted(listener);
        assertThat(option(fd, "IPPROTO_TCP", "TCP_NODELAY") != 0).isEqualTo(on);
        assertThat(option(fd, "SOL_SOCKET", "SO_KEEPALIVE") != 0).isEqualTo(on);
        assertThat(client.isConnected()).isTrue();
        sockets.close(fd);
      }
    }
  }

  @Test
  void fastOpenIsSetWhereTheSystemHasIt() {
    assumeThat(abi.isLinux()).as("Linux, whose option tells its value").isTrue();
    try (ListenSocket listener = open(new TcpOptions(true, false, 5, false))) {
      assertThat(option(listener.fd(), "IPPROTO_TCP", "TCP_FASTOPEN")).isEqualTo(5);
    }
  }

  @Test
  void aSilentConnectionIsNotHandedOverIfAcceptIsDeferred() throws Exception {
    assumeThat(abi.isLinux())
        .as("Linux; the accept filters of the BSDs have not been run")
        .isTrue();
    try (ListenSocket listener = open(new TcpOptions(true, false, 0, true));
        Socket silent = new Socket(InetAddress.getLoopbackAddress(), listener.localPort());
        Socket client = new Socket(InetAddress.getLoopbackAddress(), listener.localPort())) {
      client.getOutputStream().write('x');
      int fd = accepted(listener);
      assertThat(sockets.bytesReadable(fd)).isEqualTo(1);
      assertThat(sockets.wouldBlock(listener.intake().accept())).isTrue();
      assertThat(silent.isConnected()).isTrue();
      sockets.close(fd);
    }
  }

  @Test
  void whatASystemLacksIsNamedAsItsProperty() {
    TcpOptions all = new TcpOptions(true, true, 5, true);
    assertThat(all.missing(Abi.named("linux-x86_64"))).isEmpty();
    assertThat(all.missing(Abi.named("freebsd-x86_64"))).isEmpty();
    assertThat(all.missing(Abi.named("darwin-aarch64"))).containsExactly("defer-accept");
    assertThat(all.missing(Abi.named("netbsd-x86_64"))).containsExactly("tcp-fast-open");
    assertThat(all.missing(Abi.named("openbsd-x86_64")))
        .containsExactly("tcp-fast-open", "defer-accept");
    assertThat(TcpOptions.DEFAULTS.missing(Abi.named("openbsd-x86_64"))).isEmpty();
  }
}
