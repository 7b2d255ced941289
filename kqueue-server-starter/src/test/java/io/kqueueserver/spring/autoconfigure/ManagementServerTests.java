package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.server.ProxyProtocol;
import io.kqueueserver.spring.KqueueReactiveWebServerFactory;
import io.kqueueserver.spring.KqueueWebServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementContextFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Configuration;

/** Actuator on a port of its own, with Reactor Netty's module on the class path. */
class ManagementServerTests {
  private final List<WebServerApplicationContext> servers = new ArrayList<>();

  private ReactiveWebServerApplicationContext start(String... properties) {
    SpringApplication application = new SpringApplication(Application.class);
    application.addListeners(
        (ApplicationListener<WebServerInitializedEvent>)
            event -> servers.add(event.getApplicationContext()));
    return Applications.run(application, properties);
  }

  @Test
  void aManagementPortOfItsOwnIsServedByASecondKqueueServer(@TempDir Path folder) throws Exception {
    try (ReactiveWebServerApplicationContext context =
        start(
            "server.port=0",
            "management.server.port=0",
            "server.server-header=Both",
            "kqueue.server.proxy-protocol=auto",
            "kqueue.server.unix-socket.path=" + folder.resolve("app.sock"),
            "kqueue.server.backlog=7")) {
      assertThat(servers).hasSize(2);
      assertThat(servers.get(0).getServerNamespace()).isNull();
      assertThat(servers.get(1).getServerNamespace()).isEqualTo("management");
      KqueueWebServer main = (KqueueWebServer) context.getWebServer();
      KqueueWebServer management = (KqueueWebServer) servers.get(1).getWebServer();
      assertThat(management).isNotSameAs(main);
      assertThat(management.getServer().options().listen().backlog()).isEqualTo(7);
      assertThat(management.getServer().options().serverHeader()).isEqualTo("Both");
      // Probes come to it directly, and a path has one server.
      assertThat(main.getServer().options().proxy().protocol()).isEqualTo(ProxyProtocol.AUTO);
      assertThat(management.getServer().options().proxy().protocol()).isEqualTo(ProxyProtocol.OFF);
      assertThat(management.getServer().running().listenerNames()).hasSize(1);
      assertThat(context.getEnvironment().getProperty("local.management.port"))
          .isEqualTo(String.valueOf(management.getPort()));
      HttpResponse<String> health = get(management.getPort(), "/actuator/health");
      assertThat(health.statusCode()).isEqualTo(200);
      assertThat(health.body()).contains("UP");
      assertThat(get(main.getPort(), "/actuator/health").statusCode()).isEqualTo(404);
      assertThat(Thread.getAllStackTraces().keySet())
          .extracting(Thread::getName)
          .contains("kqueue-loop-0", "kqueue-management-loop-0");
    }
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.contains("-loop-"));
  }

  @Test
  @ExtendWith(OutputCaptureExtension.class)
  void eachServerReportsItsStartUnderItsLoopsNames(CapturedOutput output) {
    try (ReactiveWebServerApplicationContext context =
        start(
            "server.port=0",
            "management.server.port=0",
            "kqueue.server.loops=2",
            "logging.level.io.kqueueserver.spring=info")) {
      assertThat(output)
          .containsPattern(line(context.getWebServer().getPort(), "kqueue-loop"))
          .containsPattern(line(servers.get(1).getWebServer().getPort(), "kqueue-management-loop"));
    }
  }

  private static String line(int port, String loops) {
    return "Kqueue started on port %d \\(http\\)\\R.*Kqueue runs on .*, loops %s-0..1, max-"
        .formatted(port, loops);
  }

  @Test
  void theSamePortIsServedByOneServer() throws Exception {
    try (ReactiveWebServerApplicationContext context = start("server.port=0")) {
      assertThat(servers).hasSize(1);
      assertThat(get(context.getWebServer().getPort(), "/actuator/health").body()).contains("UP");
    }
  }

  @Test
  void nothingOfActuatorIsNeeded() {
    new ReactiveWebApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                KqueueServerAutoConfiguration.class,
                KqueueManagementContextAutoConfiguration.class))
        .withClassLoader(new FilteredClassLoader("org.springframework.boot.actuate"))
        .run(
            context ->
                assertThat(context)
                    .hasNotFailed()
                    .hasSingleBean(KqueueReactiveWebServerFactory.class)
                    .doesNotHaveBean("kqueueManagementContextFactory"));
  }

  @Test
  void theManagementContextFactoryIsThatOfAKqueueApplicationOnly() {
    new ReactiveWebApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                KqueueServerAutoConfiguration.class,
                KqueueManagementContextAutoConfiguration.class))
        .withPropertyValues("server.port=8080", "management.server.port=0")
        .run(context -> assertThat(context).hasSingleBean(ManagementContextFactory.class));
  }

  private static HttpResponse<String> get(int port, String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://localhost:" + port + path)).build(),
            BodyHandlers.ofString());
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {}
}
