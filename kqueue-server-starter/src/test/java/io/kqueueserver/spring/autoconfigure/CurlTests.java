package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.kqueueserver.spring.KqueueWebServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.assertj.AssertableReactiveWebApplicationContext;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.web.server.reactive.context.AnnotationConfigReactiveWebServerApplicationContext;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.server.reactive.HttpHandler;
import reactor.core.publisher.Mono;

/** The ways in that another project's client knows: PROXY protocol and Unix domain sockets. */
class CurlTests {
  private final ReactiveWebApplicationContextRunner contexts =
      new ReactiveWebApplicationContextRunner(
              AnnotationConfigReactiveWebServerApplicationContext::new)
          .withConfiguration(AutoConfigurations.of(KqueueServerAutoConfiguration.class))
          .withUserConfiguration(Handler.class)
          .withPropertyValues("server.port=0", "kqueue.server.loops=1");

  @TempDir private Path folder;

  @BeforeEach
  void curlIsThere() throws Exception {
    boolean found;
    try {
      found = run(List.of("curl", "--version")).contains("curl");
    } catch (IOException e) {
      found = false;
    }
    assumeThat(found).as("curl, to be served").isTrue();
  }

  @Test
  void curlSpeaksTheProxyProtocol() {
    contexts
        .withPropertyValues("kqueue.server.proxy-protocol=on")
        .run(
            context -> {
              assertThat(curl("--haproxy-protocol", "http://127.0.0.1:" + port(context) + "/"))
                  .startsWith("127.0.0.1:")
                  .endsWith("200");
              assertThat(curl("http://127.0.0.1:" + port(context) + "/")).isEqualTo("000");
            });
  }

  @Test
  void curlSpeaksForAClientWithAutoToo() {
    contexts
        .withPropertyValues("kqueue.server.proxy-protocol=auto")
        .run(
            context -> {
              String url = "http://127.0.0.1:" + port(context) + "/";
              assertThat(curl("--haproxy-protocol", url)).endsWith("200");
              assertThat(curl(url)).endsWith("200");
            });
  }

  @Test
  void curlReachesAUnixSocket() {
    Path path = folder.resolve("app.sock");
    contexts
        .withPropertyValues("server.port=-1", "kqueue.server.unix-socket.path=" + path)
        .run(
            context -> {
              assertThat(port(context)).isEqualTo(-1);
              assertThat(curl("--unix-socket", path.toString(), "http://localhost/a"))
                  .isEqualTo("127.0.0.1:0 http://localhost/a200");
            });
    assertThat(path).doesNotExist();
  }

  @Test
  void aUnixSocketThatIsTakenIsNamed() {
    Path path = folder.resolve("app.sock");
    ReactiveWebApplicationContextRunner there =
        contexts.withPropertyValues("server.port=0", "kqueue.server.unix-socket.path=" + path);
    there.run(
        context ->
            there.run(
                second ->
                    assertThat(second.getStartupFailure())
                        .rootCause()
                        .hasMessageStartingWith("bind(unix:" + path + "): EADDRINUSE")));
  }

  @Test
  void permissionsThatAreNoneFailTheStartByName() {
    contexts
        .withPropertyValues("kqueue.server.unix-socket.permissions=660")
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .rootCause()
                    .hasMessageContaining("kqueue.server.unix-socket.permissions is '660'"));
  }

  /** Body and status. */
  private static String curl(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("curl", "--silent", "--max-time", "10", "-w", "%{http_code}"));
    command.addAll(List.of(arguments));
    return run(command);
  }

  private static String run(List<String> command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return out;
  }

  private static int port(AssertableReactiveWebApplicationContext context) {
    KqueueWebServer server =
        (KqueueWebServer)
            ((ReactiveWebServerApplicationContext) context.getSourceApplicationContext())
                .getWebServer();
    assertThat(server).isNotNull();
    return server.getPort();
  }

  @Configuration(proxyBeanMethods = false)
  static class Handler {
    @Bean
    HttpHandler httpHandler() {
      return (request, response) -> {
        String shown =
            request.getRemoteAddress().getAddress().getHostAddress()
                + ":"
                + request.getRemoteAddress().getPort()
                + " "
                + request.getURI();
        return response.writeWith(
            Mono.fromSupplier(
                () -> response.bufferFactory().wrap(shown.getBytes(StandardCharsets.UTF_8))));
      };
    }
  }
}
