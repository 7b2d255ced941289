package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.WebSession;
import reactor.core.publisher.Mono;

/**
 * Keys that Spring honours above whatever server there is, compression as {@code
 * server.compression.*} sets it, and the keys of other servers, which say nothing here. One
 * application has them all.
 */
@SpringBootTest(
    classes = ApplicationPropertiesTests.Application.class,
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "kqueue.server.loops=1",
      // sessions
      "server.reactive.session.timeout=7m",
      "server.reactive.session.max-sessions=1",
      "server.reactive.session.cookie.name=sid",
      "server.reactive.session.cookie.domain=example.org",
      "server.reactive.session.cookie.path=/base/s",
      "server.reactive.session.cookie.http-only=false",
      "server.reactive.session.cookie.secure=true",
      "server.reactive.session.cookie.max-age=90s",
      "server.reactive.session.cookie.same-site=none",
      "server.reactive.session.cookie.partitioned=true",
      // WebFlux
      "spring.webflux.base-path=/base",
      "spring.web.error.include-message=always",
      "spring.web.error.include-path=never",
      "spring.threads.virtual.enabled=true",
      "spring.main.keep-alive=true",
      // compression
      "server.compression.enabled=true",
      "server.compression.mime-types=application/json",
      "server.compression.additional-mime-types=text/x-own",
      "server.compression.min-response-size=100B",
      "server.compression.excluded-user-agents=Old/1",
      // other servers'
      "server.netty.max-keep-alive-requests=1",
      "server.netty.max-initial-line-length=16B",
      "server.netty.idle-timeout=1ms",
      "server.tomcat.max-connections=1",
      "server.tomcat.accesslog.enabled=true",
      "server.jetty.max-connections=0",
      "server.servlet.context-path=/servlet",
      "server.mime-mappings.own=text/x-own",
      "spring.netty.leak-detection=paranoid",
    })
@DirtiesContext // a cached context would keep its threads while others count theirs
class ApplicationPropertiesTests {
  private static final String LONG = "so long that it is worth it. ".repeat(20);

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @LocalServerPort private int port;

  @Test
  void sessionsEndInTimeAndTheirCookieHasEveryAttribute() throws Exception {
    HttpResponse<String> first = get("/base/session");
    assertThat(first.body()).isEqualTo("PT7M");
    List<String> cookie =
        List.of(first.headers().firstValue("Set-Cookie").orElseThrow().split("; "));
    assertThat(cookie.get(0)).startsWith("sid=");
    assertThat(cookie)
        .contains(
            "Path=/base/s",
            "Domain=example.org",
            "Max-Age=90",
            "Secure",
            "SameSite=None",
            "Partitioned")
        .doesNotContain("HttpOnly");

    assertThat(get("/base/session", "Cookie", cookie.get(0)).statusCode()).isEqualTo(200);
    HttpResponse<String> second = get("/base/session");
    assertThat(second.statusCode()).isEqualTo(500);
    assertThat(second.body()).contains("Max sessions limit reached: 1");
  }

  @Test
  void errorsSayWhatTheyAreToldToSay() throws Exception {
    HttpResponse<String> response = get("/base/conflict");
    assertThat(response.statusCode()).isEqualTo(409);
    assertThat(response.body())
        .contains("\"message\":\"taken already\"")
        .doesNotContain("\"path\"");
  }

  @Test
  void handlersRunOnTheLoopsWhereBlockingOnesMayHaveVirtualThreads() throws Exception {
    assertThat(get("/base/thread").body()).isEqualTo("kqueue-loop-0");
  }

  @ParameterizedTest
  @CsvSource({
    "application/json, 500, Any/1, gzip",
    "text/x-own,       500, Any/1, gzip",
    "text/html,        500, Any/1, ",
    "application/json, 99,  Any/1, ",
    "application/json, 500, old/1, ",
  })
  void whatIsWorthItIsCompressed(String type, int length, String agent, String coding)
      throws Exception {
    HttpResponse<String> response =
        get(
            "/base/text?length=" + length + "&type=" + type,
            "Accept-Encoding",
            "gzip",
            "User-Agent",
            agent);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Encoding").orElse(null)).isEqualTo(coding);
  }

  @Test
  void keysOfOtherServersSayNothing() throws Exception {
    String path = "/base/path/" + "long".repeat(20);
    for (int i = 0; i < 3; i++) {
      HttpResponse<String> response = get(path);
      assertThat(response.body()).isEqualTo("long".repeat(20));
      assertThat(response.headers().firstValue("Connection")).isEmpty();
    }
    assertThat(get("/servlet/base/thread").statusCode()).isEqualTo(404);
  }

  private HttpResponse<String> get(String path, String... fields)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
            .timeout(Duration.ofSeconds(10));
    if (fields.length > 0) {
      request.headers(fields);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @Import(Controller.class)
  static class Application {}

  @RestController
  static class Controller {
    @GetMapping("/session")
    String session(WebSession session) {
      session.start();
      return session.getMaxIdleTime().toString();
    }

    @GetMapping("/conflict")
    Mono<String> conflict() {
      return Mono.error(new ResponseStatusException(HttpStatus.CONFLICT, "taken already"));
    }

    @GetMapping("/thread")
    Mono<String> thread() {
      return Mono.fromCallable(() -> Thread.currentThread().getName());
    }

    @GetMapping("/path/{name}")
    Mono<String> path(@PathVariable("name") String name) {
      return Mono.just(name);
    }

    @GetMapping("/text")
    Mono<ResponseEntity<byte[]>> text(
        @RequestParam("type") String type, @RequestParam("length") int length) {
      byte[] body = LONG.substring(0, length).getBytes(StandardCharsets.US_ASCII);
      return Mono.just(ResponseEntity.ok().header("Content-Type", type).body(body));
    }
  }
}
