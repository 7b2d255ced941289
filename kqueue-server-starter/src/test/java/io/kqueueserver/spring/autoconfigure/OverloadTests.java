package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.server.ServerOptions;
import io.kqueueserver.spring.KqueueWebServer;
import io.kqueueserver.stats.Limit;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** Bounds on what clients may have of the server at once, as an application sets them. */
class OverloadTests {
  private static final int TIMEOUT_MILLIS = 10_000;

  private final List<Socket> clients = new ArrayList<>();

  @AfterEach
  void disconnect() throws IOException {
    for (Socket client : clients) {
      client.close();
    }
  }

  private static ReactiveWebServerApplicationContext start(String... properties) {
    List<String> all = new ArrayList<>(List.of(properties));
    all.add("server.shutdown=immediate"); // a request hangs
    return Applications.run(new SpringApplication(Application.class), all.toArray(String[]::new));
  }

  private static KqueueWebServer server(ReactiveWebServerApplicationContext context) {
    return (KqueueWebServer) context.getWebServer();
  }

  private Socket connect(int port) throws IOException {
    Socket client = new Socket(InetAddress.getLoopbackAddress(), port);
    clients.add(client);
    client.setSoTimeout(TIMEOUT_MILLIS);
    return client;
  }

  /** The status of a GET; 0 if the connection is closed. */
  private static int get(Socket client, String path) throws IOException {
    try {
      send(client, path);
      byte[] line = client.getInputStream().readNBytes("HTTP/1.1 200".length());
      String status = new String(line, StandardCharsets.US_ASCII);
      return status.isEmpty() ? 0 : Integer.parseInt(status.substring("HTTP/1.1 ".length()));
    } catch (SocketException e) {
      return 0; // a reset
    }
  }

  private static long hits(ReactiveWebServerApplicationContext context, Limit limit) {
    return server(context).getServer().running().loops().stream()
        .mapToLong(loop -> loop.stats().limitHits(limit))
        .sum();
  }

  // ---- connections per address

  @Test
  void aPrivateAddressIsNotExemptForThatAlone() throws IOException {
    try (ReactiveWebServerApplicationContext context =
        start("kqueue.server.max-connections-per-address=1")) {
      assertThat(get(connect(server(context).getPort()), "/none")).isEqualTo(404);
      assertThat(get(connect(server(context).getPort()), "/none")).isZero();
      assertThat(hits(context, Limit.CONNECTIONS_PER_ADDRESS)).isEqualTo(1);
    }
  }

  @Test
  void aTrustedProxyIsExemptWhereForwardedHeadersAreUsed() throws IOException {
    for (String strategy : List.of("native", "framework")) {
      try (ReactiveWebServerApplicationContext context =
          start(
              "kqueue.server.max-connections-per-address=1",
              "server.forward-headers-strategy=" + strategy)) {
        assertThat(get(connect(server(context).getPort()), "/none")).isEqualTo(404);
        assertThat(get(connect(server(context).getPort()), "/none")).isEqualTo(404);
      }
    }
  }

  @Test
  void anAddressThatIsNoTrustedProxyCountsThereToo() throws IOException {
    try (ReactiveWebServerApplicationContext context =
        start(
            "kqueue.server.max-connections-per-address=1",
            "kqueue.server.forwarded.trusted-proxies=192.0.2.0/24",
            "server.forward-headers-strategy=native")) {
      assertThat(get(connect(server(context).getPort()), "/none")).isEqualTo(404);
      assertThat(get(connect(server(context).getPort()), "/none")).isZero();
    }
  }

  // ---- running requests

  @Test
  void aRequestAboveTheMaximumIsRefusedWhileHealthOnTheSamePortAnswers() throws IOException {
    try (ReactiveWebServerApplicationContext context =
        start("kqueue.server.max-running-requests=1")) {
      int port = server(context).getPort();
      hang(context, connect(port));
      Socket client = connect(port);
      assertThat(get(client, "/none")).isEqualTo(503);
      assertThat(get(connect(port), "/actuator/health")).isEqualTo(200);
      assertThat(hits(context, Limit.RUNNING_REQUESTS)).isEqualTo(1);
    }
  }

  @Test
  void theActuatorsPathIsTheOneThatIsSet() throws IOException {
    try (ReactiveWebServerApplicationContext context =
        start(
            "kqueue.server.max-running-requests=1",
            "spring.webflux.base-path=/base",
            "management.endpoints.web.base-path=/ops/")) {
      int port = server(context).getPort();
      send(connect(port), "/base/hang");
      awaitRunning(context);
      assertThat(get(connect(port), "/base/ops/health")).isEqualTo(200);
      assertThat(get(connect(port), "/ops/health")).isEqualTo(503);
    }
  }

  @Test
  void aManagementPortAnswersWhenTheApplicationsServerIsFull() throws IOException {
    try (ReactiveWebServerApplicationContext context =
        start(
            "management.server.port=0",
            "management.endpoints.web.exposure.include=*",
            "kqueue.server.max-running-requests=1",
            "kqueue.server.max-connections-per-address=3",
            "kqueue.server.max-connections=3")) {
      int port = server(context).getPort();
      hang(context, connect(port));
      assertThat(get(connect(port), "/none")).isEqualTo(503);
      assertThat(get(connect(port), "/actuator/health")).isEqualTo(503); // as any path
      connect(port); // waits in the kernel, as the server has all the connections it may have
      int management =
          context.getEnvironment().getRequiredProperty("local.management.port", Integer.class);
      for (String path : List.of("health", "kqueue", "kqueue/connections", "metrics")) {
        try (Socket operator = connect(management)) {
          assertThat(get(operator, "/actuator/" + path)).as(path).isEqualTo(200);
        }
      }
      assertThat(server(context).getServer().connections()).isEqualTo(3);
    }
  }

  // ---- the block of SECURITY.md

  /** PropertyDocsTests holds its keys to the properties that there are. */
  @Test
  void theHardeningOfTheSecurityDocumentStartsAServer() throws IOException {
    List<String> block = hardening();
    try (ReactiveWebServerApplicationContext context = start(block.toArray(String[]::new))) {
      assertThat(get(connect(server(context).getPort()), "/none")).isEqualTo(404);
      ServerOptions options = server(context).getServer().running().options();
      assertThat(options.admission().maxConnectionsPerAddress()).isEqualTo(100);
      assertThat(options.admission().running().max()).isEqualTo(1_000);
      assertThat(options.pace().handlerTimeout()).isEqualTo(Duration.ofSeconds(60));
    }
  }

  private static List<String> hardening() throws IOException {
    String document = Files.readString(Path.of("../SECURITY.md"));
    String fence = "```properties\n";
    int begin = document.indexOf(fence, document.indexOf("## Hardening")) + fence.length();
    List<String> block = document.substring(begin, document.indexOf("```", begin)).lines().toList();
    assertThat(block).hasSizeGreaterThan(5).allMatch(line -> line.startsWith("kqueue.server."));
    return block;
  }

  private static void send(Socket client, String path) throws IOException {
    String request = "GET " + path + " HTTP/1.1\r\nHost: test\r\n\r\n";
    client.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
  }

  /** Has the client wait for a response that does not come. */
  private static void hang(ReactiveWebServerApplicationContext context, Socket client)
      throws IOException {
    send(client, "/hang");
    awaitRunning(context);
  }

  private static void awaitRunning(ReactiveWebServerApplicationContext context) {
    await().until(() -> server(context).getServer().activeExchanges() == 1);
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {
    @Bean
    RouterFunction<ServerResponse> hang() {
      return RouterFunctions.route().GET("/hang", request -> Mono.never()).build();
    }
  }
}
