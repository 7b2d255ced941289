package io.kqueueserver.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.TlsFixture;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.GracefulShutdownResult;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.HttpProtocol;

/** A WebFlux application over HTTP/2: by ALPN with the JDK's client, in the clear with Netty's. */
class Http2OverSocketsTests {
  private static final String LONG = "The quick brown fox jumps over the lazy dog. ".repeat(500);
  private static final int PIECES = 1_000;
  private static final String PIECE = "0123456789abcdef".repeat(256);

  private static ReactiveWebServerApplicationContext secure;
  private static ReactiveWebServerApplicationContext clear;
  private static HttpClient client;

  @BeforeAll
  static void start() throws Exception {
    secure =
        application(
            "--server.ssl.key-store=classpath:tls/server.p12",
            "--server.ssl.key-store-password=changeit",
            "--server.ssl.key-alias=server");
    clear = application("--server.forward-headers-strategy=native");
    client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_2)
            .sslContext(TlsFixture.client())
            .build();
  }

  private static ReactiveWebServerApplicationContext application(String... more) {
    List<String> arguments = new ArrayList<>(List.of(more));
    arguments.add("--server.port=0");
    arguments.add("--server.http2.enabled=true");
    arguments.add("--server.compression.enabled=true");
    arguments.add("--server.shutdown=graceful");
    arguments.add("--spring.main.banner-mode=off");
    return (ReactiveWebServerApplicationContext)
        new SpringApplication(Routes.class).run(arguments.toArray(String[]::new));
  }

  @AfterAll
  static void stop() {
    secure.close();
    clear.close();
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(
            URI.create("https://localhost:" + secure.getWebServer().getPort() + path))
        .timeout(Duration.ofSeconds(20));
  }

  private static <T> HttpResponse<T> send(
      HttpRequest.Builder request, HttpResponse.BodyHandler<T> as) throws Exception {
    HttpResponse<T> response = client.send(request.build(), as);
    assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
    return response;
  }

  private static reactor.netty.http.client.HttpClient h2c() {
    return reactor.netty.http.client.HttpClient.create()
        .protocol(HttpProtocol.H2C)
        .port(clear.getWebServer().getPort());
  }

  @Test
  void theRequestIsAsOverHttp1() throws Exception {
    HttpResponse<String> seen = send(request("/seen?a=%20b"), BodyHandlers.ofString());
    int port = secure.getWebServer().getPort();
    assertThat(seen.body())
        .isEqualTo(
            "GET https://localhost:%d/seen?a=%%20b host localhost:%d tls true"
                .formatted(port, port));
  }

  @Test
  void http1IsServedOnTheSamePort() throws Exception {
    HttpClient old =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .sslContext(TlsFixture.client())
            .build();
    HttpResponse<String> response = old.send(request("/long").build(), BodyHandlers.ofString());
    assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
    assertThat(response.body()).isEqualTo(LONG);
  }

  @Test
  void bodiesGoBothWays() throws Exception {
    byte[] body = new byte[3_000_000];
    HttpResponse<String> counted =
        send(request("/count").POST(BodyPublishers.ofByteArray(body)), BodyHandlers.ofString());
    assertThat(counted.body()).isEqualTo("3000000");
    HttpResponse<String> echoed =
        send(request("/echo").POST(BodyPublishers.ofString(LONG)), BodyHandlers.ofString());
    assertThat(echoed.body()).isEqualTo(LONG);
    HttpResponse<byte[]> many = send(request("/pieces"), BodyHandlers.ofByteArray());
    assertThat(many.body()).hasSize(PIECES * PIECE.length());
  }

  @Test
  void manyStreamsShareAConnection() {
    List<CompletableFuture<HttpResponse<String>>> running = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      running.add(client.sendAsync(request("/long").build(), BodyHandlers.ofString()));
    }
    for (CompletableFuture<HttpResponse<String>> one : running) {
      assertThat(one.join().body()).isEqualTo(LONG);
    }
  }

  @Test
  void responsesAreCompressed() throws Exception {
    HttpResponse<InputStream> response =
        send(request("/long").header("Accept-Encoding", "gzip"), BodyHandlers.ofInputStream());
    assertThat(response.headers().firstValue("content-encoding")).contains("gzip");
    byte[] coded = response.body().readAllBytes();
    assertThat(new GZIPInputStream(new ByteArrayInputStream(coded)).readAllBytes())
        .asString(StandardCharsets.UTF_8)
        .isEqualTo(LONG);
  }

  @Test
  void headersBeyondTheLimitAreRefusedAndTheConnectionGoesOn() throws Exception {
    HttpResponse<String> refused =
        send(request("/long").header("X-Long", "x".repeat(9_000)), BodyHandlers.ofString());
    assertThat(refused.statusCode()).isEqualTo(431);
    assertThat(send(request("/long"), BodyHandlers.ofString()).statusCode()).isEqualTo(200);
  }

  @Test
  void eventsArriveOneByOneInTheClear() {
    List<String> events =
        h2c()
            .get()
            .uri("/events")
            .responseContent()
            .asString()
            .take(3)
            .collectList()
            .block(Duration.ofSeconds(20));
    assertThat(String.join("", events)).startsWith("data:0\n\ndata:1\n\n");
  }

  @Test
  void proxiesAreBelievedAndBodiesEchoedInTheClear() {
    String seen =
        h2c()
            .headers(
                fields ->
                    fields
                        .set("X-Forwarded-Proto", "https")
                        .set("X-Forwarded-Host", "shop.example"))
            .get()
            .uri("/seen")
            .responseContent()
            .aggregate()
            .asString()
            .block(Duration.ofSeconds(20));
    assertThat(seen).startsWith("GET https://shop.example/seen ");
    String echoed =
        h2c()
            .post()
            .uri("/echo")
            .send(ByteBufFlux.fromString(Flux.range(0, 100).map(i -> PIECE)))
            .responseContent()
            .aggregate()
            .asString()
            .block(Duration.ofSeconds(20));
    assertThat(echoed).isEqualTo(PIECE.repeat(100));
  }

  @Test
  void aGracefulShutdownWaitsForStreams() throws Exception {
    ReactiveWebServerApplicationContext context = application();
    Routes routes = context.getBean(Routes.class);
    CompletableFuture<String> answer =
        reactor.netty.http.client.HttpClient.create()
            .protocol(HttpProtocol.H2C)
            .port(context.getWebServer().getPort())
            .get()
            .uri("/late")
            .responseContent()
            .aggregate()
            .asString()
            .toFuture();
    await().until(() -> routes.late.currentSubscriberCount() == 1);
    CompletableFuture<GracefulShutdownResult> ended = new CompletableFuture<>();
    context.getWebServer().shutDownGracefully(ended::complete);
    routes.late.tryEmitNext("late");
    routes.late.tryEmitComplete();
    assertThat(answer.get(20, TimeUnit.SECONDS)).isEqualTo("late");
    assertThat(ended.get(20, TimeUnit.SECONDS)).isEqualTo(GracefulShutdownResult.IDLE);
    context.close();
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Routes {
    final Sinks.Many<String> late = Sinks.many().multicast().onBackpressureBuffer();

    @Bean
    RouterFunction<ServerResponse> routes() {
      return RouterFunctions.route()
          .GET("/long", request -> ServerResponse.ok().bodyValue(LONG))
          .GET(
              "/seen",
              request -> ServerResponse.ok().bodyValue(seen(request.exchange().getRequest())))
          .GET(
              "/pieces",
              request ->
                  ServerResponse.ok()
                      .contentType(MediaType.APPLICATION_OCTET_STREAM)
                      .body(
                          Flux.range(0, PIECES).map(i -> PIECE.getBytes(StandardCharsets.US_ASCII)),
                          byte[].class))
          .GET(
              "/events",
              request ->
                  ServerResponse.ok()
                      .contentType(MediaType.TEXT_EVENT_STREAM)
                      .body(
                          Flux.interval(Duration.ofMillis(20)).map(String::valueOf), String.class))
          .GET("/late", request -> ServerResponse.ok().body(late.asFlux().next(), String.class))
          .POST(
              "/count",
              request ->
                  request
                      .bodyToFlux(DataBuffer.class)
                      .map(
                          piece -> {
                            int count = piece.readableByteCount();
                            DataBufferUtils.release(piece);
                            return count;
                          })
                      .reduce(0, Integer::sum)
                      .flatMap(sum -> ServerResponse.ok().bodyValue(String.valueOf(sum))))
          .POST(
              "/echo",
              request ->
                  ServerResponse.ok()
                      .contentType(MediaType.APPLICATION_OCTET_STREAM)
                      .body(request.bodyToFlux(DataBuffer.class), DataBuffer.class))
          .build();
    }

    private static String seen(ServerHttpRequest request) {
      return request.getMethod()
          + " "
          + request.getURI()
          + " host "
          + request.getHeaders().getFirst("Host")
          + " tls "
          + (request.getSslInfo() != null);
    }
  }
}
