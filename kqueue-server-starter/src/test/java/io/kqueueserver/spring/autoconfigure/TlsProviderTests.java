package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.ChildJvm;
import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.spring.KqueueWebServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import org.conscrypt.Conscrypt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opentest4j.TestAbortedException;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.server.reactive.SslInfo;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;

/** {@code kqueue.server.tls.provider} and {@code .providers}, as a user sets them. */
@ExtendWith(OutputCaptureExtension.class)
class TlsProviderTests {
  private static final String CONSCRYPT = "kqueue.server.tls.provider=conscrypt";
  private static final String JDK = "SunJSSE " + Runtime.version().feature();
  private static final String[] KEYS = {
    "server.ssl.bundle=usual",
    "spring.ssl.bundle.pem.usual.keystore.certificate=classpath:tls/server.pem",
    "spring.ssl.bundle.pem.usual.keystore.private-key=classpath:tls/server.key",
    "spring.ssl.bundle.pem.usual.truststore.certificate=classpath:tls/ca.pem"
  };
  private static final String[] SHOP = {
    "server.ssl.server-name-bundles[0].server-name=*.shop.example",
    "server.ssl.server-name-bundles[0].bundle=shop",
    "spring.ssl.bundle.jks.shop.keystore.location=classpath:tls/shop.p12",
    "spring.ssl.bundle.jks.shop.keystore.password=changeit"
  };

  private final List<KqueueWebServer> servers = new ArrayList<>();
  private ConfigurableApplicationContext context;

  @TempDir Path folder;

  @BeforeAll
  static void conscryptRunsHere() {
    if (!Conscrypt.isAvailable()) {
      throw new TestAbortedException("Conscrypt has no library for this system");
    }
  }

  @AfterEach
  void close() {
    if (context != null) {
      context.close();
    }
  }

  private int start(String[]... properties) {
    SpringApplication application = new SpringApplication(Application.class);
    application.setWebApplicationType(WebApplicationType.REACTIVE);
    application.addListeners(
        (ApplicationListener<WebServerInitializedEvent>)
            event -> servers.add((KqueueWebServer) event.getWebServer()));
    context = application.run(arguments(properties));
    return servers.get(0).getPort();
  }

  private static String[] arguments(String[]... properties) {
    return Stream.concat(
            Stream.of(
                "spring.main.banner-mode=off",
                "server.port=0",
                "logging.level.io.kqueueserver.spring=info"),
            Stream.of(properties).flatMap(Stream::of))
        .map(property -> "--" + property)
        .toArray(String[]::new);
  }

  private static String[] of(String... properties) {
    return properties;
  }

  private String startLine(CapturedOutput output) {
    String begin = "Kqueue started on port " + servers.get(0).getPort() + " (https)";
    return output.getAll().lines().filter(line -> line.contains(begin)).findAny().orElse("");
  }

  // ---- the choice

  @Test
  void withoutASettingTheJdkServesThoughConscryptIsOnTheClassPath(CapturedOutput output)
      throws Exception {
    int port = start(KEYS);
    assertThat(get(TlsFixture.client(), port).body()).isEqualTo("https null");
    assertThat(startLine(output)).endsWith(" (https), TLS by " + JDK);
  }

  @ParameterizedTest
  @CsvSource({"conscrypt", "auto"})
  void conscryptServesIfItIsSet(String value, CapturedOutput output) throws Exception {
    int port = start(KEYS, of("kqueue.server.tls.provider=" + value, "server.http2.enabled=true"));
    HttpResponse<String> response = get(TlsFixture.client(), port);
    assertThat(response.body()).isEqualTo("https null");
    assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
    assertThat(startLine(output)).endsWith(" (https), TLS by Conscrypt 2.6.0");
  }

  @Test
  void aBundleMayHaveAProviderOfItsOwn(CapturedOutput output) throws Exception {
    int port = start(KEYS, SHOP, of("kqueue.server.tls.providers.shop=conscrypt"));
    assertThat(startLine(output))
        .endsWith(" (https), TLS by " + JDK + " (*.shop.example by Conscrypt 2.6.0)");
    assertThat(TlsFixture.serverSeen(port)).isEqualTo("CN=localhost");
    assertThat(TlsFixture.serverSeen(port, new SNIHostName("a.shop.example")))
        .isEqualTo("CN=shop.example");
  }

  @Test
  void theProviderForAllLeavesTheChoiceOfOneBundle(CapturedOutput output) {
    start(KEYS, SHOP, of(CONSCRYPT, "kqueue.server.tls.providers.usual=jdk"));
    assertThat(startLine(output))
        .endsWith(" (https), TLS by " + JDK + " (*.shop.example by Conscrypt 2.6.0)");
  }

  @Test
  void keysThatAreNoBundleHaveTheProviderForAll(CapturedOutput output) throws Exception {
    int port =
        start(
            of(
                CONSCRYPT,
                "server.ssl.key-store=classpath:tls/server.p12",
                "server.ssl.key-store-password=changeit"));
    assertThat(get(TlsFixture.client(), port).body()).isEqualTo("https null");
    assertThat(startLine(output)).endsWith("TLS by Conscrypt 2.6.0");
  }

  // ---- what goes with it

  @Test
  void conscryptShowsAndNeedsTheClientsCertificate() throws Exception {
    int port = start(KEYS, of(CONSCRYPT, "server.ssl.client-auth=need"));
    HttpClient client =
        HttpClient.newBuilder().sslContext(TlsFixture.clientWithCertificate()).build();
    assertThat(get(client, port).body()).isEqualTo("https CN=a client");
    assertThat(catchThrowable(() -> get(TlsFixture.client(), port)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("certificate");
  }

  @Test
  void aBundleOfConscryptIsUpdatedAndOpenConnectionsGoOn(CapturedOutput output) throws Exception {
    copyKeys("server");
    int port =
        start(
            of(
                CONSCRYPT,
                "server.ssl.bundle=a",
                "spring.ssl.bundle.watch.file.quiet-period=20ms",
                "spring.ssl.bundle.pem.a.reload-on-update=true",
                "spring.ssl.bundle.pem.a.keystore.certificate=" + folder.resolve("a.pem"),
                "spring.ssl.bundle.pem.a.keystore.private-key=" + folder.resolve("a.key")));
    HttpClient client = HttpClient.newBuilder().sslContext(TlsFixture.client()).build();
    assertThat(get(client, port).body()).startsWith("https");

    copyKeys("shop");

    await().ignoreExceptions().until(() -> TlsFixture.serverSeen(port), "CN=shop.example"::equals);
    assertThat(get(client, port).body()).startsWith("https");
    assertThat(servers.get(0).getServer().options().tls().profile().get().context().getProvider())
        .isInstanceOf(Conscrypt.newProvider().getClass());
  }

  private void copyKeys(String name) throws IOException {
    for (String kind : List.of(".key", ".pem")) {
      Files.copy(
          TlsFixture.file(name + kind),
          folder.resolve("a" + kind),
          StandardCopyOption.REPLACE_EXISTING);
    }
  }

  // ---- what it cannot do

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          server.ssl.enabled-protocols=TLSv1.1,TLSv1.2    | Conscrypt does not speak TLSv1.1 | Enable TLSv1.2 and TLSv1.3 alone.
          server.ssl.ciphers=TLS_DHE_RSA_WITH_AES_128_GCM_SHA256 | Conscrypt does not have the cipher suites TLS_DHE_RSA_WITH_AES_128_GCM_SHA256 | Remove them from the list.
          server.ssl.ciphers=TLS_AES_256_GCM_SHA384       | Conscrypt offers all cipher suites of TLS 1.3 | Add TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384, TLS_CHACHA20_POLY1305_SHA256, or do without TLSv1.3.
          server.ssl.protocol=DTLS                        | Conscrypt makes no context of the protocol DTLS | Leave the bundle's protocol at TLS.
          kqueue.server.allow-half-close=true             | kqueue.server.allow-half-close is true | Set kqueue.server.allow-half-close=false.
          """)
  void whatConscryptCannotDoFailsTheStartAndIsExplained(
      String property, String problem, String remedy, CapturedOutput output) {
    String[] keys = {
      "server.ssl.key-store=classpath:tls/server.p12", "server.ssl.key-store-password=changeit"
    };
    fails(keys, of(CONSCRYPT, property));
    assertThat(output)
        .contains("APPLICATION FAILED TO START")
        .contains("The value 'conscrypt' of kqueue.server.tls.provider (from \"")
        .contains("cannot be used for server.ssl: ", problem, remedy)
        .contains("Or set kqueue.server.tls.provider to jdk, or to auto")
        .doesNotContain("\tat ");
  }

  @Test
  void aKeyThatConscryptCannotUseIsExplainedWithItsBundle(CapturedOutput output) throws Exception {
    String[] keys = ed25519();
    fails(keys, of("kqueue.server.tls.providers.odd=conscrypt"));
    assertThat(output)
        .contains("The value 'conscrypt' of kqueue.server.tls.providers.odd (from \"")
        .contains("for SSL bundle 'odd': Conscrypt cannot serve with the key of this bundle")
        .contains("Use an RSA key, or an EC key of the curve P-256, P-384 or P-521")
        .contains("Or set kqueue.server.tls.providers.odd to jdk");
  }

  @Test
  void withAutoTheJdkServesWhatConscryptCannot(CapturedOutput output) throws Exception {
    start(ed25519(), of("kqueue.server.tls.provider=auto"));
    assertThat(output)
        .containsPattern(
            "INFO .*The JDK's TLS engine serves SSL bundle 'odd', as kqueue.server.tls.provider is"
                + " auto: Conscrypt cannot serve with the key of this bundle");
    assertThat(startLine(output)).endsWith("TLS by " + JDK);
  }

  /** A key of a kind that the JDK's engine knows alone. */
  private String[] ed25519() throws Exception {
    Path store = folder.resolve("odd.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "Ed25519",
                "-dname",
                "CN=localhost",
                "-keystore",
                store.toString(),
                "-storepass",
                "changeit")
            .redirectErrorStream(true)
            .start();
    assertThat(keytool.waitFor())
        .as(new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .isZero();
    return of(
        "server.ssl.bundle=odd",
        "spring.ssl.bundle.jks.odd.keystore.location=" + store,
        "spring.ssl.bundle.jks.odd.keystore.password=changeit");
  }

  @Test
  void aChoiceForABundleThatDoesNotExistIsExplained(CapturedOutput output) {
    fails(KEYS, of("kqueue.server.tls.providers.other=conscrypt"));
    assertThat(output)
        .contains("The value 'conscrypt' of kqueue.server.tls.providers.other (from \"")
        .contains("must be for a bundle of spring.ssl.bundle, which are usual.");
  }

  @Test
  void withoutConscryptOnTheClassPathTheStartNamesTheDependency() throws Exception {
    ChildJvm.Result child =
        ChildJvm.ofThisJdk()
            .without("conscrypt")
            .run(Application.class, arguments(KEYS, of(CONSCRYPT)));
    assertThat(child.out())
        .contains("for SSL bundle 'usual': Conscrypt is not on the class path.")
        .contains("Add the dependency org.conscrypt:conscrypt-openjdk-uber:2.6.0.");
  }

  @Test
  void withoutConscryptsLibraryTheStartSaysWhereItRuns() throws Exception {
    ChildJvm.Result child =
        ChildJvm.ofThisJdk()
            .options("-Dorg.conscrypt.native.workdir=/proc")
            .run(Application.class, arguments(KEYS, of(CONSCRYPT)));
    assertThat(child.out())
        .contains("for SSL bundle 'usual': Conscrypt cannot load its native library on ")
        .contains("Run on a system for which org.conscrypt:conscrypt-openjdk-uber has a library");
  }

  @Test
  void withAutoTheJdkServesWithoutConscrypt() throws Exception {
    for (String gone : List.of("the jar", "the library")) {
      ChildJvm child = ChildJvm.ofThisJdk();
      child =
          gone.equals("the jar")
              ? child.without("conscrypt")
              : child.options("-Dorg.conscrypt.native.workdir=/proc");
      String out =
          child
              .run(Application.class, arguments(KEYS, of("kqueue.server.tls.provider=auto")))
              .out();
      assertThat(out)
          .as("without " + gone)
          .contains("The JDK's TLS engine serves SSL bundle 'usual'", "TLS by " + JDK);
    }
  }

  private static void fails(String[]... properties) {
    SpringApplication application = new SpringApplication(Application.class);
    application.setWebApplicationType(WebApplicationType.REACTIVE);
    assertThat(catchThrowable(() -> application.run(arguments(properties)).close())).isNotNull();
  }

  private static HttpResponse<String> get(SSLContext keys, int port) throws Exception {
    return get(HttpClient.newBuilder().sslContext(keys).build(), port);
  }

  private static HttpResponse<String> get(HttpClient client, int port) throws Exception {
    URI uri = URI.create("https://localhost:" + port + "/ssl");
    return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {
    /** The child: starts, and stops at once. */
    public static void main(String[] arguments) {
      SpringApplication application = new SpringApplication(Application.class);
      application.setWebApplicationType(WebApplicationType.REACTIVE);
      application.run(arguments).close();
    }

    /** Scheme, and the client's subject. */
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
                return ServerResponse.ok().bodyValue(request.uri().getScheme() + " " + peer);
              })
          .build();
    }
  }
}
