package io.kqueueserver.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.server.ServerOptions;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslStoreBundle;
import org.springframework.boot.ssl.jks.JksSslStoreBundle;
import org.springframework.boot.ssl.jks.JksSslStoreDetails;
import org.springframework.boot.web.error.ErrorPage;
import org.springframework.boot.web.server.Compression;
import org.springframework.boot.web.server.Http2;
import org.springframework.boot.web.server.Shutdown;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.reactive.ConfigurableReactiveWebServerFactory;
import org.springframework.http.server.reactive.HttpHandler;
import reactor.core.publisher.Mono;

/** Each setter of {@code ConfigurableReactiveWebServerFactory}, after which a server is made. */
class FactorySettersTests {
  private static final HttpHandler NOTHING = (request, response) -> Mono.empty();

  /** A setter's name, what is set, and what the server made afterwards has to show. */
  record Setting(
      String setter, Consumer<KqueueReactiveWebServerFactory> set, Consumer<ServerOptions> effect) {
    @Override
    public String toString() {
      return setter;
    }
  }

  private static Stream<Setting> settings() {
    Compression compression = new Compression();
    compression.setEnabled(true);
    Ssl ssl = new Ssl();
    ssl.setKeyStore("classpath:tls/server.p12");
    ssl.setKeyStorePassword("changeit");
    Http2 http2 = new Http2();
    http2.setEnabled(true);
    InetAddress loopback = InetAddress.getLoopbackAddress();
    ErrorPage page = new ErrorPage("/error");
    return Stream.of(
        new Setting(
            "setPort",
            factory -> factory.setPort(8099),
            options -> assertThat(options.listen().port()).isEqualTo(8099)),
        new Setting(
            "setAddress",
            factory -> factory.setAddress(loopback),
            options -> assertThat(options.listen().address()).isEqualTo(loopback)),
        new Setting(
            "setServerHeader",
            factory -> factory.setServerHeader("Test"),
            options -> assertThat(options.serverHeader()).isEqualTo("Test")),
        new Setting(
            "setCompression",
            factory -> factory.setCompression(compression),
            options -> assertThat(options.compression()).isNotNull()),
        new Setting(
            "setSsl",
            factory -> factory.setSsl(ssl),
            options -> assertThat(options.tls()).isNotNull()),
        new Setting(
            "setSslBundles",
            factory -> {
              factory.setSslBundles(bundles());
              factory.setSsl(Ssl.forBundle("known"));
            },
            options -> assertThat(options.tls()).isNotNull()),
        // Said in the log: KqueueServerAutoConfigurationTests.http2SaysThatItHasNoEffect.
        new Setting(
            "setHttp2",
            factory -> factory.setHttp2(http2),
            options -> assertThat(options).isNotNull()),
        // Pages are for servlets; of a reactive factory Spring Boot asks that it takes them.
        new Setting(
            "setErrorPages",
            factory -> factory.setErrorPages(Set.of(page)),
            options -> assertThat(options).isNotNull()),
        new Setting(
            "addErrorPages",
            factory -> factory.addErrorPages(page),
            options -> assertThat(options).isNotNull()));
  }

  private static DefaultSslBundleRegistry bundles() {
    JksSslStoreDetails keys =
        new JksSslStoreDetails("PKCS12", null, "classpath:tls/server.p12", "changeit");
    SslStoreBundle stores = new JksSslStoreBundle(keys, null);
    return new DefaultSslBundleRegistry("known", SslBundle.of(stores));
  }

  @ParameterizedTest
  @MethodSource("settings")
  void whatIsSetIsWhatTheServerIsMadeWith(Setting setting) {
    KqueueReactiveWebServerFactory factory = new KqueueReactiveWebServerFactory();
    assertThat(options(factory).listen().port()).as("the default").isEqualTo(8080);
    setting.set().accept(factory);
    setting.effect().accept(options(factory));
  }

  /** Its effect is on the web server and not on what it runs. */
  @Test
  void theShutdownIsImmediateUnlessSet() {
    KqueueReactiveWebServerFactory factory = new KqueueReactiveWebServerFactory();
    assertThat(factory.getShutdown()).isEqualTo(Shutdown.IMMEDIATE);
    factory.setShutdown(Shutdown.GRACEFUL);
    assertThat(factory.getShutdown()).isEqualTo(Shutdown.GRACEFUL);
  }

  @Test
  void everySetterIsInTheTable() {
    Set<String> there = new TreeSet<>();
    for (Method method : ConfigurableReactiveWebServerFactory.class.getMethods()) {
      if (method.getName().startsWith("set") || method.getName().startsWith("add")) {
        there.add(method.getName());
      }
    }
    Set<String> held = new TreeSet<>(Set.of("setShutdown")); // a test of its own, above
    settings().map(Setting::setter).forEach(held::add);
    assertThat(held).containsExactlyElementsOf(there);
  }

  private static ServerOptions options(KqueueReactiveWebServerFactory factory) {
    return ((KqueueWebServer) factory.getWebServer(NOTHING)).getServer().options();
  }
}
