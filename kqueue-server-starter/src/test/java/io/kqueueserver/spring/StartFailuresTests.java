package io.kqueueserver.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.ffi.Errno;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.ffi.NativeUnavailableException;
import io.kqueueserver.server.ServerOptions;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.boot.web.server.WebServerException;

/**
 * Which failures of a start Spring Boot explains as a port in use: one by name, since its number
 * (98 on Linux, 48 on the BSDs) is the system's. Our own analyzer explains the others.
 */
class StartFailuresTests {
  private static final int PORT = 8099;
  private static final ServerOptions OPTIONS = KqueueServer.builder().port(PORT).build().options();

  private final Errno errnos = Native.load(NativeOptions.DEFAULTS).errno();

  @Test
  void aPortInUseIsThatWithItsPortAndCause() {
    NativeException failure = failure("EADDRINUSE", "0.0.0.0:8099");
    RuntimeException told = StartFailures.translate(failure, OPTIONS);
    assertThat(told).isInstanceOf(PortInUseException.class).hasCause(failure);
    assertThat(((PortInUseException) told).getPort()).isEqualTo(PORT);
  }

  @ParameterizedTest
  @CsvSource({
    "EACCES,        0.0.0.0:8099,      'server.port=8099 and server.address say where.'",
    "EADDRNOTAVAIL, 192.0.2.1:8099,    'server.port=8099 and server.address say where.'",
    "EAFNOSUPPORT,  '[::1]:8099',      'server.port=8099 and server.address say where.'",
    "EINVAL,        0.0.0.0:8099,      'server.port=8099 and server.address say where.'",
    "ENOBUFS,       0.0.0.0:8099,      'server.port=8099 and server.address say where.'",
    "EMFILE,        0.0.0.0:8099,      (ulimit -n)",
    "EADDRINUSE,    unix:/run/app.sock, kqueue.server.unix-socket.path says where.",
    "ENOENT,        unix:/run/app.sock, kqueue.server.unix-socket.path says where.",
    "EACCES,        unix:/run/app.sock, kqueue.server.unix-socket.path says where.",
    "ENAMETOOLONG,  unix:/run/app.sock, kqueue.server.unix-socket.path says where.",
  })
  void anythingElseIsAFailureOfTheStartThatNamesItAndItsKeys(
      String errno, String subject, String remedy) {
    NativeException failure = failure(errno, subject);
    RuntimeException told = StartFailures.translate(failure, OPTIONS);
    assertThat(told)
        .isInstanceOf(WebServerException.class)
        .hasCause(failure)
        .hasMessageContainingAll("Unable to start Kqueue", errno, subject);
    KqueueStartException start = (KqueueStartException) told;
    assertThat(start.problem())
        .startsWith("bind(" + subject + ") failed with " + errno)
        .endsWith(".");
    assertThat(start.remedy()).contains(remedy);
  }

  @Test
  void theManagementServerHasKeysOfItsOwn() {
    ServerOptions management =
        KqueueServer.builder().name("kqueue-management").port(PORT).build().options();
    assertThat(StartFailures.translate(failure("EACCES", "0.0.0.0:8099"), management))
        .isInstanceOfSatisfying(
            KqueueStartException.class,
            e -> assertThat(e.remedy()).contains("management.server.port=8099"));
  }

  @Test
  void whatIsOurOwnFaultKeepsItsStack() {
    IllegalStateException failure = new IllegalStateException("a bug");
    assertThat(StartFailures.translate(failure, OPTIONS))
        .isExactlyInstanceOf(WebServerException.class)
        .hasCause(failure);
  }

  /** Its own analyzer looks for it. */
  @Test
  void aNativeLibraryThatIsNotThereStaysWhatItIs() {
    NativeUnavailableException failure = new NativeUnavailableException("problem", "remedy");
    assertThat(StartFailures.translate(failure, OPTIONS)).isSameAs(failure);
  }

  private NativeException failure(String name, String subject) {
    int number =
        IntStream.range(1, 256).filter(n -> errnos.name(n).equals(name)).findFirst().orElseThrow();
    return new NativeException("bind", subject, number, errnos);
  }
}
