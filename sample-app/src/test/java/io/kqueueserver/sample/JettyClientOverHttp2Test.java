package io.kqueueserver.sample;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.KqueueServerBuilder;
import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.build.VersionEcho;
import io.kqueueserver.http.h2.Http2Options;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.CompletableResponseListener;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Jetty's client over HTTP/2, by prior knowledge and by ALPN. */
@Timeout(60)
class JettyClientOverHttp2Test {
  private static final int LARGE = 1_000_000;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void twoHundredRequestsAndALargeBodyEachWay(boolean tls) throws Exception {
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
    HttpClient client = client();
    server.start();
    try {
      client.start();
      String url = (tls ? "https" : "http") + "://localhost:" + server.port() + "/echo";
      List<CompletableFuture<ContentResponse>> running =
          IntStream.range(0, 200).mapToObj(i -> post(client, url, "number " + i)).toList();
      for (int i = 0; i < running.size(); i++) {
        ContentResponse response = running.get(i).get(20, TimeUnit.SECONDS);
        assertThat(response.getVersion()).isEqualTo(HttpVersion.HTTP_2);
        assertThat(response.getContentAsString()).isEqualTo("HTTP_2 number " + i);
      }
      ContentResponse large = post(client, url, "x".repeat(LARGE)).get(20, TimeUnit.SECONDS);
      assertThat(large.getContent()).hasSize(LARGE + "HTTP_2 ".length());
      assertThat(server.connections()).isEqualTo(1);
    } finally {
      client.stop();
      server.stop();
    }
  }

  private static HttpClient client() {
    SslContextFactory.Client trusting = new SslContextFactory.Client();
    trusting.setSslContext(TlsFixture.client());
    ClientConnector connector = new ClientConnector();
    connector.setSslContextFactory(trusting);
    HTTP2Client http2 = new HTTP2Client(connector);
    HttpClient client = new HttpClient(new HttpClientTransportOverHTTP2(http2));
    client.setMaxConnectionsPerDestination(1);
    return client;
  }

  private static CompletableFuture<ContentResponse> post(
      HttpClient client, String url, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.US_ASCII);
    return new CompletableResponseListener(
            client.POST(url).body(new BytesRequestContent("text/plain", bytes)))
        .send();
  }
}
