package io.kqueueserver.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.TlsFixture;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.codec.multipart.FilePart;
import org.springframework.http.codec.multipart.FormFieldPart;
import org.springframework.http.codec.multipart.Part;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.SslInfo;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;

/**
 * What Spring Boot's properties promise, over HTTP/2: with a bundle and the JDK's client over TLS,
 * with Reactor Netty's client in the clear.
 */
@Timeout(60)
class Http2ApplicationTests {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String LONG = "The quick brown fox jumps over the lazy dog. ".repeat(500);
  private static final String WEAK = "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256";
  private static final String STRONG = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";

  @TempDir static Path logs;

  private static ReactiveWebServerApplicationContext secure;
  private static ReactiveWebServerApplicationContext clear;
  private static java.net.http.HttpClient client;

  @SuppressWarnings("ArrayRecordComponent") // answers of a test are never compared
  private record Answer(int status, String encoding, String type, byte[] bytes) {
    String body() {
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }
  }

  @BeforeAll
  static void start() {
    secure =
        application(
            log(true),
            "--server.ssl.bundle=web",
            "--server.ssl.client-auth=want",
            "--spring.ssl.bundle.jks.web.keystore.location=classpath:tls/server.p12",
            "--spring.ssl.bundle.jks.web.keystore.password=changeit",
            "--spring.ssl.bundle.jks.web.truststore.location=classpath:tls/trust.p12",
            "--spring.ssl.bundle.jks.web.truststore.password=changeit",
            "--spring.ssl.bundle.jks.shop.keystore.location=classpath:tls/shop.p12",
            "--spring.ssl.bundle.jks.shop.keystore.password=changeit");
    clear = application(log(false));
    client =
        java.net.http.HttpClient.newBuilder()
            .version(java.net.http.HttpClient.Version.HTTP_2)
            .sslContext(TlsFixture.clientWithCertificate())
            .build();
  }

  private static ReactiveWebServerApplicationContext application(Path log, String... more) {
    List<String> arguments = new ArrayList<>(List.of(more));
    arguments.add("--server.port=0");
    arguments.add("--server.http2.enabled=true");
    arguments.add("--server.shutdown=immediate");
    arguments.add("--server.compression.enabled=true");
    arguments.add("--server.forward-headers-strategy=native");
    arguments.add("--server.max-http-request-header-size=4KB");
    arguments.add("--kqueue.server.loops=1");
    arguments.add("--kqueue.server.max-request-body-size=50KB");
    arguments.add("--kqueue.server.access-log.enabled=true");
    arguments.add("--kqueue.server.access-log.pattern=%m %U %H %s %b");
    arguments.add("--kqueue.server.access-log.file=" + log);
    arguments.add("--spring.main.web-application-type=reactive");
    arguments.add("--spring.main.banner-mode=off");
    return (ReactiveWebServerApplicationContext)
        new SpringApplication(Routes.class).run(arguments.toArray(String[]::new));
  }

  private static Path log(boolean tls) {
    return logs.resolve(tls ? "secure.log" : "clear.log");
  }

  @AfterAll
  static void stop() {
    secure.close();
    clear.close();
  }

  private static Answer get(boolean tls, String path, String... fields) throws Exception {
    return send(tls, "GET", path, "", fields);
  }

  private static Answer send(boolean tls, String method, String path, String body, String... fields)
      throws Exception {
    return tls ? sendByJdk(method, path, body, fields) : sendByNetty(method, path, body, fields);
  }

  private static Answer sendByJdk(String method, String path, String body, String... fields)
      throws Exception {
    int port = secure.getWebServer().getPort();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("https://localhost:" + port + path))
            .timeout(PATIENCE)
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (fields.length > 0) {
      request.headers(fields);
    }
    HttpResponse<byte[]> response = client.send(request.build(), BodyHandlers.ofByteArray());
    assertThat(response.version()).isEqualTo(java.net.http.HttpClient.Version.HTTP_2);
    return new Answer(
        response.statusCode(),
        response.headers().firstValue("content-encoding").orElse(""),
        response.headers().firstValue("content-type").orElse(""),
        response.body());
  }

  private static Answer sendByNetty(String method, String path, String body, String... fields) {
    return HttpClient.create()
        .protocol(HttpProtocol.H2C)
        .port(clear.getWebServer().getPort())
        .headers(
            headers -> {
              for (int i = 0; i < fields.length; i += 2) {
                headers.set(fields[i], fields[i + 1]);
              }
            })
        .request(io.netty.handler.codec.http.HttpMethod.valueOf(method))
        .uri(path)
        .send(
            body.isEmpty()
                ? Mono.empty()
                : Mono.fromSupplier(() -> Unpooled.copiedBuffer(body, StandardCharsets.US_ASCII)))
        .responseSingle(
            (head, bytes) ->
                bytes
                    .asByteArray()
                    .defaultIfEmpty(new byte[0])
                    .map(
                        all ->
                            new Answer(
                                head.status().code(),
                                head.responseHeaders().get("content-encoding", ""),
                                head.responseHeaders().get("content-type", ""),
                                all)))
        .block(PATIENCE);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aFileIsUploadedInAForm(boolean tls) throws Exception {
    String form =
        "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n"
            + "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n"
            + LONG.repeat(2)
            + "\r\n--b--\r\n";
    String type = "multipart/form-data; boundary=b";
    Answer answer = send(tls, "POST", "/upload", form, "Content-Type", type);
    assertThat(answer.body()).isEqualTo("note hello, a.txt " + 2 * LONG.length());
  }

  /** Less than a window: the client of Java 17 waits for credit though its stream was reset. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBodyBeyondTheLimitIsRefused(boolean tls) throws Exception {
    assertThat(send(tls, "POST", "/length", "b".repeat(50 << 10)).body()).isEqualTo("51200");
    assertThat(send(tls, "POST", "/length", "b".repeat((50 << 10) + 1)).status()).isEqualTo(413);
    assertThat(send(tls, "POST", "/length", "b").body()).isEqualTo("1");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void headersBeyondTheLimitAreRefused(boolean tls) throws Exception {
    assertThat(get(tls, "/seen", "X-Long", "x".repeat(3_500)).status()).isEqualTo(200);
    assertThat(get(tls, "/seen", "X-Long", "x".repeat(4_200)).status()).isEqualTo(431);
    assertThat(get(tls, "/seen").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theAccessLogHasTheVersion(boolean tls) throws Exception {
    assertThat(get(tls, "/logged?a=b").status()).isEqualTo(404);
    await()
        .untilAsserted(
            () ->
                assertThat(Files.readAllLines(log(tls)))
                    .anyMatch(line -> line.matches("GET /logged HTTP/2.0 404 [1-9][0-9]+")));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatAProxySaysIsSeen(boolean tls) throws Exception {
    String[] fields = {
      "X-Forwarded-Proto", "https",
      "X-Forwarded-Host", "shop.example",
      "X-Forwarded-For", "192.0.2.7"
    };
    assertThat(get(tls, "/seen", fields).body())
        .isEqualTo("https://shop.example/seen of 192.0.2.7");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aResponseIsCompressed(boolean tls) throws Exception {
    Answer answer = get(tls, "/long", "Accept-Encoding", "gzip");
    assertThat(answer.encoding()).isEqualTo("gzip");
    assertThat(new GZIPInputStream(new ByteArrayInputStream(answer.bytes())).readAllBytes())
        .asString(StandardCharsets.US_ASCII)
        .isEqualTo(LONG);
    assertThat(get(tls, "/long").body()).isEqualTo(LONG);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anErrorHasThePageOfSpringBoot(boolean tls) throws Exception {
    Answer unknown = get(tls, "/unknown");
    assertThat(unknown.status()).isEqualTo(404);
    assertThat(unknown.body()).contains("\"path\":\"/unknown\"", "\"status\":404");
    Answer failed = get(tls, "/failing", "Accept", "text/html");
    assertThat(failed.status()).isEqualTo(500);
    assertThat(failed.type()).startsWith("text/html");
    assertThat(failed.body()).contains("Whitelabel Error Page");
  }

  @Test
  void theRequestHasTheSessionAndTheCertificateOfTheClient() throws Exception {
    assertThat(get(true, "/ssl").body()).matches("[0-9a-f]{64} CN=a client");
    assertThat(get(false, "/ssl").body()).isEqualTo("none");
  }

  /** Also after another bundle has taken the place of the first. */
  @Test
  void aBundleAndItsSuccessorChooseTheProtocolByTheSuite() throws Exception {
    DefaultSslBundleRegistry bundles = secure.getBean(DefaultSslBundleRegistry.class);
    SslBundle first = bundles.getBundle("web");
    try {
      assertThat(chosen(WEAK)).isEqualTo("http/1.1 of CN=localhost");
      assertThat(chosen(STRONG)).isEqualTo("h2 of CN=localhost");
      bundles.updateBundle("web", bundles.getBundle("shop"));
      assertThat(chosen(WEAK)).isEqualTo("http/1.1 of CN=shop.example");
      assertThat(chosen(STRONG)).isEqualTo("h2 of CN=shop.example");
    } finally {
      bundles.updateBundle("web", first);
    }
  }

  private static String chosen(String suite) throws IOException {
    int port = secure.getWebServer().getPort();
    try (SSLSocket socket = TlsFixture.connect(TlsFixture.client(), port)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setProtocols(new String[] {"TLSv1.2"});
      parameters.setCipherSuites(new String[] {suite});
      parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      return socket.getApplicationProtocol() + " of " + shown.getSubjectX500Principal();
    }
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Routes {
    @Bean
    RouterFunction<ServerResponse> routes() {
      return RouterFunctions.route()
          .GET("/long", request -> ServerResponse.ok().bodyValue(LONG))
          .GET("/seen", request -> text(seen(request.exchange().getRequest())))
          .GET("/ssl", request -> text(ssl(request.exchange().getRequest().getSslInfo())))
          .GET("/failing", request -> Mono.error(new IllegalStateException("failed by the test")))
          .POST(
              "/length",
              request ->
                  request.bodyToMono(String.class).flatMap(s -> text(String.valueOf(s.length()))))
          .POST("/upload", request -> request.multipartData().flatMap(Routes::parts))
          .build();
    }

    private static Mono<ServerResponse> text(String text) {
      return ServerResponse.ok().bodyValue(text);
    }

    private static String seen(ServerHttpRequest request) {
      return request.getURI() + " of " + request.getRemoteAddress().getHostString();
    }

    private static String ssl(SslInfo info) {
      return info == null
          ? "none"
          : info.getSessionId()
              + " "
              + info.getPeerCertificates()[0].getSubjectX500Principal().getName();
    }

    private static Mono<ServerResponse> parts(MultiValueMap<String, Part> parts) {
      FilePart file = (FilePart) parts.getFirst("file");
      String note = ((FormFieldPart) parts.getFirst("note")).value();
      return file.content()
          .map(
              piece -> {
                int count = piece.readableByteCount();
                DataBufferUtils.release(piece);
                return count;
              })
          .reduce(0, Integer::sum)
          .flatMap(size -> text("note " + note + ", " + file.filename() + " " + size));
    }
  }
}
