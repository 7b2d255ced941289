package io.kqueueserver.spring;

import static io.kqueueserver.spring.WebServerExtension.request;
import static io.kqueueserver.spring.WebServerExtension.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.OpenFiles;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.web.server.WebServer;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.ResponseCookie;
import org.springframework.http.ZeroCopyHttpOutputMessage;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/** What handlers may do to a response, as a client sees it. */
class ResponsesOverSocketsTests {
  private static final String GET = "GET / HTTP/1.1\nHost: x\n\n";

  @RegisterExtension final WebServerExtension servers = new WebServerExtension();

  @Test
  void aMonoHasALengthAndAFluxIsChunked() {
    WebServer server =
        servers.start(
            (request, response) ->
                response.writeWith(
                    request.getURI().getPath().equals("/mono")
                        ? Mono.just(utf8("one"))
                        : Flux.just(utf8("a"), utf8("b"))));
    HttpResponse<String> mono = servers.get(server, "/mono");
    assertThat(mono.body()).isEqualTo("one");
    assertThat(mono.headers().firstValue("content-length")).hasValue("3");
    HttpResponse<String> flux = servers.get(server, "/flux");
    assertThat(flux.body()).isEqualTo("ab");
    assertThat(flux.headers().firstValue("transfer-encoding")).hasValue("chunked");
  }

  @Test
  void aHandlerThatDoesNothingAnswersAnEmpty200() {
    WebServer server = servers.start((request, response) -> Mono.empty());
    try (RawClient client = new RawClient(server.getPort())) {
      assertThat(client.send(GET).readUntil("\n\n"))
          .startsWith("HTTP/1.1 200 OK")
          .contains("Content-Length: 0");
      assertThat(client.send(GET).readUntil("\n\n")).startsWith("HTTP/1.1 200 OK");
    }
  }

  @Test
  void http10GetsABodyThatEndsWithTheConnection() {
    WebServer server =
        servers.start((request, response) -> response.writeWith(Flux.just(utf8("a"), utf8("b"))));
    try (RawClient client = new RawClient(server.getPort())) {
      assertThat(client.send("GET / HTTP/1.0\n\n").readAll())
          .doesNotContainIgnoringCase("transfer-encoding")
          .endsWith("\r\n\r\nab");
    }
  }

  @Test
  void http10WithoutHostHasTheLocalAddressAsItsHost() {
    AtomicReference<URI> seen = new AtomicReference<>();
    WebServer server =
        servers.start(
            (request, response) -> {
              seen.set(request.getURI());
              return response.setComplete();
            });
    try (RawClient client = new RawClient(server.getPort())) {
      client.send("GET /a HTTP/1.0\n\n").readAll();
    }
    assertThat(seen.get()).hasScheme("http").hasPort(server.getPort()).hasPath("/a");
  }

  @Test
  void headNeverHasABody() {
    WebServer server =
        servers.start(
            (request, response) ->
                response.writeWith(
                    request.getURI().getPath().equals("/mono")
                        ? Mono.just(utf8("four"))
                        : Flux.just(utf8("a"), utf8("b"))));
    try (RawClient client = new RawClient(server.getPort())) {
      String mono = client.send("HEAD /mono HTTP/1.1\nHost: x\n\n").readUntil("\n\n");
      assertThat(mono).startsWith("HTTP/1.1 200").contains("Content-Length: 4");
      String flux = client.send("HEAD /flux HTTP/1.1\nHost: x\n\n").readUntil("\n\n");
      assertThat(flux).startsWith("HTTP/1.1 200").doesNotContain("Content-Length");
      assertThat(client.send("HEAD /mono HTTP/1.1\nHost: x\nConnection: close\n\n").readAll())
          .endsWith("\r\n\r\n");
    }
  }

  @Test
  void cookiesGoBothWays() {
    WebServer server =
        servers.start(
            (request, response) -> {
              request
                  .getCookies()
                  .values()
                  .forEach(
                      same ->
                          same.forEach(
                              cookie ->
                                  response.addCookie(
                                      ResponseCookie.from(cookie.getName(), cookie.getValue())
                                          .httpOnly(true)
                                          .sameSite("Strict")
                                          .build())));
              return response.setComplete();
            });
    HttpResponse<String> response =
        servers.send(request(server, "/").header("Cookie", "a=1; b=2; a=3"));
    assertThat(response.headers().allValues("set-cookie"))
        .containsExactly(
            "a=1; HttpOnly; SameSite=Strict",
            "a=3; HttpOnly; SameSite=Strict",
            "b=2; HttpOnly; SameSite=Strict");
  }

  @Test
  void anEventIsVisibleBeforeItsSourceCompletes() {
    Sinks.Many<DataBuffer> source = Sinks.many().unicast().onBackpressureBuffer();
    WebServer server = servers.start((request, response) -> response.writeWith(source.asFlux()));
    try (RawClient client = new RawClient(server.getPort())) {
      client.send(GET);
      source.tryEmitNext(utf8("first")).orThrow();
      client.readUntil("first");
      source.tryEmitNext(utf8("second")).orThrow();
      client.readUntil("second");
      source.tryEmitComplete().orThrow();
      client.readUntil("0\n\n");
    }
  }

  @Test
  void groupsAreFlushedAsTheyCome() {
    Sinks.Many<Mono<DataBuffer>> source = Sinks.many().unicast().onBackpressureBuffer();
    WebServer server =
        servers.start((request, response) -> response.writeAndFlushWith(source.asFlux()));
    try (RawClient client = new RawClient(server.getPort())) {
      client.send(GET);
      source.tryEmitNext(Mono.just(utf8("first"))).orThrow();
      client.readUntil("first");
      source.tryEmitNext(Mono.just(utf8("second"))).orThrow();
      client.readUntil("second");
      source.tryEmitComplete().orThrow();
      client.readUntil("0\n\n");
    }
  }

  @Test
  void aSlowClientHoldsTheSourceBack() throws Exception {
    AtomicLong produced = new AtomicLong();
    int total = 2_000;
    String piece = "x".repeat(16 * 1024);
    WebServer server =
        servers.start(
            (request, response) ->
                response.writeWith(
                    Flux.range(0, total)
                        .<DataBuffer>map(i -> utf8(piece))
                        .doOnNext(b -> produced.incrementAndGet())));
    HttpResponse<InputStream> response =
        servers.client().send(request(server, "/").build(), BodyHandlers.ofInputStream());
    try (InputStream body = response.body()) {
      long settled = await().until(produced::get, new StopsGrowing());
      assertThat(settled).isLessThan(total);
      assertThat(body.readAllBytes()).hasSize(total * piece.length());
    }
    assertThat(produced).hasValue(total);
  }

  @Test
  void manySmallBuffersFromAnotherThreadAllArrive() {
    WebServer server =
        servers.start(
            (request, response) ->
                response.writeWith(
                    Flux.range(0, 10_000)
                        .<DataBuffer>map(i -> utf8(i + "\n"))
                        .publishOn(Schedulers.boundedElastic())));
    String body = servers.get(server, "/").body();
    assertThat(body.lines().count()).isEqualTo(10_000);
    assertThat(body).startsWith("0\n1\n").endsWith("9998\n9999\n");
  }

  @Test
  void errorsBeforeTheBodyAre500AndTheConnectionLives() {
    WebServer server =
        servers.start((request, response) -> Mono.error(new IllegalStateException("expected")));
    try (RawClient client = new RawClient(server.getPort())) {
      for (int i = 0; i < 2; i++) {
        assertThat(client.send(GET).readUntil("\n\n"))
            .startsWith("HTTP/1.1 500")
            .contains("Content-Length: 0");
      }
    }
  }

  @Test
  void errorsAfterTheBodyBeganCutTheConnection() {
    WebServer server =
        servers.start(
            (request, response) ->
                response.writeWith(
                    Flux.<DataBuffer>just(utf8("begun"))
                        .concatWith(Mono.error(new IllegalStateException("expected")))));
    try (RawClient client = new RawClient(server.getPort())) {
      assertThat(client.send(GET).readAll())
          .startsWith("HTTP/1.1 200")
          .endsWith("begun\r\n")
          .doesNotContain("\r\n0\r\n");
    }
  }

  @Test
  void tooFewBytesCutTheConnection() {
    WebServer server =
        servers.start(
            (request, response) -> {
              response.getHeaders().setContentLength(10);
              return response.writeWith(Mono.just(utf8("short")));
            });
    try (RawClient client = new RawClient(server.getPort())) {
      assertThat(client.send(GET).readAll()).contains("Content-Length: 10").endsWith("short");
    }
  }

  @Test
  void fieldsThatWouldSplitTheResponseAreRefused() {
    WebServer server =
        servers.start(
            (request, response) -> {
              response.getHeaders().add("X-Evil", "a\r\nX-Injected: b");
              return response.writeWith(Mono.just(utf8("body")));
            });
    HttpResponse<String> response = servers.get(server, "/");
    assertThat(response.statusCode()).isEqualTo(500);
    assertThat(response.headers().firstValue("x-injected")).isEmpty();
  }

  @Test
  void targetsThatAreNoUriAre400WithoutTheHandler() {
    AtomicInteger calls = new AtomicInteger();
    WebServer server =
        servers.start(
            (request, response) -> {
              calls.incrementAndGet();
              return Mono.empty();
            });
    try (RawClient client = new RawClient(server.getPort())) {
      assertThat(client.send("GET /a\"b HTTP/1.1\nHost: x\n\n").readUntil("\n\n"))
          .startsWith("HTTP/1.1 400")
          .contains("Content-Length: 0");
    }
    assertThat(calls).hasValue(0);
  }

  @Test
  void unknownMethodsReachTheHandler() {
    WebServer server =
        servers.start(
            (request, response) -> response.writeWith(Mono.just(utf8(request.getMethod().name()))));
    assertThat(servers.send(request(server, "/").method("BAZ", BodyPublishers.noBody())).body())
        .isEqualTo("BAZ");
  }

  @Test
  void aFileIsSentWithoutBeingCopied(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("file.txt"), "0123456789".repeat(50_000));
    WebServer server =
        servers.start(
            (request, response) ->
                ((ZeroCopyHttpOutputMessage) response).writeWith(file, 3, 400_000));
    HttpResponse<String> response = servers.get(server, "/");
    assertThat(response.headers().firstValue("content-length")).hasValue("400000");
    assertThat(response.body()).isEqualTo(Files.readString(file).substring(3, 400_003));
  }

  /** Spring's resources come on such a thread. */
  @Test
  void aFileOfAThreadThatMayBlockIsSent(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("file.txt"), "0123456789".repeat(50_000));
    WebServer server =
        servers.start(
            (request, response) ->
                ((ZeroCopyHttpOutputMessage) response)
                    .writeWith(file, 3, 400_000)
                    .subscribeOn(Schedulers.boundedElastic()));
    for (int i = 0; i < 3; i++) {
      assertThat(servers.get(server, "/").body())
          .isEqualTo(Files.readString(file).substring(3, 400_003));
    }
    Files.delete(file);
    assertThat(servers.get(server, "/").statusCode()).isEqualTo(404);
    await().untilAsserted(() -> assertThat(OpenFiles.below(folder)).isEmpty());
  }

  @Test
  void aFileThatHasGoneIsAnswered404AndTheConnectionKept(@TempDir Path folder) {
    Path file = folder.resolve("gone.txt");
    WebServer server =
        servers.start(
            (request, response) -> ((ZeroCopyHttpOutputMessage) response).writeWith(file, 0, 10));
    try (RawClient client = new RawClient(server.getPort())) {
      for (int i = 0; i < 2; i++) {
        assertThat(client.send(GET).readUntil("\n\n"))
            .startsWith("HTTP/1.1 404")
            .contains("Content-Length: 0");
      }
    }
  }

  @Test
  void aFileOfAnotherFileSystemIsRead(@TempDir Path folder) throws IOException {
    URI zip = URI.create("jar:" + folder.resolve("a.zip").toUri());
    try (FileSystem files = FileSystems.newFileSystem(zip, Map.of("create", "true"))) {
      Path file = Files.writeString(files.getPath("/file.txt"), "0123456789".repeat(5_000));
      WebServer server =
          servers.start(
              (request, response) ->
                  ((ZeroCopyHttpOutputMessage) response).writeWith(file, 3, 40_000));
      assertThat(servers.get(server, "/").body())
          .isEqualTo("0123456789".repeat(5_000).substring(3, 40_003));
    }
  }
}
