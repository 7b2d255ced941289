package io.kqueueserver.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.ffi.NativeOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SocketsTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  private final Native natives = natives();
  private final Sockets sockets = new Sockets(natives);
  private final NativeBuffer buffer = NativeBuffer.allocate(1 << 16);
  private ListenSocket listener;
  private Socket peer;
  private int fd;
  @TempDir Path directory;

  /** The binding under test. */
  Native natives() {
    return Native.load(new NativeOptions(null, null, null, null));
  }

  @BeforeEach
  void connect() throws Exception {
    listener = ListenSocket.open(sockets, LOOPBACK, 0, 16, false);
    peer = new Socket(LOOPBACK, listener.localPort());
    fd = accept(listener);
  }

  @AfterEach
  void close() throws IOException {
    sockets.close(fd);
    peer.close();
    listener.close();
  }

  private byte[] lastPeer = {};

  private int accept(ListenSocket from) throws InterruptedException {
    ListenSocket.Intake intake = from.intake();
    int accepted = intake.accept();
    for (int i = 0; i < 1000 && sockets.wouldBlock(accepted); i++) {
      Thread.sleep(1);
      accepted = intake.accept();
    }
    assertThat(accepted).as(sockets.errnoName(accepted)).isNotNegative();
    lastPeer = intake.lastPeer();
    return accepted;
  }

  private int readSome() throws InterruptedException {
    int n = sockets.read(fd, buffer.address(), buffer.size());
    for (int i = 0; i < 1000 && sockets.wouldBlock(n); i++) {
      Thread.sleep(1);
      n = sockets.read(fd, buffer.address(), buffer.size());
    }
    return n;
  }

  @Test
  void bytesGoBothWays() throws Exception {
    buffer.bytes().putInt(0, 0x01020304);
    assertThat(sockets.write(fd, buffer.address(), 4)).isEqualTo(4);
    assertThat(peer.getInputStream().readNBytes(4)).hasSize(4);
    peer.getOutputStream().write(new byte[] {9, 8, 7});
    assertThat(readSome()).isEqualTo(3);
    assertThat(buffer.bytes().get(2)).isEqualTo((byte) 7);
  }

  @Test
  void nothingToReadIsNotTheEnd() throws Exception {
    int nothing = sockets.read(fd, buffer.address(), 10);
    assertThat(sockets.wouldBlock(nothing)).isTrue();
    peer.shutdownOutput();
    assertThat(readSome()).isZero();
  }

  @Test
  void aResetIsToldFromOtherFailures() throws Exception {
    peer.setSoLinger(true, 0);
    peer.close();
    int n = readSome();
    assertThat(sockets.errnoName(n)).isEqualTo("ECONNRESET");
    assertThat(sockets.wouldBlock(n)).isFalse();
    int broken = sockets.write(fd, buffer.address(), 1);
    assertThat(sockets.errnoName(broken)).isEqualTo("EPIPE");
  }

  @Test
  void aFullSocketWouldBlock() {
    int n;
    do {
      n = sockets.write(fd, buffer.address(), buffer.size());
    } while (n > 0);
    assertThat(sockets.wouldBlock(n)).isTrue();
  }

  @Test
  void shutdownWriteSendsTheEndAndLeavesReadingOpen() throws Exception {
    assertThat(sockets.shutdownWrite(fd)).isZero();
    assertThat(peer.getInputStream().read()).isEqualTo(-1);
    peer.getOutputStream().write(1);
    assertThat(readSome()).isEqualTo(1);
  }

  @Test
  void theSocketsErrorIsAskedOnce() throws Exception {
    assertThat(sockets.socketError(fd)).isZero();
    peer.setSoLinger(true, 0);
    peer.close();
    int error = 0;
    for (int i = 0; i < 1000 && error == 0; i++) {
      error = sockets.socketError(fd);
      Thread.sleep(1);
    }
    assertThat(sockets.errnoName(error)).isEqualTo("ECONNRESET");
    assertThat(sockets.socketError(fd)).isZero();
  }

  @Test
  void acceptedSocketsAreNonBlockingClosedOnExecAndWithoutDelay() {
    Abi abi = natives.abi();
    assertThat(natives.libc().fcntl(fd, abi.constant("F_GETFD"), 0))
        .isEqualTo(abi.constant("FD_CLOEXEC"));
    int nonBlocking = abi.constant("O_NONBLOCK");
    assertThat(natives.libc().fcntl(fd, abi.constant("F_GETFL"), 0) & nonBlocking)
        .isEqualTo(nonBlocking);
    assertThat(sockets.getsockopt(fd, abi.constant("IPPROTO_TCP"), abi.constant("TCP_NODELAY")))
        .as("inherited from the listener")
        .isNotZero();
    assertThat(natives.libc().fcntl(listener.fd(), abi.constant("F_GETFD"), 0))
        .isEqualTo(abi.constant("FD_CLOEXEC"));
  }

  @Test
  void addressesComeOutAsJavaKnowsThem() {
    InetSocketAddress remote = SocketAddresses.decode(natives.abi(), lastPeer);
    assertThat(remote).isEqualTo(peer.getLocalSocketAddress());
    assertThat(sockets.localAddress(fd)).isEqualTo(peer.getRemoteSocketAddress());
    assertThat(listener.localAddress().getAddress()).isEqualTo(LOOPBACK);
  }

  /** OpenBSD and DragonFly have no sockets of both families: ip6(4), IPV6_V6ONLY. */
  boolean oneSocketServesBothFamilies() {
    String os = natives.abi().os();
    return natives.isForeign() || !(os.equals("openbsd") || os.equals("dragonfly"));
  }

  @Test
  void withoutAnAddressBothFamiliesAreServed() throws Exception {
    List<ListenSocket> all = ListenSocket.openAll(sockets, null, 0, 16, false, TcpOptions.DEFAULTS);
    try {
      boolean hasIpv6 = all.get(0).localAddress().getAddress().getAddress().length == 16;
      assertThat(all).hasSize(hasIpv6 && !oneSocketServesBothFamilies() ? 2 : 1);
      assertServes(all.get(all.size() - 1), "127.0.0.1");
      if (hasIpv6) {
        assertServes(all.get(0), "::1");
      }
    } finally {
      all.forEach(ListenSocket::close);
    }
  }

  private void assertServes(ListenSocket from, String host) throws Exception {
    try (Socket client = new Socket(host, from.localPort())) {
      int accepted = accept(from);
      InetSocketAddress remote = SocketAddresses.decode(natives.abi(), lastPeer);
      assertThat(remote).isEqualTo(client.getLocalSocketAddress());
      assertThat(sockets.localAddress(accepted)).isEqualTo(client.getRemoteSocketAddress());
      sockets.close(accepted);
    }
  }

  @Test
  void aTakenPortIsNamedWithTheRemedy() {
    int port = listener.localPort();
    assertThatThrownBy(() -> ListenSocket.open(sockets, LOOPBACK, port, 16, false))
        .isInstanceOf(NativeException.class)
        .hasMessage(
            "bind(127.0.0.1:"
                + port
                + "): EADDRINUSE - address already in use; stop the other process or choose"
                + " another port");
  }

  @Test
  void aFailedOpenLeavesNoDescriptorBehind() {
    int before = natives.libc().fcntl(listener.fd(), 0, 0);
    natives.libc().close(before);
    for (int i = 0; i < 10; i++) {
      assertThatThrownBy(
              () -> ListenSocket.open(sockets, LOOPBACK, listener.localPort(), 16, false))
          .isInstanceOf(NativeException.class);
    }
    int after = natives.libc().fcntl(listener.fd(), 0, 0);
    natives.libc().close(after);
    assertThat(after).isEqualTo(before);
  }

  @Test
  void reusePortLetsASecondListenerIn() {
    try (ListenSocket first = ListenSocket.open(sockets, LOOPBACK, 0, 16, true);
        ListenSocket second = ListenSocket.open(sockets, LOOPBACK, first.localPort(), 16, true)) {
      assertThat(second.localPort()).isEqualTo(first.localPort());
    }
  }

  @Test
  void failuresOfAcceptAreToldApart() {
    int nothing = listener.intake().accept();
    assertThat(sockets.wouldBlock(nothing)).isTrue();
    assertThat(sockets.isAborted(nothing)).isFalse();
    assertThat(sockets.isExhausted(nothing)).isFalse();
    assertThat(sockets.isAborted(-natives.errno().ECONNABORTED)).isTrue();
    assertThat(sockets.isAborted(-natives.errno().EINTR)).isTrue();
    assertThat(sockets.isAborted(-natives.errno().EPROTO)).isTrue();
    assertThat(sockets.isExhausted(-natives.errno().EMFILE)).isTrue();
    assertThat(sockets.isAborted(-natives.errno().EMFILE)).isFalse();
    assertThat(sockets.isAborted(-natives.errno().EBADF)).isFalse();
    assertThat(sockets.isAborted(5)).isFalse();
    assertThat(sockets.isInterrupted(-natives.errno().EINTR)).isTrue();
  }

  @Test
  void closingTwiceSaysBadDescriptor() {
    assertThat(sockets.close(fd)).isZero();
    assertThat(sockets.errnoName(sockets.close(fd))).isEqualTo("EBADF");
  }

  @Test
  void sendfileSendsFromAnOffsetAndEndsWithTheFile() throws Exception {
    if (natives.isForeign()) {
      assertThat(sockets.hasSendfile()).as("its files are not this machine's").isFalse();
      assertThat(sockets.errnoName(sockets.openForRead("/"))).isEqualTo("ENOSYS");
      return;
    }
    Path file = Files.write(directory.resolve("größe.bin"), new byte[] {1, 2, 3, 4, 5, 6});
    int fileFd = sockets.openForRead(file.toString());
    assertThat(fileFd).isNotNegative();
    sockets.readAhead(fileFd, 0, 6);
    assumeSendfile();
    assertThat(sockets.sendfile(fd, fileFd, 2, 3)).isEqualTo(3);
    assertThat(peer.getInputStream().readNBytes(3)).containsExactly(3, 4, 5);
    assertThat(sockets.sendfile(fd, fileFd, 6, 10)).isZero();
    assertThat(sockets.sendfile(fd, fileFd, 0, 0)).isZero();
    NativeBuffer head = NativeBuffer.allocate(2);
    head.bytes().put(0, (byte) 8).put(1, (byte) 9);
    assertThat(sockets.sendfile(fd, head.address(), 2, fileFd, 4, 2)).isEqualTo(4);
    assertThat(peer.getInputStream().readNBytes(4)).containsExactly(8, 9, 5, 6);
    assertThat(sockets.close(fileFd)).isZero();
    assertThat(sockets.errnoName((int) sockets.sendfile(fd, fileFd, 0, 1))).isEqualTo("EBADF");
  }

  private void assumeSendfile() {
    boolean lacking = List.of("openbsd", "netbsd").contains(natives.abi().os());
    assertThat(sockets.hasSendfile()).isEqualTo(!lacking);
    assumeThat(lacking).as("no sendfile(2) on " + natives.abi()).isFalse();
  }

  @Test
  void sendfileToAFullSocketSendsAPartAndThenWouldBlock() throws Exception {
    if (natives.isForeign()) {
      return;
    }
    assumeSendfile();
    Path file = Files.write(directory.resolve("big"), new byte[64 << 20]);
    int fileFd = sockets.openForRead(file.toString());
    long sent = sockets.sendfile(fd, fileFd, 0, 64 << 20);
    assertThat(sent).isBetween(1L, (64L << 20) - 1);
    long more = sent;
    while (more > 0) {
      more = sockets.sendfile(fd, fileFd, 0, 64 << 20);
    }
    assertThat(sockets.wouldBlock((int) more)).isTrue();
    NativeBuffer head = NativeBuffer.allocate(1);
    long both = sockets.sendfile(fd, head.address(), 1, fileFd, 0, 1);
    assertThat(sockets.wouldBlock((int) both)).isTrue();
    sockets.close(fileFd);
  }

  @Test
  void aMissingFileIsNamedByItsError() {
    if (natives.isForeign()) {
      return;
    }
    int missing = sockets.openForRead(directory.resolve("missing").toString());
    assertThat(sockets.errnoName(missing)).isEqualTo("ENOENT");
  }

  @Test
  void readableBytesAreCounted() throws Exception {
    if (!natives.has("ioctl")) {
      assertThat(sockets.bytesReadable(fd)).isEqualTo(Sockets.UNKNOWN);
      return;
    }
    assertThat(sockets.bytesReadable(fd)).isZero();
    peer.getOutputStream().write(new byte[100]);
    for (int i = 0; i < 1000 && sockets.bytesReadable(fd) < 100; i++) {
      Thread.sleep(1);
    }
    assertThat(sockets.bytesReadable(fd)).isEqualTo(100);
    assertThat(sockets.bytesReadable(-1)).isEqualTo(Sockets.UNKNOWN);
  }
}
