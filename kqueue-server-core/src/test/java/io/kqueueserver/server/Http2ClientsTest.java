package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.HttpVersion;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.Http2Defences;
import io.kqueueserver.http.h2.Http2Options;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/2 with the clients that people have: each says which version was spoken. */
@Timeout(60)
class Http2ClientsTest {
  private static final int LARGE = 5_000_000;
  private static final Http2Options UPGRADING =
      new Http2Options(true, false, 100, 4096, 64 << 10, 1 << 20, 0, Http2Defences.DEFAULTS);

  /** Its title says how it came, and what twenty requests at once and an upload were answered. */
  private static final String PAGE =
      """
      <!doctype html><title>none</title><script type="module">
      const text = (path, init) => fetch(path, init).then(response => response.text());
      const answers = await Promise.all([...Array(20)].map((_, i) => text('/version?' + i)));
      const length = await text('/length', { method: 'POST', body: 'b'.repeat(60000) });
      const protocol = performance.getEntriesByType('navigation')[0].nextHopProtocol;
      const good = answers.filter(answer => answer === 'over h2').length;
      document.title = `${protocol}, ${good} answers over h2, ${length}`;
      </script>
      """;

  /** Made before a test counts descriptors: its own go when it is collected. */
  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_2)
          .sslContext(TlsFixture.client())
          .connectTimeout(Duration.ofSeconds(10))
          .build();

  @RegisterExtension
  final ServerExtension server = ServerExtension.with(builder -> builder.http2(UPGRADING).loops(1));

  @BeforeEach
  void handlers() {
    server.on("/version", Http2ClientsTest::tellVersion);
    server.on(
        "/length",
        server.collecting((x, body, trailers) -> answer(x, 200, String.valueOf(body.length()))));
    server.on("/large", Http2ClientsTest::respondAtLength);
  }

  private static void tellVersion(Exchange exchange) {
    boolean h2 = exchange.request().version() == HttpVersion.HTTP_2;
    answer(exchange, 200, h2 ? "over h2" : "over HTTP/1");
  }

  private static void respondAtLength(Exchange exchange) {
    exchange.respond(200, ServerExtension.TEXT, LARGE);
    exchange.write(ByteBuffer.allocate(LARGE), null);
    exchange.finish();
  }

  private String serve(boolean tls) {
    if (tls) {
      server.restart(builder -> builder.tls(TlsFixture.server()));
    }
    return (tls ? "https" : "http") + "://localhost:" + server.port();
  }

  // ---- the JDK's

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theClientOfTheJdk(boolean tls) throws Exception {
    String base = serve(tls);
    HttpRequest version = HttpRequest.newBuilder(URI.create(base + "/version")).build();
    HttpResponse<String> first = CLIENT.send(version, BodyHandlers.ofString());
    assertThat(first.version()).isEqualTo(HttpClient.Version.HTTP_2);
    assertThat(first.body()).isEqualTo("over h2");

    List<CompletableFuture<HttpResponse<String>>> many = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      many.add(CLIENT.sendAsync(version, BodyHandlers.ofString()));
      if (i % 50 == 49) { // the server takes a hundred at once
        CompletableFuture.allOf(many.toArray(CompletableFuture[]::new)).join();
      }
    }
    assertThat(many).allMatch(answer -> answer.join().body().equals("over h2"));

    HttpRequest upload =
        HttpRequest.newBuilder(URI.create(base + "/length"))
            .POST(BodyPublishers.ofByteArray(new byte[LARGE]))
            .build();
    HttpRequest download = HttpRequest.newBuilder(URI.create(base + "/large")).build();
    assertThat(CLIENT.send(upload, BodyHandlers.ofString()).body()).isEqualTo("" + LARGE);
    assertThat(CLIENT.send(download, BodyHandlers.ofByteArray()).body()).hasSize(LARGE);
    server.server().stop(); // the client has no close, and would keep its connection
  }

  // ---- command lines

  @ParameterizedTest
  @CsvSource({
    "--http2-prior-knowledge, false",
    "--http2, false",
    "--http2, true",
    "--http1.1, false",
    "--http1.1, true"
  })
  void curl(String how, boolean tls) throws Exception {
    OpenSsl.require("curl");
    String base = serve(tls);
    String expected = how.equals("--http1.1") ? "over HTTP/1 1.1" : "over h2 2";
    assertThat(curl(how, base + "/version", "-w", " %{http_version}")).isEqualTo(expected);
    assertThat(curl(how, base + "/large", "-o", "/dev/null", "-w", "%{size_download}"))
        .isEqualTo("" + LARGE);
    String body = "b".repeat(60_000); // with --http2 in the clear: more than an upgrade waits for
    assertThat(curl(how, base + "/length", "--data", body)).isEqualTo("60000");
  }

  private static String curl(String how, String url, String... options) throws Exception {
    List<String> command = new ArrayList<>(List.of("curl", "-sS", "--max-time", "20", how));
    command.addAll(List.of("--noproxy", "*", "--cacert", TlsFixture.file("ca.pem").toString()));
    command.addAll(List.of(options));
    command.add(url);
    return OpenSsl.run("", command.toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nghttp(boolean tls) throws Exception {
    OpenSsl.require("nghttp");
    String base = serve(tls);
    String[] urls =
        IntStream.range(0, 20).mapToObj(i -> base + "/version?" + i).toArray(String[]::new);
    List<String> command = new ArrayList<>(List.of("nghttp", "--timeout=20", "--no-verify-peer"));
    command.addAll(List.of(urls));
    String said = OpenSsl.run("", command.toArray(String[]::new));
    assertThat(said.split("over h2", -1)).hasSize(21);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void h2load(boolean tls) throws Exception {
    OpenSsl.require("h2load");
    String url = serve(tls) + "/version";
    String report = OpenSsl.run("", "h2load", "-n2000", "-c8", "-m32", url);
    assertThat(report).contains("2000 succeeded, 0 failed, 0 errored, 0 timeout");
  }

  // ---- a browser

  @Test
  void chromium(@TempDir Path profile) throws Exception {
    OpenSsl.require("chromium");
    server.on("/page", exchange -> answerPage(exchange));
    String url = serve(true) + "/page";
    List<String> command = new ArrayList<>(List.of("chromium", "--headless", "--no-sandbox"));
    command.addAll(List.of("--disable-gpu", "--ignore-certificate-errors", "--dump-dom"));
    command.addAll(List.of("--user-data-dir=" + profile, "--virtual-time-budget=10000", url));
    assertThat(OpenSsl.run("", command.toArray(String[]::new)))
        .contains("<title>h2, 20 answers over h2, 60000</title>");
  }

  private static void answerPage(Exchange exchange) {
    byte[] bytes = PAGE.getBytes(StandardCharsets.US_ASCII);
    exchange.respond(200, sink -> sink.field("Content-Type", "text/html"), bytes.length);
    exchange.write(ByteBuffer.wrap(bytes), null);
    exchange.finish();
  }

  // ---- raw frames

  @Test
  void aCallLikeThoseOfGrpcEndsInTrailers() {
    server.on(
        "/grpc.Echo/Say",
        server.collecting(
            (exchange, body, trailers) -> {
              exchange.respond(
                  200,
                  sink -> sink.field("content-type", "application/grpc"),
                  Exchange.UNKNOWN_LENGTH);
              exchange.write(ByteBuffer.wrap(body.getBytes(StandardCharsets.ISO_8859_1)), null);
              exchange.finish(sink -> sink.field("grpc-status", "0"));
            }));
    Http2Peer peer = Http2Peer.on(server.connect()).start();
    byte[] message = {0, 0, 0, 0, 5, 'h', 'e', 'l', 'l', 'o'};
    peer.post(1, "/grpc.Echo/Say", "content-type: application/grpc", "te: trailers");
    peer.send(Http2Peer.data(1, true, message));
    Http2Peer.Frame head = peer.await(FrameType.HEADERS, 1);
    assertThat(head.fields()).contains("content-type: application/grpc");
    assertThat(head.endsStream()).isFalse();
    assertThat(peer.await(FrameType.DATA, 1).payload()).isEqualTo(message);
    Http2Peer.Frame trailers = peer.await(FrameType.HEADERS, 1);
    assertThat(trailers.fields()).containsExactly("grpc-status: 0");
    assertThat(trailers.endsStream()).isTrue();
  }
}
