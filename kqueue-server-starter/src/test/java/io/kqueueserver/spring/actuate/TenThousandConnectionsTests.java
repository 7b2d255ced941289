package io.kqueueserver.spring.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The table of very many connections, whose clients are a process of their own. */
class TenThousandConnectionsTests {
  private static final int CONNECTIONS = 10_000;

  /** The clients: as many connections as asked for, open until the input ends. */
  static final class Clients {
    private Clients() {}

    public static void main(String[] args) throws IOException {
      List<Socket> open = new ArrayList<>();
      for (int i = 0; i < Integer.parseInt(args[1]); i++) {
        open.add(new Socket("127.0.0.1", Integer.parseInt(args[0])));
      }
      while (System.in.read() >= 0) {}
      for (Socket client : open) {
        client.close();
      }
    }
  }

  @Test
  void theTableIsPagedWithoutAStallOfAnyLoop() throws Exception {
    UnixOperatingSystemMXBean system =
        (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    assumeThat(system.getMaxFileDescriptorCount())
        .as("descriptors this process may open")
        .isGreaterThan(CONNECTIONS + 1_000);
    try (ActuatorApplication app =
        new ActuatorApplication(
            "kqueue.server.max-connections=" + (CONNECTIONS + 10),
            "kqueue.server.request-header-timeout=5m",
            "kqueue.server.stall-threshold=500ms")) {
      Process clients = clients(app.server().getPort());
      try {
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> app.meter("kqueue.connections.active", "server", "main") == CONNECTIONS);
        double before = app.meter("kqueue.loop.stalls", "server", "main");
        long began = System.nanoTime();
        Set<String> ids = new HashSet<>();
        for (int offset = 0; offset < CONNECTIONS; offset += 1_000) {
          JsonNode page = app.json("kqueue/connections?limit=1000&offset=" + offset);
          assertThat(page.get("matched").asInt()).isEqualTo(CONNECTIONS);
          page.get("connections").forEach(row -> ids.add(row.get("id").asString()));
        }
        System.out.println(
            "ten pages of "
                + CONNECTIONS
                + " connections: "
                + (System.nanoTime() - began) / 1_000_000
                + " ms");
        assertThat(ids).hasSize(CONNECTIONS);
        assertThat(app.json("kqueue/connections?peer=127.0.0.1&limit=1").get("matched").asInt())
            .isEqualTo(CONNECTIONS);
        ActuatorApplication.answered(app.send("/hello"));
        assertThat(app.meter("kqueue.loop.stalls", "server", "main")).isEqualTo(before);
      } finally {
        clients.getOutputStream().close();
        clients.waitFor();
      }
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> app.meter("kqueue.connections.active", "server", "main") <= 1);
    }
  }

  private static Process clients(int port) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path"),
            Clients.class.getName(),
            String.valueOf(port),
            String.valueOf(CONNECTIONS))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
