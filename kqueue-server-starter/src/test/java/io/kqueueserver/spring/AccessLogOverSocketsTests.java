package io.kqueueserver.spring;

import static io.kqueueserver.spring.WebServerExtension.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.is;

import io.kqueueserver.http.forwarded.ForwardedFormat;
import io.kqueueserver.http.forwarded.ForwardedHeaders;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.ip.IpRanges;
import io.kqueueserver.spring.accesslog.AccessLogOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.web.server.Compression;
import org.springframework.boot.web.server.WebServer;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.HttpHandler;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;

class AccessLogOverSocketsTests {
  @RegisterExtension final WebServerExtension servers = new WebServerExtension();

  @TempDir Path directory;

  private Path file() {
    return directory.resolve("access.log");
  }

  private WebServer start(String pattern, HttpHandler handler) {
    KqueueReactiveWebServerFactory factory = new KqueueReactiveWebServerFactory(0);
    factory.setAccessLog(new AccessLogOptions(pattern, file(), -1, false, 0, "unused", 100));
    factory.addServerCustomizers(
        builder ->
            builder.loops(1).headerTimeout(Duration.ofMillis(300)).http2(Http2Options.DEFAULTS));
    Compression compression = new Compression();
    compression.setEnabled(true);
    factory.setCompression(compression);
    return servers.start(factory, handler);
  }

  private List<String> linesAfterStop(WebServer server) throws IOException {
    server.stop();
    return Files.readAllLines(file());
  }

  @Test
  void everyExchangeIsALineWithStatusAndBodyBytes() throws IOException {
    WebServer server =
        start(
            "%m %U %s %b %X %{X-Tag}o",
            (request, response) -> {
              response.setStatusCode(HttpStatus.CREATED);
              response.getHeaders().set("X-Tag", "t\u00e9");
              return response.writeWith(Flux.just(utf8("hello "), utf8("world")));
            });
    servers.get(server, "/a?b");
    servers.get(server, "/c");
    assertThat(linesAfterStop(server))
        .containsExactly("GET /a 201 11 + t\\xe9", "GET /c 201 11 + t\\xe9");
  }

  @Test
  void aLineHasProtocolAndStream() throws IOException {
    WebServer server = start("%H %{H2_STREAM_ID}e %s", (request, response) -> Mono.empty());
    servers.get(server, "/a");
    HttpClient client = HttpClient.newConnection().protocol(HttpProtocol.H2C);
    assertThat(status(client, server)).isEqualTo(200);
    String tooLong = "y".repeat(9000);
    assertThat(status(client.headers(fields -> fields.set("X", tooLong)), server)).isEqualTo(431);
    List<String> lines = linesAfterStop(server);
    assertThat(lines.get(0)).isEqualTo("HTTP/1.1 - 200");
    assertThat(lines.get(1)).matches("HTTP/2\\.0 [1-9]\\d* 200");
    assertThat(lines.get(2)).matches("- [1-9]\\d* 431"); // no head, as in HTTP/1.1
  }

  private static int status(HttpClient client, WebServer server) {
    return client
        .port(server.getPort())
        .get()
        .uri("/b")
        .response()
        .map(response -> response.status().code())
        .block(Duration.ofSeconds(10));
  }

  @Test
  void theBytesOfACompressedBodyAreThoseOnTheWire() throws IOException {
    String text = "x".repeat(10_000);
    WebServer server =
        start(
            "%s %b %{Content-Encoding}o",
            (request, response) -> {
              response.getHeaders().setContentType(MediaType.TEXT_PLAIN);
              return response.writeWith(Mono.just(utf8(text)));
            });
    int wire =
        servers
            .send(WebServerExtension.request(server, "/").header("Accept-Encoding", "gzip"))
            .headers()
            .firstValueAsLong("Content-Length")
            .stream()
            .mapToInt(Math::toIntExact)
            .findFirst()
            .orElseThrow();
    assertThat(wire).isLessThan(1000);
    assertThat(linesAfterStop(server)).containsExactly("200 " + wire + " gzip");
  }

  @Test
  void refusedRequestsAreLinesTooAsNginxHasThem() throws IOException {
    WebServer server = start("%s \"%r\" %X", (request, response) -> Mono.empty());
    try (RawClient bad = new RawClient(server.getPort())) {
      bad.send("GET /\u0001 HTTP/1.1\nHost: x\n\n");
      assertThat(bad.readAll()).startsWith("HTTP/1.1 400");
    }
    try (RawClient large = new RawClient(server.getPort())) {
      large.send("GET /large HTTP/1.1\nHost: x\nX: " + "y".repeat(9000) + "\n\n");
      assertThat(large.readAll()).startsWith("HTTP/1.1 431");
    }
    try (RawClient slow = new RawClient(server.getPort())) {
      slow.send("GET /slow HTTP/1.1\nHost:");
      assertThat(slow.readAll()).startsWith("HTTP/1.1 408");
    }
    assertThat(linesAfterStop(server))
        .containsExactly(
            "400 \"GET /\\x01 HTTP/1.1\" -",
            "431 \"GET /large HTTP/1.1\" -",
            "408 \"GET /slow HTTP/1.1\" -");
  }

  @Test
  void aClientThatGoesIsALine() throws IOException {
    AtomicInteger running = new AtomicInteger();
    WebServer server =
        start(
            "%s %U %X",
            (request, response) -> {
              running.incrementAndGet();
              return request.getPath().value().equals("/begun")
                  ? response.writeWith(Flux.just(utf8("a")).concatWith(Flux.never()))
                  : Mono.never();
            });
    try (RawClient waiting = new RawClient(server.getPort())) {
      waiting.send("GET /waiting HTTP/1.1\nHost: x\n\n");
      await().untilAtomic(running, is(1));
    }
    await().untilAsserted(() -> assertThat(file()).content().contains("499 /waiting X"));
    try (RawClient begun = new RawClient(server.getPort())) {
      begun.send("GET /begun HTTP/1.1\nHost: x\n\n");
      begun.readUntil("a\n");
      begun.abort();
    }
    await().untilAsserted(() -> assertThat(file()).content().contains("200 /begun X"));
    server.stop();
  }

  @Test
  void theClientIsTheOneTheApplicationSees() throws IOException {
    Set<String> seen = new LinkedHashSet<>();
    for (String proxies : List.of("127.0.0.0/8,::1", "192.0.2.0/24")) {
      KqueueReactiveWebServerFactory factory = new KqueueReactiveWebServerFactory(0);
      factory.setForwardedHeaders(
          new ForwardedHeaders(
              ForwardedFormat.X_FORWARDED, IpRanges.of(List.of(proxies.split(",")))));
      factory.setAccessLog(new AccessLogOptions("%h %a", file(), -1, false, 0, "unused", 100));
      WebServer server =
          servers.start(
              factory,
              (request, response) -> {
                String address = request.getRemoteAddress().getAddress().getHostAddress();
                seen.add(address + " " + address);
                return Mono.empty();
              });
      servers.send(
          WebServerExtension.request(server, "/").header("X-Forwarded-For", "203.0.113.9"));
      server.stop();
    }
    assertThat(Files.readAllLines(file())).containsExactlyElementsOf(seen);
    assertThat(seen).hasSize(2).contains("203.0.113.9 203.0.113.9");
  }

  @Test
  void aRestartAppends() throws IOException {
    WebServer server = start("%U", (request, response) -> Mono.empty());
    for (int round = 1; round <= 3; round++) {
      servers.get(server, "/" + round);
      server.stop();
      assertThat(file()).content().endsWith("/" + round + "\n");
      server.start();
    }
    assertThat(linesAfterStop(server)).containsExactly("/1", "/2", "/3");
  }
}
