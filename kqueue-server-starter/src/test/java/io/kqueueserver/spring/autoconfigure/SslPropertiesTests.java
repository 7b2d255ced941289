package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.spring.KqueueWebServer;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.test.context.assertj.AssertableReactiveWebApplicationContext;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.http.server.LocalTestWebServer;
import org.springframework.boot.test.http.server.LocalTestWebServer.Scheme;
import org.springframework.boot.web.server.context.ServerPortInfoApplicationContextInitializer;
import org.springframework.boot.web.server.reactive.context.AnnotationConfigReactiveWebServerApplicationContext;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.server.reactive.HttpHandler;
import reactor.core.publisher.Mono;

/** The finer keys of {@code server.ssl}, by what a handshake shows of them. */
class SslPropertiesTests {
  private static final String REQUEST = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  private static final char[] STORED = "changeit".toCharArray();

  @TempDir static Path folder;

  /** Two keys with a password of their own, in a JKS store with another. */
  @BeforeAll
  static void twoKeys() throws Exception {
    KeyStore both = KeyStore.getInstance("JKS");
    both.load(null, null);
    for (String name : new String[] {"server", "shop"}) {
      KeyStore one = KeyStore.getInstance("PKCS12");
      try (InputStream in = Files.newInputStream(TlsFixture.file(name + ".p12"))) {
        one.load(in, STORED);
      }
      String alias = one.aliases().nextElement();
      Certificate[] chain = one.getCertificateChain(alias);
      both.setKeyEntry(name, one.getKey(alias, STORED), "of-the-keys".toCharArray(), chain);
    }
    try (OutputStream out = Files.newOutputStream(folder.resolve("both.jks"))) {
      both.store(out, "of-the-store".toCharArray());
    }
    KeyStore trust = KeyStore.getInstance("JKS");
    trust.load(null, null);
    KeyStore known = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(TlsFixture.file("trust.p12"))) {
      known.load(in, STORED);
    }
    for (String alias : Collections.list(known.aliases())) {
      trust.setCertificateEntry(alias, known.getCertificate(alias));
    }
    try (OutputStream out = Files.newOutputStream(folder.resolve("trust.jks"))) {
      trust.store(out, "of-the-trust".toCharArray());
    }
  }

  private final ReactiveWebApplicationContextRunner contexts =
      new ReactiveWebApplicationContextRunner(
              AnnotationConfigReactiveWebServerApplicationContext::new)
          .withConfiguration(
              AutoConfigurations.of(
                  KqueueServerAutoConfiguration.class, SslAutoConfiguration.class))
          .withInitializer(new ServerPortInfoApplicationContextInitializer())
          .withUserConfiguration(Handler.class)
          .withPropertyValues("server.port=0", "kqueue.server.loops=1");

  private ReactiveWebApplicationContextRunner with(String... properties) {
    return contexts.withPropertyValues(properties);
  }

  private ReactiveWebApplicationContextRunner withBoth() {
    return with(
        "server.ssl.key-store=file:" + folder.resolve("both.jks"),
        "server.ssl.key-store-type=JKS",
        "server.ssl.key-store-provider=SUN",
        "server.ssl.key-store-password=of-the-store",
        "server.ssl.key-password=of-the-keys");
  }

  @ParameterizedTest
  @CsvSource({"server, CN=localhost", "shop, CN=shop.example"})
  void theKeyIsTheOneOfTheAlias(String alias, String subject) {
    withBoth()
        .withPropertyValues("server.ssl.key-alias=" + alias)
        .run(context -> assertThat(TlsFixture.serverSeen(port(context))).isEqualTo(subject));
  }

  @Test
  void clientsAreHeldToTheTrustStore() {
    withBoth()
        .withPropertyValues(
            "server.ssl.client-auth=want",
            "server.ssl.trust-store=file:" + folder.resolve("trust.jks"),
            "server.ssl.trust-store-type=JKS",
            "server.ssl.trust-store-provider=SUN",
            "server.ssl.trust-store-password=of-the-trust")
        .run(
            context -> {
              assertThat(subject(TlsFixture.clientWithCertificate(), context))
                  .contains("CN=a client");
              assertThat(subject(TlsFixture.client(), context)).contains("nobody");
            });
  }

  @Test
  void clientsAreHeldToThePemCertificateWithAPrivateKeyBesideItToo() {
    with(
            "server.ssl.certificate=classpath:tls/server.pem",
            "server.ssl.certificate-private-key=classpath:tls/server.key",
            "server.ssl.client-auth=want",
            "server.ssl.trust-certificate=classpath:tls/ca.pem",
            "server.ssl.trust-certificate-private-key=classpath:tls/server.key")
        .run(
            context ->
                assertThat(subject(TlsFixture.clientWithCertificate(), context))
                    .contains("CN=a client"));
  }

  @Test
  void withoutClientAuthNobodyIsAsked() {
    withBoth()
        .withPropertyValues(
            "server.ssl.trust-store=file:" + folder.resolve("trust.jks"),
            "server.ssl.trust-store-password=of-the-trust")
        .run(
            context ->
                assertThat(subject(TlsFixture.clientWithCertificate(), context))
                    .contains("nobody"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "server.ssl.key-store-provider=absent",
        "server.ssl.key-store-type=absent",
        "server.ssl.key-store=file:absent",
        "server.ssl.key-password=absent",
        "server.ssl.key-store-password=absent",
        "server.ssl.protocol=absent",
        "server.ssl.enabled-protocols=absent",
        "server.ssl.trust-store=file:absent",
      })
  void whatCannotBeMeantFailsTheStart(String property) {
    withBoth().withPropertyValues(property).run(context -> assertThat(context).hasFailed());
  }

  @Test
  void theOtherKeysHaveNoEffectWhereTlsIsSwitchedOff() {
    withBoth()
        .withPropertyValues("server.ssl.enabled=false")
        .run(
            context -> {
              assertThat(server(context).getServer().options().tls()).isNull();
              assertThat(LocalTestWebServer.obtain(context.getSourceApplicationContext()).scheme())
                  .isEqualTo(Scheme.HTTP);
            });
  }

  @Test
  void aNamedBundleGoesBeforeTheOtherKeys() {
    withBoth()
        .withPropertyValues(
            "server.ssl.bundle=a",
            "server.ssl.enabled-protocols=TLSv1.3",
            "spring.ssl.bundle.jks.a.keystore.location=classpath:tls/server.p12",
            "spring.ssl.bundle.jks.a.keystore.password=changeit",
            "spring.ssl.bundle.jks.a.options.enabled-protocols=TLSv1.2")
        .run(
            context -> {
              try (SSLSocket socket = TlsFixture.connect(TlsFixture.client(), port(context))) {
                socket.startHandshake();
                assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.2");
                X509Certificate shown =
                    (X509Certificate) socket.getSession().getPeerCertificates()[0];
                assertThat(shown.getSubjectX500Principal().getName()).isEqualTo("CN=localhost");
              }
            });
  }

  /** What {@code WebTestClient} and its like are given as their base. */
  @Test
  void testsAreToldThatItIsHttps() {
    withBoth()
        .withPropertyValues("server.ssl.key-alias=server")
        .run(
            context ->
                assertThat(LocalTestWebServer.obtain(context.getSourceApplicationContext()).uri())
                    .isEqualTo("https://localhost:" + port(context)));
  }

  /** Whom the server takes the client for. */
  private static String subject(SSLContext client, AssertableReactiveWebApplicationContext context)
      throws Exception {
    try (SSLSocket socket = TlsFixture.connect(client, port(context))) {
      socket.getOutputStream().write(REQUEST.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static int port(AssertableReactiveWebApplicationContext context) {
    return server(context).getPort();
  }

  private static KqueueWebServer server(AssertableReactiveWebApplicationContext context) {
    return (KqueueWebServer)
        ((ReactiveWebServerApplicationContext) context.getSourceApplicationContext())
            .getWebServer();
  }

  @Configuration(proxyBeanMethods = false)
  static class Handler {
    @Bean
    HttpHandler httpHandler() {
      return (request, response) -> {
        X509Certificate[] shown = request.getSslInfo().getPeerCertificates();
        String subject =
            shown == null
                ? "nobody"
                : Stream.of(shown).findFirst().get().getSubjectX500Principal().getName();
        return response.writeWith(
            Mono.fromSupplier(
                () -> response.bufferFactory().wrap(subject.getBytes(StandardCharsets.UTF_8))));
      };
    }
  }
}
