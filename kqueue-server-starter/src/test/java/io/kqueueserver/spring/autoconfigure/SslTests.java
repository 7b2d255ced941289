package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.spring.KqueueWebServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.server.reactive.SslInfo;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;

/** {@code server.ssl.*} and SSL bundles, as a user sets them and a client meets them. */
class SslTests {
  private final List<KqueueWebServer> servers = new ArrayList<>();
  private ConfigurableApplicationContext context;

  @TempDir Path folder;

  @AfterEach
  void close() {
    if (context != null) {
      context.close();
    }
  }

  private int start(String... properties) {
    SpringApplication application = new SpringApplication(Application.class);
    application.setWebApplicationType(WebApplicationType.REACTIVE);
    application.addListeners(
        (ApplicationListener<WebServerInitializedEvent>)
            event -> servers.add((KqueueWebServer) event.getWebServer()));
    context =
        application.run(
            Stream.concat(
                    Stream.of("spring.main.banner-mode=off", "server.port=0"),
                    Stream.of(properties))
                .map(property -> "--" + property)
                .toArray(String[]::new));
    return servers.get(0).getPort();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "server.ssl.key-store=classpath:tls/server.p12 server.ssl.key-store-password=changeit",
        "server.ssl.key-store=classpath:tls/server.jks server.ssl.key-store-type=JKS"
            + " server.ssl.key-store-password=changeit server.ssl.key-alias=server",
        "server.ssl.certificate=classpath:tls/server.pem"
            + " server.ssl.certificate-private-key=classpath:tls/server.key",
        "server.ssl.bundle=a spring.ssl.bundle.pem.a.keystore.certificate=classpath:tls/server.pem"
            + " spring.ssl.bundle.pem.a.keystore.private-key=classpath:tls/server.key",
        "server.ssl.bundle=a spring.ssl.bundle.jks.a.keystore.location=classpath:tls/server.p12"
            + " spring.ssl.bundle.jks.a.keystore.password=changeit",
      })
  void servesKeysInEveryForm(String properties) throws Exception {
    int port = start(properties.split(" "));

    assertThat(get(TlsFixture.client(), port, "/ssl")).startsWith("https null ").endsWith(" id");
  }

  @Test
  void showsTheClientsCertificate() throws Exception {
    int port =
        start(
            "server.ssl.certificate=classpath:tls/server.pem",
            "server.ssl.certificate-private-key=classpath:tls/server.key",
            "server.ssl.trust-certificate=classpath:tls/ca.pem",
            "server.ssl.client-auth=want");

    assertThat(get(TlsFixture.clientWithCertificate(), port, "/ssl")).contains(" CN=a client ");
    assertThat(get(TlsFixture.client(), port, "/ssl")).contains(" null ");
  }

  @Test
  void needsTheClientsCertificate() throws Exception {
    int port =
        start(
            "server.ssl.key-store=classpath:tls/server.p12",
            "server.ssl.key-store-password=changeit",
            "server.ssl.trust-store=classpath:tls/trust.p12",
            "server.ssl.trust-store-password=changeit",
            "server.ssl.client-auth=need");

    assertThat(get(TlsFixture.clientWithCertificate(), port, "/ssl")).contains(" CN=a client ");
    assertThat(failure(port)).isInstanceOf(IOException.class);
  }

  @Test
  void offersCiphersAndProtocolsAsSet() throws Exception {
    int port =
        start(
            "server.ssl.key-store=classpath:tls/server.p12",
            "server.ssl.key-store-password=changeit",
            "server.ssl.enabled-protocols=TLSv1.2",
            "server.ssl.ciphers=TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "kqueue.server.tls.handshake-timeout=3s",
            "kqueue.server.tls.max-handshakes=5");

    try (var socket = TlsFixture.connect(TlsFixture.client(), port)) {
      socket.startHandshake();
      assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.2");
      assertThat(socket.getSession().getCipherSuite())
          .isEqualTo("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
    }
    assertThat(servers.get(0).getServer().options().tls().handshakeTimeout())
        .isEqualTo(Duration.ofSeconds(3));
    assertThat(servers.get(0).getServer().options().tls().maxHandshakes()).isEqualTo(5);
  }

  @Test
  void choosesBundlesByServerName() throws Exception {
    int port =
        start(
            "server.ssl.bundle=server",
            "server.ssl.server-name-bundles[0].server-name=*.Shop.example",
            "server.ssl.server-name-bundles[0].bundle=shop",
            "spring.ssl.bundle.jks.server.keystore.location=classpath:tls/server.p12",
            "spring.ssl.bundle.jks.server.keystore.password=changeit",
            "spring.ssl.bundle.jks.shop.keystore.location=classpath:tls/shop.p12",
            "spring.ssl.bundle.jks.shop.keystore.password=changeit");

    assertThat(TlsFixture.serverSeen(port, new SNIHostName("www.shop.example")))
        .isEqualTo("CN=shop.example");
    assertThat(TlsFixture.serverSeen(port, new SNIHostName("other.example")))
        .isEqualTo("CN=localhost");
    assertThat(TlsFixture.serverSeen(port)).isEqualTo("CN=localhost");
  }

  @Test
  void followsFilesThatChangeAndKeepsWhatIsOpen() throws Exception {
    copyKeys("server");
    int port =
        start(
            "server.ssl.bundle=a",
            "spring.ssl.bundle.watch.file.quiet-period=20ms",
            "spring.ssl.bundle.pem.a.reload-on-update=true",
            "spring.ssl.bundle.pem.a.keystore.certificate=" + folder.resolve("a.pem"),
            "spring.ssl.bundle.pem.a.keystore.private-key=" + folder.resolve("a.key"));
    HttpClient client = HttpClient.newBuilder().sslContext(TlsFixture.client()).build();
    assertThat(get(client, port, "/ssl")).startsWith("https");

    copyKeys("shop");

    await().ignoreExceptions().until(() -> TlsFixture.serverSeen(port), "CN=shop.example"::equals);
    // A new connection of this client would fail: the name does not fit any more.
    assertThat(get(client, port, "/ssl")).startsWith("https");
  }

  @Test
  void theManagementServerHasKeysOfItsOwn() throws Exception {
    start(
        "management.server.port=0",
        "management.server.ssl.key-store=classpath:tls/server.p12",
        "management.server.ssl.key-store-password=changeit");

    assertThat(servers).hasSize(2);
    assertThat(get(TlsFixture.client(), servers.get(1).getPort(), "/actuator/health"))
        .contains("UP");
    assertThat(servers.get(0).getServer().options().tls()).isNull();
  }

  @Test
  void theManagementServerInheritsKeysAndMayDoWithout() throws Exception {
    String[] keys = {
      "management.server.port=0",
      "server.ssl.key-store=classpath:tls/server.p12",
      "server.ssl.key-store-password=changeit"
    };
    start(keys);
    assertThat(get(TlsFixture.client(), servers.get(1).getPort(), "/actuator/health"))
        .contains("UP");
    context.close();
    servers.clear();

    start(
        Stream.concat(Stream.of(keys), Stream.of("management.server.ssl.enabled=false"))
            .toArray(String[]::new));
    assertThat(servers.get(1).getServer().options().tls()).isNull();
    assertThat(servers.get(0).getServer().options().tls()).isNotNull();
  }

  @Test
  void theTableOfConnectionsAndTheMetersKnowOfTls() throws Exception {
    int port =
        start(
            "management.endpoints.web.exposure.include=kqueue,metrics",
            "server.ssl.key-store=classpath:tls/server.p12",
            "server.ssl.key-store-password=changeit");
    HttpClient client = HttpClient.newBuilder().sslContext(TlsFixture.client()).build();

    assertThat(get(client, port, "/actuator/kqueue/connections?tls=true"))
        .contains("\"tls\":true", "\"matched\":1");
    assertThat(get(client, port, "/actuator/kqueue/connections?tls=false"))
        .contains("\"matched\":0");
    assertThat(get(client, port, "/actuator/metrics/kqueue.tls.handshake"))
        .contains("{\"statistic\":\"COUNT\",\"value\":1.0}");
  }

  private void copyKeys(String name) throws IOException {
    for (String kind : List.of(".key", ".pem")) {
      Files.copy(
          TlsFixture.file(name + kind),
          folder.resolve("a" + kind),
          StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static String get(SSLContext keys, int port, String path) throws Exception {
    return get(HttpClient.newBuilder().sslContext(keys).build(), port, path);
  }

  private static String get(HttpClient client, int port, String path) throws Exception {
    URI uri = URI.create("https://localhost:" + port + path);
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build();
    return client.send(request, BodyHandlers.ofString()).body();
  }

  private static Exception failure(int port) throws Exception {
    try {
      get(TlsFixture.client(), port, "/ssl");
      return new SSLException("there was none");
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("certificate");
      return e;
    }
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {
    /** Scheme, the client's subject, and whether the session's id is in lower-case hex. */
    @Bean
    RouterFunction<ServerResponse> ssl() {
      return RouterFunctions.route()
          .GET(
              "/ssl",
              request -> {
                SslInfo info = request.exchange().getRequest().getSslInfo();
                String peer =
                    info.getPeerCertificates() == null
                        ? "null"
                        : info.getPeerCertificates()[0].getSubjectX500Principal().getName();
                String id = info.getSessionId();
                return ServerResponse.ok()
                    .bodyValue(
                        request.uri().getScheme()
                            + " "
                            + peer
                            + (id == null || id.matches("[0-9a-f]+") ? " id" : " not hex: " + id));
              })
          .build();
    }
  }
}
