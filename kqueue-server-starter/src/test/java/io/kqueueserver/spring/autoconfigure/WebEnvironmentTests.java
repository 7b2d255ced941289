package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.spring.KqueueWebServer;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalManagementPort;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;

/** {@code @SpringBootTest} in each of its web environments. */
class WebEnvironmentTests {

  @Nested
  @SpringBootTest(
      classes = Application.class,
      webEnvironment = WebEnvironment.RANDOM_PORT,
      properties = "kqueue.server.loops=1",
      args = {"--server.port=1", "--management.server.port=2"})
  @DirtiesContext // a cached context would keep its threads while others count theirs
  class RandomPort {
    @Autowired private ReactiveWebServerApplicationContext context;
    @LocalServerPort private int port;
    @LocalManagementPort private int managementPort;

    @Test
    void bothServersHaveAPortThatTheSystemPicked() throws Exception {
      assertThat(port).isGreaterThan(2).isEqualTo(context.getWebServer().getPort());
      assertThat(managementPort).isGreaterThan(2).isNotEqualTo(port);
      assertThat(get(port, "/hello")).isEqualTo("hello");
      assertThat(get(managementPort, "/actuator/health")).contains("UP");
    }
  }

  @Nested
  @SpringBootTest(
      classes = Application.class,
      webEnvironment = WebEnvironment.DEFINED_PORT,
      properties = "kqueue.server.loops=1")
  @DirtiesContext
  class DefinedPort {
    private static int free;

    @LocalServerPort private int port;

    /** Nobody else is likely to be given it until the server listens, as the system goes round. */
    @DynamicPropertySource
    static void freePort(DynamicPropertyRegistry registry) throws IOException {
      try (ServerSocket socket = new ServerSocket(0)) {
        free = socket.getLocalPort();
      }
      registry.add("server.port", () -> free);
    }

    @Test
    void theServerListensWhereThePropertySays() throws Exception {
      assertThat(port).isEqualTo(free);
      assertThat(get(free, "/hello")).isEqualTo("hello");
    }
  }

  @Nested
  @SpringBootTest(classes = Application.class, webEnvironment = WebEnvironment.MOCK)
  @DirtiesContext
  class Mock {
    @Autowired private ApplicationContext context;

    @Test
    void nothingListensAndTheHandlerIsThere() {
      assertThat(context).isNotInstanceOf(WebServerApplicationContext.class);
      assertThat(context.getEnvironment().getProperty("local.server.port")).isNull();
      assertThat(context.getBean(HttpHandler.class)).isNotNull();
      assertThat(Thread.getAllStackTraces().keySet())
          .extracting(Thread::getName)
          .noneMatch(name -> name.startsWith("kqueue-loop"));
    }
  }

  @Nested
  @SpringBootTest(
      classes = Application.class,
      webEnvironment = WebEnvironment.RANDOM_PORT,
      properties = {"spring.main.lazy-initialization=true", "kqueue.server.loops=1"})
  @DirtiesContext
  class Lazy {
    @Autowired private ReactiveWebServerApplicationContext context;
    @LocalServerPort private int port;

    @Test
    void theFirstRequestFindsItsHandler() throws Exception {
      assertThat(context.getWebServer()).isInstanceOf(KqueueWebServer.class);
      assertThat(context.getBeanFactory().containsSingleton("httpHandler")).isFalse();
      assertThat(get(port, "/hello")).isEqualTo("hello");
      assertThat(context.getBeanFactory().containsSingleton("httpHandler")).isTrue();
    }
  }

  private static String get(int port, String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + port + path);
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {
    @Bean
    RouterFunction<ServerResponse> hello() {
      return RouterFunctions.route()
          .GET("/hello", request -> ServerResponse.ok().bodyValue("hello"))
          .build();
    }
  }
}
