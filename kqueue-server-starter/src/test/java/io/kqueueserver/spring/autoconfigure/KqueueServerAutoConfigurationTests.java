package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.KqueueServerBuilder;
import io.kqueueserver.http.Limits;
import io.kqueueserver.server.Buffers;
import io.kqueueserver.server.MemoryLimits;
import io.kqueueserver.server.ServerOptions;
import io.kqueueserver.server.StreamOptions;
import io.kqueueserver.server.Timeouts;
import io.kqueueserver.server.WireLogOptions;
import io.kqueueserver.spring.KqueueReactiveWebServerFactory;
import io.kqueueserver.spring.KqueueServerCustomizer;
import io.kqueueserver.spring.KqueueWebServer;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.reactor.netty.autoconfigure.NettyReactiveWebServerAutoConfiguration;
import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableReactiveWebApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.web.server.Shutdown;
import org.springframework.boot.web.server.context.ServerPortInfoApplicationContextInitializer;
import org.springframework.boot.web.server.reactive.ReactiveWebServerFactory;
import org.springframework.boot.web.server.reactive.context.AnnotationConfigReactiveWebServerApplicationContext;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.server.reactive.HttpHandler;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServer;

class KqueueServerAutoConfigurationTests {
  private final ReactiveWebApplicationContextRunner contexts =
      new ReactiveWebApplicationContextRunner(
              AnnotationConfigReactiveWebServerApplicationContext::new)
          .withConfiguration(
              AutoConfigurations.of(
                  KqueueServerAutoConfiguration.class,
                  NettyReactiveWebServerAutoConfiguration.class,
                  SslAutoConfiguration.class))
          .withInitializer(new ServerPortInfoApplicationContextInitializer())
          .withUserConfiguration(Handler.class)
          .withPropertyValues("server.port=0");

  // ---- who serves

  @Test
  void oursIsChosenBesideReactorNetty() {
    contexts.run(
        context ->
            assertThat(context)
                .hasSingleBean(ReactiveWebServerFactory.class)
                .hasSingleBean(KqueueReactiveWebServerFactory.class)
                .doesNotHaveBean(NettyReactiveWebServerFactory.class));
  }

  @Test
  void oursIsChosenWithoutReactorNetty() {
    contexts
        .withClassLoader(new FilteredClassLoader(HttpServer.class))
        .run(context -> assertThat(context).hasSingleBean(KqueueReactiveWebServerFactory.class));
  }

  @Test
  void theUsersFactoryGoesFirst() {
    contexts
        .withUserConfiguration(OwnFactory.class)
        .run(
            context -> {
              assertThat(context).hasSingleBean(ReactiveWebServerFactory.class);
              assertThat(context).doesNotHaveBean(KqueueReactiveWebServerFactory.class);
            });
  }

  @Test
  void nothingHappensInAnApplicationThatIsNotReactive() {
    new ApplicationContextRunner()
        .withConfiguration(AutoConfigurations.of(KqueueServerAutoConfiguration.class))
        .run(context -> assertThat(context).doesNotHaveBean(ReactiveWebServerFactory.class));
  }

  @Test
  void theContextRunsAKqueueServer() {
    contexts.run(
        context -> {
          assertThat(webServer(context).getPort()).isPositive();
          assertThat(webServer(context).getServer().port()).isEqualTo(webServer(context).getPort());
          assertThat(context.getEnvironment().getProperty("local.server.port"))
              .isEqualTo(String.valueOf(webServer(context).getPort()));
        });
  }

  // ---- properties

  @Test
  void withoutPropertiesTheServerHasItsOwnDefaults() {
    contexts.run(
        context -> {
          ServerOptions options = options(context);
          assertThat(options)
              .usingRecursiveComparison()
              .ignoringFields("listen.port", "loops.threads", "handler", "listener")
              .ignoringFields("admission.running.managementPath") // only Spring has one
              .isEqualTo(ServerOptions.DEFAULTS);
          assertThat(options.admission().running().managementPath()).isEqualTo("/actuator");
        });
  }

  @Test
  void propertiesReachTheServer() {
    contexts
        .withPropertyValues(
            "server.address=127.0.0.1",
            "server.server-header=Test",
            "server.max-http-request-header-size=16KB",
            "kqueue.server.loops=1",
            "kqueue.server.backlog=7",
            "kqueue.server.max-connections=9",
            "kqueue.server.wire-log=true",
            "kqueue.server.wire-log-masked=X-Key",
            "kqueue.server.allow-half-close=true",
            "kqueue.server.idle-timeout=1s",
            "kqueue.server.request-header-timeout=2s",
            "kqueue.server.body-timeout=3s",
            "kqueue.server.write-timeout=4s",
            "kqueue.server.stream-idle-timeout=41s",
            "kqueue.server.stream-drain-timeout=42s",
            "kqueue.server.read-buffer-size=12KB",
            "kqueue.server.body-piece-size=17KB",
            "kqueue.server.max-held-bytes=18MB",
            "kqueue.server.write-high-watermark=14KB",
            "kqueue.server.write-low-watermark=13KB",
            "kqueue.server.max-request-line-size=10KB",
            "kqueue.server.max-header-count=11",
            "kqueue.server.max-request-body-size=5MB",
            "kqueue.server.max-unread-body-size=6KB",
            "kqueue.server.max-keep-alive-requests=8")
        .run(
            context -> {
              ServerOptions options = options(context);
              assertThat(options.listen().address()).isEqualTo(InetAddress.getByName("127.0.0.1"));
              assertThat(options.serverHeader()).isEqualTo("Test");
              assertThat(options.loops().count()).isEqualTo(1);
              assertThat(options.listen().backlog()).isEqualTo(7);
              assertThat(options.connections().max()).isEqualTo(9);
              assertThat(options.wireLog()).isEqualTo(new WireLogOptions(true, Set.of("x-key")));
              assertThat(options.connections().allowHalfClose()).isTrue();
              assertThat(options.timeouts())
                  .isEqualTo(
                      new Timeouts(
                          Duration.ofSeconds(1),
                          Duration.ofSeconds(2),
                          Duration.ofSeconds(3),
                          Duration.ofSeconds(4)));
              assertThat(options.streams())
                  .isEqualTo(new StreamOptions(Duration.ofSeconds(41), Duration.ofSeconds(42)));
              assertThat(options.buffers()).isEqualTo(new Buffers(12 * 1024, 14 * 1024, 13 * 1024));
              assertThat(options.memory()).isEqualTo(new MemoryLimits(17 * 1024, 18 << 20));
              assertThat(options.limits())
                  .isEqualTo(new Limits(10 * 1024, 16 * 1024, 11, 5 << 20, 6 * 1024, 8));
            });
  }

  @Test
  void customizersRunOnceInOrderAndAfterProperties() {
    contexts
        .withUserConfiguration(Customizers.class)
        .withPropertyValues("kqueue.server.backlog=7")
        .run(
            context -> {
              assertThat(options(context).listen().backlog()).isEqualTo(100);
              assertThat(context.getBean(Customizers.class).calls).isEqualTo("first second ");
            });
  }

  @Test
  void shutdownIsGracefulUnlessToldOtherwise() {
    contexts.run(
        context ->
            assertThat(context.getBean(KqueueReactiveWebServerFactory.class).getShutdown())
                .isEqualTo(Shutdown.GRACEFUL));
    contexts
        .withPropertyValues("server.shutdown=immediate")
        .run(
            context ->
                assertThat(context.getBean(KqueueReactiveWebServerFactory.class).getShutdown())
                    .isEqualTo(Shutdown.IMMEDIATE));
  }

  // ---- what is not there yet

  @Test
  void aWrongKeyAliasIsReportedInSpringBootsOwnWords() {
    contexts
        .withPropertyValues(
            "server.ssl.key-store=classpath:tls/server.p12",
            "server.ssl.key-store-password=changeit",
            "server.ssl.key-alias=absent")
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .hasRootCauseMessage("Keystore does not contain alias 'absent'"));
  }

  @Test
  void anUnknownCipherFailsTheStartAndNotAHandshake() {
    contexts
        .withPropertyValues(
            "server.ssl.key-store=classpath:tls/server.p12",
            "server.ssl.key-store-password=changeit",
            "server.ssl.ciphers=ROT13")
        .run(
            context ->
                assertThat(context.getStartupFailure()).rootCause().hasMessageContaining("ROT13"));
  }

  @Test
  void anUnknownSslBundleIsReportedInSpringBootsOwnWords() {
    contexts
        .withPropertyValues("server.ssl.bundle=missing")
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .hasCauseInstanceOf(NoSuchSslBundleException.class));
  }

  @Test
  void sslWithoutMaterialIsReportedInSpringBootsOwnWords() {
    contexts
        .withPropertyValues("server.ssl.enabled=true")
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .hasRootCauseMessage(
                        "SSL is enabled but no trust material is configured for the default host"));
  }

  @Test
  void http2IsServedWhereSpringBootEnablesItAndOnlyThere() {
    contexts
        .withPropertyValues("kqueue.server.http2.max-resets=7")
        .run(context -> assertThat(options(context).http2()).isNull());
    contexts
        .withPropertyValues("kqueue.server.http2.max-resets=7", "server.http2.enabled=true")
        .run(context -> assertThat(options(context).http2().defences().maxResets()).isEqualTo(7));
  }

  @Test
  void anAccessLogPatternThatIsNotUnderstoodFailsTheStart() {
    contexts
        .withPropertyValues(
            "kqueue.server.access-log.enabled=true", "kqueue.server.access-log.pattern=%h %z")
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .rootCause()
                    .hasMessageStartingWith(
                        "kqueue.server.access-log.pattern is '%h %z'; it must be common, combined,")
                    .hasMessageEndingWith("; it has '%z' at index 3"));
  }

  @Test
  void aCodingThatDoesNotExistFailsTheStart() {
    contexts
        .withPropertyValues(
            "server.compression.enabled=true", "kqueue.server.compression.codings=gzip,lzw")
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .rootCause()
                    .hasMessage(
                        "kqueue.server.compression.codings is 'lzw'; it must be some of zstd, br,"
                            + " gzip and deflate"));
  }

  @Test
  void aStoppedContextMayBeStartedAgain() {
    contexts.run(
        context -> {
          KqueueWebServer server = webServer(context);
          ReactiveWebServerApplicationContext source =
              (ReactiveWebServerApplicationContext) context.getSourceApplicationContext();
          source.stop();
          assertThat(server.getPort()).isEqualTo(-1);
          source.start();
          assertThat(webServer(context)).isSameAs(server);
          assertThat(server.getPort()).isPositive();
        });
  }

  private static KqueueWebServer webServer(AssertableReactiveWebApplicationContext context) {
    KqueueWebServer server =
        (KqueueWebServer)
            ((ReactiveWebServerApplicationContext) context.getSourceApplicationContext())
                .getWebServer();
    assertThat(server).isNotNull();
    return server;
  }

  private static ServerOptions options(AssertableReactiveWebApplicationContext context) {
    return webServer(context).getServer().options();
  }

  @Configuration(proxyBeanMethods = false)
  static class Handler {
    @Bean
    HttpHandler httpHandler() {
      return (request, response) -> Mono.empty();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class OwnFactory {
    @Bean
    NettyReactiveWebServerFactory ownFactory() {
      return new NettyReactiveWebServerFactory(0);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Customizers {
    String calls = "";

    @Bean
    @Order(2)
    KqueueServerCustomizer second() {
      return builder -> {
        calls += "second ";
        backlog(builder, 100);
      };
    }

    @Bean
    @Order(1)
    KqueueServerCustomizer first() {
      return builder -> {
        calls += "first ";
        backlog(builder, 50);
      };
    }

    private static void backlog(KqueueServerBuilder builder, int backlog) {
      builder.backlog(backlog);
    }
  }
}
