package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.Test;

class ServerExtensionTest {
  @Test
  void aFirstConnectThatFailsLeavesNoServerThatFailsAllLaterTests() {
    UncheckedIOException refused = new UncheckedIOException(new IOException("no way there"));
    assertThatThrownBy(
            () ->
                ServerExtension.warmUp(
                    port -> {
                      throw refused;
                    }))
        .isSameAs(refused);
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("kqueue-loop"));
  }
}
