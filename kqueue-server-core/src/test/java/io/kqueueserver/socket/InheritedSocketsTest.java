package io.kqueueserver.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the environment says; SocketActivationTest has a socket that is really inherited. */
@DisabledOnOs(value = OS.MAC, disabledReason = "launchd does not go by the environment")
class InheritedSocketsTest {
  private static final long PID = 4711;

  private final Sockets sockets = new Sockets(Native.load(NativeOptions.DEFAULTS));

  private List<ListenSocket> open(String... variables) {
    Map<String, String> environment = new HashMap<>();
    for (int i = 0; i < variables.length; i += 2) {
      environment.put(variables[i], variables[i + 1]);
    }
    return new InheritedSockets(sockets, environment, PID).open("Listeners");
  }

  @Test
  void withoutTheVariablesThereAreNone() {
    assertThat(open()).isEmpty();
    assertThat(open("LISTEN_FDS", "1")).isEmpty();
    assertThat(open("LISTEN_PID", "4711")).isEmpty();
    assertThat(open("LISTEN_PID", "4711", "LISTEN_FDS", "0")).isEmpty();
  }

  @Test
  void theSocketsOfAnotherProcessAreNotOurs() {
    assertThat(open("LISTEN_PID", "4712", "LISTEN_FDS", "1")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "x,    1,  LISTEN_PID is 'x'; it must be a number",
    "4711, x,  LISTEN_FDS is 'x'; it must be a number",
    "4711, -1, LISTEN_FDS is '-1'; it must be a number",
    "4711, 65, LISTEN_FDS is 65; at most 64 are taken",
  })
  void whatIsMalformedIsNamed(String pid, String fds, String message) {
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> open("LISTEN_PID", pid, "LISTEN_FDS", fds))
        .withMessage(message);
  }

  @Test
  void whatIsNoListeningSocketIsNamedAndLeftOpen() {
    // Descriptor 3 of this JVM is one of its own files.
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(
            () -> open("LISTEN_PID", "4711", "LISTEN_FDS", "1", "LISTEN_FDNAMES", "web:other"))
        .withMessageStartingWith("fd 3 (web) of LISTEN_FDS is no listening stream socket");
  }
}
