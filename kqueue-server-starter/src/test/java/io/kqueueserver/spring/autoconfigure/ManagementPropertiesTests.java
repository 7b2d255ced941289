package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.spring.KqueueReactiveWebServerFactory;
import io.kqueueserver.spring.KqueueWebServer;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementContextFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.reactor.netty.autoconfigure.NettyReactiveWebServerAutoConfiguration;
import org.springframework.boot.reactor.netty.autoconfigure.actuate.web.server.NettyReactiveManagementContextAutoConfiguration;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.web.server.Shutdown;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The keys of {@code management.server}, but for TLS, which is in {@link SslTests}. */
class ManagementPropertiesTests {
  private final List<WebServerApplicationContext> servers = new ArrayList<>();

  private ReactiveWebServerApplicationContext start(String... properties) {
    SpringApplication application = new SpringApplication(Application.class);
    application.addListeners(
        (ApplicationListener<WebServerInitializedEvent>)
            event -> servers.add(event.getApplicationContext()));
    return Applications.run(application, properties);
  }

  @Test
  void aPortOfItsOwnHasAnAddressAndAPathOfItsOwnAndInheritsTheShutdown() throws Exception {
    try (ReactiveWebServerApplicationContext context =
        start(
            "management.server.port=0",
            "management.server.address=127.0.0.1",
            "management.server.base-path=/manage")) {
      assertThat(servers).hasSize(2);
      KqueueWebServer management = (KqueueWebServer) servers.get(1).getWebServer();
      InetAddress only = InetAddress.getByName("127.0.0.1");
      assertThat(management.getServer().options().listen().address()).isEqualTo(only);
      KqueueServer main = ((KqueueWebServer) context.getWebServer()).getServer();
      assertThat(main.options().listen().address()).isNull();
      InetAddress other = anotherAddress();
      if (other != null) {
        assertThatExceptionOfType(ConnectException.class)
            .isThrownBy(() -> new Socket(other, management.getPort()).close());
      }

      assertThat(get(management, "/manage/actuator/health").body()).contains("UP");
      assertThat(get(management, "/actuator/health").statusCode()).isEqualTo(404);

      KqueueReactiveWebServerFactory factory =
          ((ReactiveWebServerApplicationContext) servers.get(1))
              .getBean(KqueueReactiveWebServerFactory.class);
      assertThat(factory.getShutdown()).isEqualTo(Shutdown.GRACEFUL);
    }
  }

  private static InetAddress anotherAddress() throws Exception {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
        .findFirst()
        .orElse(null);
  }

  @Test
  void aNegativePortMeansNoManagementAtAll() throws Exception {
    try (ReactiveWebServerApplicationContext context = start("management.server.port=-1")) {
      assertThat(servers).hasSize(1);
      assertThat(get(context.getWebServer(), "/actuator/health").statusCode()).isEqualTo(404);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "management.server.address=127.0.0.1, Management-specific server address cannot be",
    "management.server.ssl.enabled=true, Management-specific SSL cannot be",
  })
  void whatNeedsAPortOfItsOwnFailsTheStartWithoutOne(String property, String said) {
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> start(property))
        .withMessageStartingWith(said);
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("kqueue-loop"));
  }

  /** Whose server the application has is whose server management gets. */
  @Test
  void theServerOfTheUsersFactoryServesManagementToo() {
    new ReactiveWebApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                KqueueServerAutoConfiguration.class,
                KqueueManagementContextAutoConfiguration.class,
                NettyReactiveWebServerAutoConfiguration.class,
                NettyReactiveManagementContextAutoConfiguration.class))
        .withUserConfiguration(NettyByChoice.class)
        .withPropertyValues("server.port=8080", "management.server.port=0")
        .run(
            context ->
                assertThat(context)
                    .getBeanNames(ManagementContextFactory.class)
                    .containsExactly("reactiveWebChildContextFactory"));
  }

  private static HttpResponse<String> get(WebServer server, String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.getPort() + path))
                .timeout(Duration.ofSeconds(10))
                .build(),
            BodyHandlers.ofString());
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {}

  @Configuration(proxyBeanMethods = false)
  static class NettyByChoice {
    @Bean
    NettyReactiveWebServerFactory nettyByChoice() {
      return new NettyReactiveWebServerFactory(0);
    }
  }
}
