package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.spring.KqueueWebServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** An application takes the sockets of the one before it, which closes itself. */
class HandoverTests {
  /** Requests that wait for this are under way during the handover. */
  private static volatile Sinks.Empty<Void> goOn;

  private final HttpClient client = HttpClient.newHttpClient();
  @TempDir private Path folder;

  @BeforeEach
  void hold() {
    goOn = Sinks.empty();
  }

  private ReactiveWebServerApplicationContext start(String name, int port, int managementPort) {
    return Applications.run(
        new SpringApplication(Application.class),
        "name=" + name,
        "server.port=" + port,
        "management.server.port=" + managementPort,
        "kqueue.server.shutdown.accept-period=100ms",
        "kqueue.server.handover.path=" + folder.resolve("next.sock"));
  }

  private CompletableFuture<HttpResponse<String>> get(int port, String path) {
    return get(client, port, path);
  }

  private static CompletableFuture<HttpResponse<String>> get(
      HttpClient client, int port, String path) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(60))
            .build();
    return client.sendAsync(request, BodyHandlers.ofString());
  }

  @Test
  void theApplicationBeforeEndsWithItsRequestsAndBothHaveTheirManagementPort() throws Exception {
    ReactiveWebServerApplicationContext old = start("old", 0, 0);
    int port = old.getWebServer().getPort();
    int management =
        Integer.parseInt(old.getEnvironment().getRequiredProperty("local.management.port"));
    KqueueWebServer served = (KqueueWebServer) old.getWebServer();
    CompletableFuture<HttpResponse<String>> slow = get(port, "/slow");
    await().until(() -> served.getServer().activeExchanges() == 1);

    try (ReactiveWebServerApplicationContext next = start("next", port, management)) {
      await().until(() -> get(port, "/").join().body().equals("next"));
      // Both listen on it until the old one has ended, which is out of service by then: a new
      // connection each time, which the kernel gives to either.
      await()
          .until(
              () ->
                  get(HttpClient.newHttpClient(), management, "/actuator/health")
                      .join()
                      .body()
                      .contains("UP"));
      assertThat(slow).isNotDone();
      goOn.tryEmitEmpty();
      assertThat(slow.join().body()).isEqualTo("old");
      await().until(() -> !old.isActive());
      assertThat(next.isActive()).isTrue();
      assertThat(get(port, "/").join().body()).isEqualTo("next");
    }
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {
    @Bean
    RouterFunction<ServerResponse> routes(@Value("${name}") String name) {
      return RouterFunctions.route()
          .GET("/", request -> ServerResponse.ok().bodyValue(name))
          .GET("/slow", request -> goOn.asMono().then(ok(name)))
          .build();
    }

    private static Mono<ServerResponse> ok(String name) {
      return ServerResponse.ok().bodyValue(name);
    }
  }
}
