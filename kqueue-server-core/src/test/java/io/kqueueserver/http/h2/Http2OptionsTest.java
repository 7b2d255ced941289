package io.kqueueserver.http.h2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class Http2OptionsTest {
  @Test
  void defaultsAreThoseOfTheDocumentation() {
    assertThat(Http2Options.DEFAULTS)
        .isEqualTo(
            new Http2Options(
                false,
                false,
                100,
                4096,
                65_536,
                1_048_576,
                0,
                new Http2Defences(200, 16, 10, 128, 256)));
  }

  @Test
  void aValueOutOfRangeIsNamed() {
    refused(() -> options(0, 4096, 65_536, 1_048_576, 0), "max-concurrent-streams is 0");
    refused(() -> options(100, -1, 65_536, 1_048_576, 0), "header-table-size is -1");
    refused(() -> options(100, 4096, 100, 1_048_576, 0), "stream-window is 100");
    refused(() -> options(100, 4096, 1024, 65_534, 0), "connection-window is 65534");
    refused(() -> options(100, 4096, 80_000, 70_000, 0), "less than the stream-window");
    refused(() -> options(100, 4096, 65_536, 1_048_576, -1), "stalled-stream-timeout is -1");
    refused(() -> new Http2Defences(0, 16, 10, 128, 256), "max-resets is 0");
    refused(() -> new Http2Defences(200, -1, 10, 128, 256), "max-continuations is -1");
    refused(() -> new Http2Defences(200, 16, -1, 128, 256), "max-empty-data is -1");
    refused(() -> new Http2Defences(200, 16, 10, 0, 256), "max-control-frames is 0");
    refused(() -> new Http2Defences(200, 16, 10, 128, 1), "max-queued-control-frames is 1");
  }

  private static Http2Options options(int streams, int table, int stream, int connection, long n) {
    return new Http2Options(
        false, false, streams, table, stream, connection, n, Http2Defences.DEFAULTS);
  }

  private static void refused(ThrowingCallable call, String message) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
