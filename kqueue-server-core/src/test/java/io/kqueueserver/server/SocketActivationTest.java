package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.build.ChildJvm;
import io.kqueueserver.build.ChildJvm.Result;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SocketActivationTest {
  private static final Path PERL = Path.of("/usr/bin/perl");

  /** What systemd does: listens, passes the socket on as descriptor 3, and becomes the program. */
  private static final String LISTEN_AND_EXEC =
      """
      use Socket; use POSIX ();
      $^F = 20; # descriptors up to here survive exec
      socket(my $s, PF_INET, SOCK_STREAM, 0) or die "socket: $!";
      bind($s, sockaddr_in(0, INADDR_LOOPBACK)) or die "bind: $!";
      listen($s, 16) or die "listen: $!";
      POSIX::dup2(fileno($s), 3) or die "dup2: $!";
      @ENV{qw(LISTEN_PID LISTEN_FDS LISTEN_FDNAMES)} = ($$, 1, "web");
      exec @ARGV or die "exec: $!";
      """;

  /**
   * Serves on what it has inherited, twice; a client of the pause between is served by the second.
   */
  static class Main {
    public static void main(String[] args) {
      KqueueServer server =
          KqueueServer.builder()
              .port(-1)
              .socketActivation(SocketActivation.REQUIRED)
              .loops(2)
              .handler(exchange -> ServerExtension.answer(exchange, 200, "hello"))
              .build();
      server.start();
      int port = server.port();
      try (WirePeer peer = WirePeer.connect(InetAddress.getLoopbackAddress(), port)) {
        System.out.println("first: " + peer.get("/").response().body());
      }
      server.drain(() -> {});
      server.stop();
      try (WirePeer early = WirePeer.connect(InetAddress.getLoopbackAddress(), port)) {
        early.get("/");
        server.start();
        System.out.println("second: " + early.response().body());
        System.out.println("same port: " + (server.port() == port));
      }
      server.stop();
    }
  }

  @Test
  void anInheritedSocketIsServedAndSurvivesAStop() throws Exception {
    assumeThat(Files.isExecutable(PERL)).as("%s, to hand a socket over", PERL).isTrue();
    Result result =
        ChildJvm.ofThisJdk().launchedBy(PERL.toString(), "-e", LISTEN_AND_EXEC).run(Main.class);
    assertThat(result.out())
        .as(result.err())
        .contains("first: hello", "second: hello", "same port: true");
    assertThat(result.exit()).isZero();
  }

  @Test
  void whereItIsRequiredAndMissingTheStartSaysWhatToDo() {
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(
            () ->
                KqueueServer.builder().socketActivation(SocketActivation.REQUIRED).build().start())
        .withMessageContaining("no listening socket was opened for this process");
  }

  @Test
  void withAutoThePortIsOpenedIfThereIsNone() {
    KqueueServer server =
        KqueueServer.builder().port(0).loops(1).socketActivation(SocketActivation.AUTO).build();
    server.start();
    assertThat(server.port()).isPositive();
    server.stop();
  }
}
