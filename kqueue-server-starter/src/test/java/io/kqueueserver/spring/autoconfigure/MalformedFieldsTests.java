package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.spring.LogLines;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseCookie;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.server.WebHandler;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Response fields that cannot be sent are answered by Spring Boot's error handler, logged once. */
class MalformedFieldsTests {
  private static final Map<String, Consumer<ServerHttpResponse>> FIELDS =
      new TreeMap<>(
          Map.of(
              "cr", response -> response.getHeaders().set("X-Late", "a\rX: b"),
              "lf", response -> response.getHeaders().add("X-Late", "a\nX: b"),
              "nul", response -> response.getHeaders().set("X-Late", "a\0"),
              "name", response -> response.getHeaders().set("X Late", "a"),
              "length", response -> response.getHeaders().set("Content-Length", "ten"),
              "cookie",
                  response ->
                      response.addCookie(
                          ResponseCookie.from("session", "secret")
                              .sameSite("Lax\r\nX-Split: yes")
                              .build()),
              "null-cookie", response -> response.getCookies().add("session", null),
              "copy", MalformedFieldsTests::copyBeforeCommit));

  private static void copyBeforeCommit(ServerHttpResponse response) {
    HttpHeaders copy = new HttpHeaders();
    copy.set("X-Late", "a\r\nX-Split: yes");
    ServerHttpResponse decorated =
        new ServerHttpResponseDecorator(response) {
          @Override
          public HttpHeaders getHeaders() {
            return copy;
          }
        };
    response.beforeCommit(
        () -> Mono.fromRunnable(() -> response.getHeaders().putAll(decorated.getHeaders())));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theErrorHandlerAnswersAndLogsOnce(boolean compressed) throws Exception {
    SpringApplication application = new SpringApplication(Application.class);
    application.setWebApplicationType(WebApplicationType.REACTIVE);
    application.setRegisterShutdownHook(false);
    try (ReactiveWebServerApplicationContext context =
        (ReactiveWebServerApplicationContext)
            application.run(
                "--server.port=0",
                "--spring.main.banner-mode=off",
                "--spring.web.error.include-message=always",
                "--server.compression.enabled=" + compressed)) {
      int port = context.getWebServer().getPort();
      for (String field : FIELDS.keySet()) {
        for (String body : List.of("mono", "flux", "groups", "empty")) {
          try (LogLines log = new LogLines("ROOT")) {
            HttpResponse<String> answer = get(port, "/" + field + "/" + body);
            assertThat(answer.statusCode()).as(field + " " + body).isEqualTo(500);
            assertThat(answer.body())
                .as(field + " " + body)
                .contains("\"status\":500")
                .doesNotContain("secret");
            assertThat(answer.headers().map()).doesNotContainKeys("x-split", "x-late");
            await().until(() -> !log.lines().isEmpty());
            assertThat(log.lines())
                .as(field + " " + body)
                .singleElement()
                .asString()
                .contains("500 Server Error for HTTP GET \"/" + field + "/" + body + "\"");
          }
        }
      }
    }
  }

  private static HttpResponse<String> get(int port, String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + port + path);
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .header("Accept", "application/json")
            .timeout(Duration.ofSeconds(10))
            .build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {
    @Bean
    HandlerMapping answers() {
      WebHandler handler =
          exchange -> {
            String[] path = exchange.getRequest().getPath().value().split("/", -1);
            ServerHttpResponse response = exchange.getResponse();
            response.getHeaders().setContentType(MediaType.TEXT_PLAIN);
            FIELDS.get(path[1]).accept(response);
            return switch (path[2]) {
              case "mono" -> response.writeWith(Mono.just(buffer(response)));
              case "flux" -> response.writeWith(Flux.just(buffer(response), buffer(response)));
              case "groups" -> response.writeAndFlushWith(Mono.just(Mono.just(buffer(response))));
              default -> response.setComplete();
            };
          };
      return new SimpleUrlHandlerMapping(Map.of("/*/*", handler), -1);
    }

    private static DataBuffer buffer(ServerHttpResponse response) {
      return response.bufferFactory().wrap("a body".getBytes(StandardCharsets.UTF_8));
    }
  }
}
