package io.kqueueserver.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.KqueueServerBuilder;
import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.build.VersionEcho;
import io.kqueueserver.http.h2.Http2Options;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.Http2SslContextSpec;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.tcp.SslProvider;

/** Reactor Netty's client, which is WebClient's, over HTTP/2. */
@Timeout(60)
class ReactorNettyOverHttp2Tests {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int LARGE = 1_000_000;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void twoHundredRequestsAndALargeBodyEachWay(boolean tls) {
    KqueueServerBuilder builder =
        KqueueServer.builder()
            .port(0)
            .loops(1)
            .http2(Http2Options.DEFAULTS)
            .handler(new VersionEcho());
    if (tls) {
      builder.tls(TlsFixture.server());
    }
    KqueueServer server = builder.build();
    ConnectionProvider connections = ConnectionProvider.create("over-http2", 1);
    server.start();
    try {
      HttpClient client = HttpClient.create(connections).host("localhost").port(server.port());
      if (tls) {
        Http2SslContextSpec trusting =
            Http2SslContextSpec.forClient()
                .configure(spec -> spec.trustManager(TlsFixture.file("ca.pem").toFile()));
        client =
            client
                .protocol(HttpProtocol.H2)
                .secure(spec -> spec.sslContext((SslProvider.GenericSslContextSpec<?>) trusting));
      } else {
        client = client.protocol(HttpProtocol.H2C);
      }
      HttpClient chosen = client;
      List<String> answers =
          Flux.range(0, 200)
              .flatMap(i -> post(chosen, "number " + i), 50)
              .collectList()
              .block(PATIENCE);
      assertThat(answers)
          .hasSize(200)
          .doesNotHaveDuplicates()
          .allMatch(a -> a.startsWith("HTTP_2"));
      assertThat(post(chosen, "x".repeat(LARGE)).block(PATIENCE)).hasSize(LARGE + 7);
      assertThat(server.connections()).isEqualTo(1);
    } finally {
      connections.disposeLater().block(PATIENCE);
      server.stop();
    }
  }

  private static Mono<String> post(HttpClient client, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.US_ASCII);
    return client
        .post()
        .uri("/echo")
        .send(Mono.fromSupplier(() -> Unpooled.wrappedBuffer(bytes)))
        .responseContent()
        .aggregate()
        .asString();
  }
}
