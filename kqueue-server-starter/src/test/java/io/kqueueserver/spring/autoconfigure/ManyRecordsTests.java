package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.spring.KqueueWebServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.codec.multipart.Part;
import org.springframework.http.codec.multipart.PartEvent;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Bodies of thousands of records, sent in one write, through every parser Spring has for them: one
 * that recurses once per record in a buffer must never be handed a buffer with too many.
 */
class ManyRecordsTests {
  private static ReactiveWebServerApplicationContext context;

  @BeforeAll
  static void start() {
    SpringApplication application = new SpringApplication(Application.class);
    application.setWebApplicationType(WebApplicationType.REACTIVE);
    application.setDefaultProperties(Map.of("server.port", "0", "spring.main.banner-mode", "off"));
    context = (ReactiveWebServerApplicationContext) application.run();
    assertThat(context.getWebServer()).isInstanceOf(KqueueWebServer.class);
  }

  @AfterAll
  static void close() {
    context.close();
  }

  static Stream<Arguments> bodies() {
    return Stream.of(1_000, 20_000)
        .flatMap(
            count ->
                Stream.of(
                    Arguments.of("/parts", "multipart/form-data; boundary=b", parts(count), count),
                    Arguments.of("/form", "multipart/form-data; boundary=b", parts(count), count),
                    Arguments.of("/events", "multipart/form-data; boundary=b", parts(count), count),
                    Arguments.of("/json", "application/x-ndjson", "{}\n".repeat(count), count),
                    Arguments.of("/json", "application/json", array("{}".repeat(count)), count),
                    Arguments.of("/lines", "text/plain", "a\n".repeat(count), count),
                    Arguments.of(
                        "/fields",
                        "application/x-www-form-urlencoded",
                        "a=&".repeat(count),
                        count)));
  }

  /** The shortest that have a name and content: 49 bytes each. */
  private static String parts(int count) {
    return "--b\r\nContent-Disposition:form-data;name=a\r\n\r\nx\r\n".repeat(count) + "--b--\r\n";
  }

  private static String array(String items) {
    return "[" + items.replace("}{", "},{") + "]";
  }

  @ParameterizedTest(name = "{3} records in {1} to {0}")
  @MethodSource("bodies")
  void recordsSentInOneWriteAreAllSeen(String path, String type, String body, int count)
      throws IOException {
    String head =
        ("POST " + path + " HTTP/1.1\r\nHost: t\r\nConnection: close\r\n")
            + ("Content-Type: " + type + "\r\nContent-Length: " + body.length() + "\r\n\r\n");
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), context.getWebServer().getPort())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write((head + body).getBytes(StandardCharsets.ISO_8859_1));
      InputStream in = socket.getInputStream();
      assertThat(new String(in.readAllBytes(), StandardCharsets.ISO_8859_1))
          .startsWith("HTTP/1.1 200 ")
          .endsWith("\r\n\r\n" + count);
    }
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @Import(Controller.class)
  static class Application {}

  @RestController
  static class Controller {
    @PostMapping("/parts")
    Mono<Long> parts(ServerWebExchange exchange) {
      return exchange.getMultipartData().map(Controller::values);
    }

    @PostMapping("/form")
    Mono<Long> form(@RequestBody Flux<Part> parts) {
      return parts.count();
    }

    @PostMapping("/events")
    Mono<Long> events(@RequestBody Flux<PartEvent> events) {
      return events.filter(PartEvent::isLast).count();
    }

    @PostMapping("/json")
    Mono<Long> json(@RequestBody Flux<Map<String, String>> records) {
      return records.count();
    }

    @PostMapping("/lines")
    Mono<Long> lines(@RequestBody Flux<String> lines) {
      return lines.count();
    }

    @PostMapping("/fields")
    Mono<Long> fields(ServerWebExchange exchange) {
      return exchange.getFormData().map(Controller::values);
    }

    private static long values(MultiValueMap<String, ?> map) {
      return map.values().stream().mapToLong(values -> values.size()).sum();
    }
  }
}
