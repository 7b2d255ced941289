package io.kqueueserver.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.ffi.Errno;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.ffi.NativeUnavailableException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.boot.web.server.WebServerException;

/**
 * Which failures of a start Spring Boot explains as a port in use: one by name, since its number
 * (98 on Linux, 48 on the BSDs) is the system's.
 */
class StartFailuresTests {
  private static final int PORT = 8099;

  private final Errno errnos = Native.load(NativeOptions.DEFAULTS).errno();

  @Test
  void aPortInUseIsThatWithItsPortAndCause() {
    NativeException failure = failure("EADDRINUSE", "0.0.0.0:8099");
    RuntimeException told = StartFailures.translate(failure, PORT);
    assertThat(told).isInstanceOf(PortInUseException.class).hasCause(failure);
    assertThat(((PortInUseException) told).getPort()).isEqualTo(PORT);
  }

  @ParameterizedTest
  @CsvSource({
    "EACCES,        0.0.0.0:80",
    "EADDRNOTAVAIL, 192.0.2.1:8099",
    "EMFILE,        0.0.0.0:8099",
    "EADDRINUSE,    unix:/run/app.sock",
  })
  void anythingElseIsAFailureOfTheServerThatNamesIt(String errno, String subject) {
    NativeException failure = failure(errno, subject);
    assertThat(StartFailures.translate(failure, PORT))
        .isExactlyInstanceOf(WebServerException.class)
        .hasCause(failure)
        .hasMessageContainingAll("Unable to start Kqueue", errno, subject);
  }

  /** Its own analyzer looks for it. */
  @Test
  void aNativeLibraryThatIsNotThereStaysWhatItIs() {
    NativeUnavailableException failure = new NativeUnavailableException("problem", "remedy");
    assertThat(StartFailures.translate(failure, PORT)).isSameAs(failure);
  }

  private NativeException failure(String name, String subject) {
    int number =
        IntStream.range(1, 256).filter(n -> errnos.name(n).equals(name)).findFirst().orElseThrow();
    return new NativeException("bind", subject, number, errnos);
  }
}
