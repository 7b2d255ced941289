package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.KqueueServerBuilder;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class ServerOptionsTest {
  @Test
  void theDefaultsAreValid() {
    assertThat(KqueueServer.builder().build().options()).isEqualTo(ServerOptions.DEFAULTS);
  }

  @Test
  void aValueOutOfBoundsIsNamedWithItsBounds() {
    refuses(b -> b.port(65_536), "port is 65536; it must be from -1 to 65535");
    refuses(b -> b.loops(0), "loops is 0");
    refuses(b -> b.backlog(0), "backlog is 0");
    refuses(b -> b.maxConnections(0), "max-connections is 0");
    refuses(
        b -> b.admission(Admission.DEFAULTS.maxConnectionsPerAddress(-1)),
        "max-connections-per-address is -1; it must be from 0 to");
    refuses(b -> b.readBufferBytes(10), "read-buffer-size is 10");
    refuses(b -> b.writeWatermarks(10, 11), "write-low-watermark is 11; it must be from 0 to 10");
    refuses(b -> b.idleTimeout(Duration.ZERO), "idle-timeout is PT0S");
    refuses(b -> b.headerTimeout(Duration.ofSeconds(-1)), "request-header-timeout is PT-1S");
    refuses(b -> b.bodyTimeout(Duration.ZERO), "body-timeout is PT0S");
    refuses(b -> b.writeTimeout(Duration.ZERO), "write-timeout");
  }

  private static void refuses(UnaryOperator<KqueueServerBuilder> change, String message) {
    assertThatThrownBy(() -> change.apply(KqueueServer.builder()).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
