package io.kqueueserver.spring;

import static io.kqueueserver.spring.WebServerExtension.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kqueueserver.RunningServer;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.web.server.Compression;
import org.springframework.boot.web.server.WebServer;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.NettyDataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.http.MediaType;
import org.springframework.http.ZeroCopyHttpOutputMessage;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

class CompressionOverSocketsTests {
  private static final String LONG = "The quick brown fox jumps over the lazy dog. ".repeat(500);

  @RegisterExtension final WebServerExtension servers = new WebServerExtension();

  @TempDir Path directory;

  private WebServer start(HttpHandler handler) {
    Compression compression = new Compression();
    compression.setEnabled(true);
    return start(compression, handler);
  }

  private WebServer start(Compression compression, HttpHandler handler) {
    KqueueReactiveWebServerFactory factory = new KqueueReactiveWebServerFactory(0);
    factory.setCompression(compression);
    factory.addServerCustomizers(builder -> builder.loops(1));
    return servers.start(factory, handler);
  }

  private static HttpHandler text(String type, String body) {
    return (request, response) -> {
      response.getHeaders().set("Content-Type", type);
      return response.writeWith(Mono.just(utf8(body)));
    };
  }

  private HttpResponse<InputStream> gzipped(WebServer server) throws Exception {
    return servers
        .client()
        .send(
            WebServerExtension.request(server, "/").header("Accept-Encoding", "gzip").build(),
            BodyHandlers.ofInputStream());
  }

  private static String unzip(HttpResponse<InputStream> response) throws IOException {
    assertThat(response.headers().firstValue("Content-Encoding")).contains("gzip");
    assertThat(response.headers().allValues("Vary")).contains("Accept-Encoding");
    byte[] coded = response.body().readAllBytes();
    return new String(
        new GZIPInputStream(new ByteArrayInputStream(coded)).readAllBytes(),
        StandardCharsets.UTF_8);
  }

  @Test
  void aMonoIsCompressedForAClientThatAsksForIt() throws Exception {
    WebServer server = start(text("text/plain;charset=UTF-8", LONG));
    HttpResponse<InputStream> response = gzipped(server);
    assertThat(response.headers().firstValueAsLong("Content-Length").orElseThrow())
        .isLessThan(LONG.length() / 10);
    assertThat(unzip(response)).isEqualTo(LONG);
    assertThat(servers.get(server, "/").body()).isEqualTo(LONG);
  }

  @Test
  void whatSpringBootSaysIsHonoured() throws Exception {
    Compression compression = new Compression();
    compression.setEnabled(true);
    compression.setMimeTypes(new String[] {"application/*"});
    compression.setAdditionalMimeTypes(new String[] {"image/svg+xml"});
    compression.setMinResponseSize(DataSize.ofBytes(10));
    for (String type : new String[] {"application/json", "image/svg+xml"}) {
      assertThat(unzip(gzipped(start(compression, text(type, "0123456789"))))).hasSize(10);
    }
    for (HttpHandler plain :
        new HttpHandler[] {
          text("text/plain", LONG), text("application/json", "short"), text("no type", LONG)
        }) {
      assertThat(gzipped(start(compression, plain)).headers().map())
          .doesNotContainKeys("content-encoding", "vary");
    }
    compression.setMimeTypes(new String[] {});
    compression.setAdditionalMimeTypes(new String[] {});
    assertThat(unzip(gzipped(start(compression, text("no type", LONG))))).isEqualTo(LONG);
    compression.setExcludedUserAgents(new String[] {"Other", "java-HTTP-client/x"});
    HttpResponse<String> excluded =
        servers.send(
            WebServerExtension.request(start(compression, text("text/plain", LONG)), "/")
                .header("Accept-Encoding", "gzip")
                .header("User-Agent", "Java-http-client/X"));
    assertThat(excluded.body()).isEqualTo(LONG);
  }

  /** Clients that meet the end of a connection and no byte send a GET again. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 19, 1024})
  void aFluxThatFailsArrivesAsFarAsItCameAndItsHandlerRunsOnce(int kilobytes) throws Exception {
    AtomicInteger runs = new AtomicInteger();
    byte[] kilobyte = LONG.substring(0, 1024).getBytes(StandardCharsets.UTF_8);
    WebServer server =
        start(
            (request, response) -> {
              runs.incrementAndGet();
              response.getHeaders().setContentType(MediaType.TEXT_PLAIN);
              Flux<DataBuffer> body =
                  Flux.range(0, kilobytes)
                      .map(i -> response.bufferFactory().wrap(kilobyte))
                      .concatWith(Mono.error(new IllegalStateException("on purpose")));
              return response.writeAndFlushWith(body.map(Mono::just));
            });
    HttpURLConnection connection =
        (HttpURLConnection)
            URI.create("http://localhost:" + server.getPort() + "/").toURL().openConnection();
    connection.setRequestProperty("Accept-Encoding", "gzip");
    connection.setRequestProperty("Connection", "close");
    if (kilobytes == 0) {
      assertThat(connection.getResponseCode()).isEqualTo(500);
    } else {
      assertThat(connection.getResponseCode()).isEqualTo(200);
      InputStream decoded = new GZIPInputStream(connection.getInputStream());
      for (int i = 0; i < kilobytes; i++) {
        assertThat(decoded.readNBytes(1024)).isEqualTo(kilobyte);
      }
      assertThatThrownBy(decoded::read).isInstanceOf(IOException.class);
    }
    connection.disconnect();
    assertThat(runs).hasValue(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {19, 1024})
  void aFluxThatFailsWithinATurnArrivesAsFarAsItCame(int kilobytes) throws Exception {
    AtomicInteger runs = new AtomicInteger();
    String body = LONG.repeat(50).substring(0, kilobytes * 1024);
    WebServer server =
        start(
            (request, response) -> {
              runs.incrementAndGet();
              response.getHeaders().setContentType(MediaType.TEXT_PLAIN);
              return response.writeWith(
                  Flux.<DataBuffer>just(utf8(body), utf8("!"))
                      .concatWith(Mono.error(new IllegalStateException("on purpose"))));
            });
    InputStream decoded = new GZIPInputStream(gzipped(server).body());
    assertThat(new String(decoded.readNBytes(body.length() + 1), StandardCharsets.UTF_8))
        .isEqualTo(body + "!");
    assertThatThrownBy(decoded::read).isInstanceOf(IOException.class);
    assertThat(runs).hasValue(1);
  }

  @Test
  void everyEventOfAStreamIsSeenAtOnce() throws Exception {
    Sinks.Many<String> events = Sinks.many().unicast().onBackpressureBuffer();
    WebServer server =
        start(
            (request, response) -> {
              response.getHeaders().setContentType(MediaType.TEXT_PLAIN);
              return response.writeAndFlushWith(
                  events.asFlux().map(event -> Mono.just(utf8(event))));
            });
    events.tryEmitNext("data: 1\n\n").orThrow();
    HttpResponse<InputStream> response = gzipped(server);
    InputStream decoded = new GZIPInputStream(response.body(), 32);
    for (int i = 1; i <= 3; i++) {
      String event = "data: " + i + "\n\n";
      assertThat(new String(decoded.readNBytes(event.length()), StandardCharsets.UTF_8))
          .isEqualTo(event);
      events.tryEmitNext("data: " + (i + 1) + "\n\n").orThrow();
    }
    RunningServer running = running(server);
    assertThat(running.encoders()).isEqualTo(1);
    decoded.close();
    await().until(() -> running.activeExchanges() == 0);
    server.stop();
    assertThat(running.encoders()).isZero();
  }

  @Test
  void aSourceThatPausesIsSeenToItsLastByteWithoutAFlush() throws Exception {
    Sinks.Many<String> parts = Sinks.many().unicast().onBackpressureBuffer();
    WebServer server =
        start(
            (request, response) -> {
              response.getHeaders().setContentType(MediaType.TEXT_PLAIN);
              return response.writeWith(parts.asFlux().map(WebServerExtension::utf8));
            });
    parts.tryEmitNext("first").orThrow();
    InputStream decoded = new GZIPInputStream(gzipped(server).body(), 32);
    assertThat(new String(decoded.readNBytes(5), StandardCharsets.UTF_8)).isEqualTo("first");
    parts.tryEmitNext("second").orThrow();
    assertThat(new String(decoded.readNBytes(6), StandardCharsets.UTF_8)).isEqualTo("second");
    parts.tryEmitComplete().orThrow();
    assertThat(decoded.readAllBytes()).isEmpty();
  }

  @Test
  void aFileIsCompressedAndNotSentByTheKernel() throws Exception {
    Path file = Files.writeString(directory.resolve("f.txt"), LONG.repeat(20));
    WebServer server =
        start(
            (request, response) -> {
              response.getHeaders().setContentType(MediaType.TEXT_PLAIN);
              response.getHeaders().setContentLength(file.toFile().length());
              return ((ZeroCopyHttpOutputMessage) response)
                  .writeWith(file, 0, file.toFile().length());
            });
    assertThat(unzip(gzipped(server)).equals(LONG.repeat(20))).isTrue();
    assertThat(running(server).loops().get(0).stats().sendfileBytes).isZero();
  }

  @Test
  void curlDecompressesWhatItGets() throws Exception {
    Process probe = run("curl", "--version");
    assumeTrue(probe != null, "curl is not installed");
    WebServer server =
        start(
            (request, response) -> {
              response.getHeaders().setContentType(MediaType.APPLICATION_JSON);
              return response.writeWith(Flux.just(utf8(LONG), utf8(LONG)));
            });
    Process curl =
        Objects.requireNonNull(
            run(
                "curl",
                "-sS",
                "-D",
                "-",
                "--compressed",
                "--http1.1",
                "http://localhost:" + server.getPort() + "/"));
    String output = new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(curl.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(output).containsIgnoringCase("content-encoding:").endsWith(LONG + LONG);
  }

  private static Process run(String... command) {
    try {
      return new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      return null;
    }
  }

  @Test
  void nothingNativeIsLeftAfterManyResponsesAndAborts() throws Exception {
    WebServer server =
        start(
            (request, response) -> {
              response.getHeaders().setContentType(MediaType.TEXT_PLAIN);
              return request.getPath().value().equals("/endless")
                  ? response.writeWith(
                      Flux.interval(Duration.ofMillis(1))
                          .map(i -> utf8("tick "))
                          .onBackpressureDrop())
                  : response.writeWith(Mono.just(utf8(LONG)));
            });
    RunningServer running = running(server);
    for (int i = 0; i < 20; i++) {
      assertThat(unzip(gzipped(server))).isEqualTo(LONG);
      try (RawClient client = new RawClient(server.getPort())) {
        client.send("GET /endless HTTP/1.1\nHost: x\nAccept-Encoding: gzip\n\n");
        client.readUntil("gzip");
        client.abort();
      }
    }
    await().until(() -> running.activeExchanges() == 0);
    assertThat(running.encoders()).isLessThanOrEqualTo(8);
    server.stop();
    assertThat(running.encoders()).isZero();
  }

  @Test
  void pooledBuffersAreReleasedWhetherTheClientReadsOrGoes() throws Exception {
    NettyDataBufferFactory pool = new NettyDataBufferFactory(new UnpooledByteBufAllocator(true));
    byte[] noise = new byte[16 * 1024]; // beyond what is copied, so that buffers are kept
    new Random(1).nextBytes(noise);
    List<NettyDataBuffer> made = new CopyOnWriteArrayList<>();
    WebServer server =
        start(
            (request, response) -> {
              response.getHeaders().setContentType(MediaType.TEXT_PLAIN);
              int count = request.getPath().value().equals("/endless") ? Integer.MAX_VALUE : 40;
              return response.writeWith(
                  Flux.range(0, count)
                      .map(
                          i -> {
                            NettyDataBuffer buffer = pool.allocateBuffer(noise.length);
                            buffer.write(noise);
                            made.add(buffer);
                            return buffer;
                          }));
            });
    byte[] coded = gzipped(server).body().readAllBytes();
    assertThat(new GZIPInputStream(new ByteArrayInputStream(coded)).readAllBytes())
        .hasSize(40 * noise.length);
    try (RawClient client = new RawClient(server.getPort())) {
      client.send("GET /endless HTTP/1.1\nHost: x\nAccept-Encoding: gzip\n\n");
      client.readUntil("gzip");
      client.abort();
    }
    await().until(() -> running(server).activeExchanges() == 0);
    await()
        .untilAsserted(
            () ->
                assertThat(made)
                    .hasSizeGreaterThan(40)
                    .allMatch(buffer -> buffer.getNativeBuffer().refCnt() == 0));
  }

  private static RunningServer running(WebServer server) {
    return Objects.requireNonNull(((KqueueWebServer) server).getServer().running());
  }
}
