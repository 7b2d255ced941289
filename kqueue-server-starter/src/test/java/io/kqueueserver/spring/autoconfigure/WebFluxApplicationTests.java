package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.spring.KqueueWebServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.io.FileSystemResource;
import org.springframework.core.io.Resource;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.codec.multipart.FilePart;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestPart;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.WebSession;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A whole WebFlux application, as a user writes it, with everything auto-configured. */
@ExtendWith(OutputCaptureExtension.class)
class WebFluxApplicationTests {
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<ReactiveWebServerApplicationContext> started = new CopyOnWriteArrayList<>();

  @TempDir static Path folder;

  private ReactiveWebServerApplicationContext start(String... properties) {
    SpringApplication application = new SpringApplication(Application.class);
    application.setWebApplicationType(WebApplicationType.REACTIVE);
    application.setDefaultProperties(Map.of("server.port", "0", "spring.main.banner-mode", "off"));
    String[] arguments =
        Stream.of(properties).map(property -> "--" + property).toArray(String[]::new);
    ReactiveWebServerApplicationContext context =
        (ReactiveWebServerApplicationContext) application.run(arguments);
    started.add(context);
    return context;
  }

  @AfterEach
  void close() {
    started.forEach(ReactiveWebServerApplicationContext::close);
  }

  private static int port(ReactiveWebServerApplicationContext context) {
    assertThat(context.getWebServer()).isInstanceOf(KqueueWebServer.class);
    return context.getWebServer().getPort();
  }

  private static HttpRequest.Builder request(ReactiveWebServerApplicationContext to, String path) {
    return HttpRequest.newBuilder(URI.create("http://localhost:" + port(to) + path))
        .timeout(Duration.ofSeconds(10));
  }

  private HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return client.send(request.build(), BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void jsonGoesInAndOut() {
    ReactiveWebServerApplicationContext context = start();
    HttpResponse<String> response =
        send(
            request(context, "/json")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"name\":\"kqueue\"}")));
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("content-type")).hasValue("application/json");
    assertThat(response.body()).isEqualTo("{\"hello\":\"kqueue\"}");
  }

  @Test
  void eventsArriveOneByOne() throws Exception {
    ReactiveWebServerApplicationContext context = start();
    HttpResponse<Stream<String>> response =
        client.send(request(context, "/events").build(), BodyHandlers.ofLines());
    try (Stream<String> lines = response.body()) {
      assertThat(lines.filter(line -> !line.isEmpty()).limit(3))
          .containsExactly("data:0", "data:1", "data:2");
    }
  }

  @Test
  void filesOfAFormArriveWhole() {
    ReactiveWebServerApplicationContext context = start();
    String content = "0123456789".repeat(100_000);
    String form =
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n"
            + content
            + "\r\n--b--\r\n";
    HttpResponse<String> response =
        send(
            request(context, "/upload")
                .header("Content-Type", "multipart/form-data; boundary=b")
                .POST(BodyPublishers.ofString(form)));
    assertThat(response.body()).isEqualTo("a.txt 1000000");
  }

  @Test
  void partsOfAFileAreServed() throws IOException {
    Files.writeString(folder.resolve("file.txt"), "0123456789");
    ReactiveWebServerApplicationContext context = start();
    HttpResponse<String> whole = send(request(context, "/file"));
    assertThat(whole.body()).isEqualTo("0123456789");
    assertThat(whole.headers().firstValue("content-length")).hasValue("10");
    HttpResponse<String> part = send(request(context, "/file").header("Range", "bytes=2-5"));
    assertThat(part.statusCode()).isEqualTo(206);
    assertThat(part.body()).isEqualTo("2345");
    assertThat(part.headers().firstValue("content-range")).hasValue("bytes 2-5/10");
    HttpResponse<String> parts = send(request(context, "/file").header("Range", "bytes=0-1,8-9"));
    assertThat(parts.statusCode()).isEqualTo(206);
    assertThat(parts.body()).contains("bytes 0-1/10").contains("bytes 8-9/10");
    HttpResponse<String> head =
        send(request(context, "/file").method("HEAD", BodyPublishers.noBody()));
    assertThat(head.headers().firstValue("content-length")).hasValue("10");
    assertThat(head.body()).isEmpty();
  }

  @Test
  void pathsAreMatchedAsTheyWereSent() {
    ReactiveWebServerApplicationContext context = start();
    assertThat(send(request(context, "/path/a%2Fb%20c")).body()).isEqualTo("a/b c");
  }

  @Test
  void aBasePathIsAppliedAboveTheServer() {
    ReactiveWebServerApplicationContext context = start("spring.webflux.base-path=/base");
    assertThat(send(request(context, "/base/path/x")).body()).isEqualTo("x");
    assertThat(send(request(context, "/path/x")).statusCode()).isEqualTo(404);
  }

  @Test
  void sessionsLiveInACookie() {
    ReactiveWebServerApplicationContext context = start();
    HttpResponse<String> first = send(request(context, "/session"));
    String cookie = first.headers().firstValue("set-cookie").orElseThrow();
    assertThat(cookie).contains("HttpOnly");
    assertThat(send(request(context, "/session").header("Cookie", cookie.split(";", 2)[0])).body())
        .isEqualTo("2");
  }

  @Test
  void errorsBecomeSpringBootsErrorResponse() {
    ReactiveWebServerApplicationContext context = start();
    HttpResponse<String> response = send(request(context, "/conflict"));
    assertThat(response.statusCode()).isEqualTo(409);
    assertThat(response.body()).contains("\"path\":\"/conflict\"");
    assertThat(send(request(context, "/absent")).statusCode()).isEqualTo(404);
  }

  @Test
  void theServerNamesItselfOnlyIfAskedTo() {
    assertThat(send(request(start(), "/path/x")).headers().firstValue("server")).isEmpty();
    assertThat(
            send(request(start("server.server-header=Test"), "/path/x"))
                .headers()
                .firstValue("server"))
        .hasValue("Test");
  }

  @Test
  void headersBeyondTheLimitAre431() {
    ReactiveWebServerApplicationContext context = start("server.max-http-request-header-size=1KB");
    assertThat(send(request(context, "/path/x").header("X-Long", "x".repeat(2000))).statusCode())
        .isEqualTo(431);
  }

  @Test
  void theStartIsLogged(CapturedOutput output) {
    ReactiveWebServerApplicationContext context =
        start("logging.level.io.kqueueserver.spring=info");
    assertThat(output).containsOnlyOnce("Kqueue started on port " + port(context) + " (http)");
  }

  @Test
  void aPortInUseIsExplained(CapturedOutput output) {
    int port = port(start());
    assertThatExceptionOfType(RuntimeException.class)
        .isThrownBy(() -> start("server.port=" + port));
    assertThat(output).contains("Port " + port + " was already in use");
  }

  @Test
  void aNativeLibraryThatIsNotThereIsExplained(CapturedOutput output) {
    assertThatExceptionOfType(RuntimeException.class)
        .isThrownBy(() -> start("kqueue.server.native.kqueue-library=absent-library"));
    assertThat(output)
        .contains(
            "The kqueue server cannot use its native library: library absent-library cannot be"
                + " loaded: ")
        .contains(
            "Give its full path, or unset kqueue.server.native.library or .kqueue-library.\n"
                + "Or let Reactor Netty, which is on the class path, serve on this system: set"
                + " kqueue.server.fallback=true.");
  }

  @Test
  void closingTheContextWarnsOfNothing(CapturedOutput output) {
    ReactiveWebServerApplicationContext context = start();
    send(request(context, "/hello"));
    context.close();
    assertThat(output).doesNotContain("accept(").doesNotContain("WARN");
  }

  @Test
  void closingTheContextWaitsForRunningRequests() throws Exception {
    ReactiveWebServerApplicationContext context = start();
    var answer = client.sendAsync(request(context, "/slow").build(), BodyHandlers.ofString());
    KqueueWebServer server = (KqueueWebServer) context.getWebServer();
    await().until(() -> server.getServer().activeExchanges() == 1);
    context.close();
    assertThat(answer.get().body()).isEqualTo("done");
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @Import(Controller.class)
  static class Application {}

  record Name(String name) {}

  @RestController
  static class Controller {
    @PostMapping("/json")
    Mono<Map<String, String>> json(@RequestBody Name name) {
      return Mono.just(Map.of("hello", name.name()));
    }

    @GetMapping(path = "/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    Flux<Long> events() {
      return Flux.interval(Duration.ofMillis(20));
    }

    @PostMapping("/upload")
    Mono<String> upload(@RequestPart("file") FilePart file) {
      return file.content()
          .map(
              buffer -> {
                int size = buffer.readableByteCount();
                DataBufferUtils.release(buffer);
                return size;
              })
          .reduce(0, Integer::sum)
          .map(size -> file.filename() + " " + size);
    }

    @GetMapping("/file")
    ResponseEntity<Resource> file() {
      return ResponseEntity.ok(new FileSystemResource(folder.resolve("file.txt")));
    }

    @GetMapping("/path/{name}")
    Mono<String> path(@PathVariable("name") String name) {
      return Mono.just(name);
    }

    @GetMapping("/session")
    Mono<String> session(WebSession session) {
      int visits = session.<Integer>getAttributeOrDefault("visits", 0) + 1;
      session.getAttributes().put("visits", visits);
      return Mono.just(String.valueOf(visits));
    }

    @GetMapping("/conflict")
    Mono<String> conflict() {
      return Mono.error(new ResponseStatusException(HttpStatus.CONFLICT));
    }

    @GetMapping("/slow")
    Mono<String> slow() {
      return Mono.delay(Duration.ofMillis(300)).thenReturn("done");
    }
  }
}
