package io.kqueueserver.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.ffi.BsdSendfile;
import io.kqueueserver.ffi.DarwinSendfile;
import io.kqueueserver.ffi.ForeignLibrary;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.ffi.SystemHooks;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The BSD forms of sendfile(2), which report progress and failure in one call. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SendFileTest {
  /** The stand-in libraries count descriptors from here. */
  private static final int FD_BASE = 1000;

  @TempDir Path directory;

  @Test
  void darwinsForm() throws Exception {
    Native natives =
        load("darwin-aarch64", "-DDARWIN_SENDFILE", "-DNO_ACCEPT4", "-DINHERIT_NONBLOCK");
    check(natives, new SendFile.Darwin(natives, natives.bind(DarwinSendfile.class)));
  }

  @Test
  void freeBsdsForm() throws Exception {
    Native natives = load("freebsd-x86_64", "-DBSD_SENDFILE");
    check(natives, new SendFile.FreeBsd(natives, natives.bind(BsdSendfile.class)));
  }

  @Test
  void dragonFlysForm() throws Exception {
    Native natives = load("dragonfly-x86_64", "-DBSD_SENDFILE");
    check(natives, new SendFile.Bsd(natives, natives.bind(BsdSendfile.class)));
  }

  @Test
  void whatLeftBeforeAFailureIsCounted() throws Exception {
    Native darwin =
        load("darwin-aarch64", "-DDARWIN_SENDFILE", "-DNO_ACCEPT4", "-DINHERIT_NONBLOCK");
    failsAfterAPart(
        darwin,
        new SendFile.Darwin(darwin, darwin.bind(DarwinSendfile.class)),
        library("darwin-aarch64", "-DDARWIN_SENDFILE", "-DNO_ACCEPT4", "-DINHERIT_NONBLOCK"));
    Native bsd = load("freebsd-x86_64", "-DBSD_SENDFILE");
    failsAfterAPart(
        bsd,
        new SendFile.FreeBsd(bsd, bsd.bind(BsdSendfile.class)),
        library("freebsd-x86_64", "-DBSD_SENDFILE"));
  }

  private void failsAfterAPart(Native natives, SendFile sendFile, Path library) throws Exception {
    Path file = Files.write(directory.resolve("large"), new byte[16 << 20]);
    Sockets host = new Sockets(Native.load(new NativeOptions(null, null, null, null)));
    int hostFd = host.openForRead(file.toString());
    Sockets sockets = new Sockets(natives);
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ListenSocket listener = ListenSocket.open(sockets, loopback, 0, 8, false);
        Socket peer = new Socket(loopback, listener.localPort())) {
      int fd = accept(sockets, listener);
      SystemHooks.of(library).kqtest_fail_writes(natives.errno().ENOBUFS, 1);
      long sent = sendFile.send(fd, hostFd + FD_BASE, 0, 16 << 20);
      assertThat(sent).isBetween(1L, (16L << 20) - 1);
      assertThat(peer.getInputStream().readNBytes((int) sent)).hasSize((int) sent);
      SystemHooks.of(library).kqtest_fail_writes(natives.errno().ENOBUFS, 1);
      NativeBuffer head = NativeBuffer.allocate(4);
      long nothing = sendFile.send(fd, head.address(), 4, hostFd + FD_BASE, 0, 16 << 20);
      assertThat(sockets.isOutOfBuffers((int) nothing)).as("of a head").isTrue();
      sockets.close(fd);
      assertThat(peer.getInputStream().readAllBytes()).isEmpty();
    } finally {
      host.close(hostFd);
    }
  }

  private static Path library(String abi, String... flags) {
    return ForeignLibrary.compile(abi, "system_on_linux.c", flags);
  }

  private static Native load(String abi, String... flags) {
    return Native.load(new NativeOptions(null, null, library(abi, flags).toString(), abi));
  }

  private void check(Native natives, SendFile sendFile) throws Exception {
    NativeBuffer head = NativeBuffer.allocate(4);
    head.bytes().put(0, "head".getBytes(StandardCharsets.US_ASCII));
    byte[] content = new byte[8 << 20];
    content[5] = 55;
    Path file = Files.write(directory.resolve("file"), content);
    Sockets host = new Sockets(Native.load(new NativeOptions(null, null, null, null)));
    int hostFd = host.openForRead(file.toString());
    int fileFd = hostFd + FD_BASE;
    Sockets sockets = new Sockets(natives);
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ListenSocket listener = ListenSocket.open(sockets, loopback, 0, 8, false);
        Socket peer = new Socket(loopback, listener.localPort())) {
      int fd = accept(sockets, listener);
      assertThat(sendFile.send(fd, fileFd, 5, 3)).isEqualTo(3);
      assertThat(peer.getInputStream().readNBytes(3)).containsExactly(55, 0, 0);
      assertThat(sendFile.send(fd, fileFd, content.length, 10)).as("at the end").isZero();
      assertThat(sendFile.send(fd, head.address(), 4, fileFd, 5, 3)).isEqualTo(7);
      assertThat(peer.getInputStream().readNBytes(7)).containsExactly('h', 'e', 'a', 'd', 55, 0, 0);
      assertThat(sendFile.send(fd, head.address(), 4, fileFd, content.length, 10))
          .as("the head alone, where the file has ended")
          .isEqualTo(4);
      assertThat(peer.getInputStream().readNBytes(4)).containsExactly('h', 'e', 'a', 'd');
      long position = 0;
      long sent;
      do {
        sent = sendFile.send(fd, fileFd, position, content.length - position);
        position += Math.max(0, sent);
      } while (sent > 0 && position < content.length);
      assertThat(position).as("sent before the socket was full").isPositive();
      assertThat(position).isLessThan(content.length);
      assertThat(sockets.wouldBlock((int) sent)).isTrue();
      long both = sendFile.send(fd, head.address(), 4, fileFd, 0, 1);
      assertThat(sockets.wouldBlock((int) both)).as("nor takes a head").isTrue();
      assertThat(peer.getInputStream().readNBytes((int) position)).hasSize((int) position);
      sockets.close(fd);
      long failed = sendFile.send(fd, fileFd, 0, 1);
      assertThat(sockets.errnoName((int) failed)).isEqualTo("EBADF");
    } finally {
      host.close(hostFd);
    }
  }

  private static int accept(Sockets sockets, ListenSocket listener) throws InterruptedException {
    ListenSocket.Intake intake = listener.intake();
    int fd = intake.accept();
    while (sockets.wouldBlock(fd)) {
      Thread.sleep(1);
      fd = intake.accept();
    }
    return fd;
  }
}
