package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.server.ServerListener;
import io.kqueueserver.server.ServerOptions;
import io.kqueueserver.spring.KqueueServerCustomizer;
import io.kqueueserver.spring.KqueueWebServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.boot.reactor.netty.autoconfigure.NettyReactiveWebServerAutoConfiguration;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.server.reactive.context.AnnotationConfigReactiveWebServerApplicationContext;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.server.reactive.HttpHandler;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The warnings about settings of another server that have no effect. */
@ExtendWith(OutputCaptureExtension.class)
class PeerSettingsTests {
  private static final Pattern KEY =
      Pattern.compile("(?:kqueue\\.server|server\\.forward|spring)\\.[a-z0-9.-]*[a-z0-9]");

  private final ReactiveWebApplicationContextRunner runner =
      new ReactiveWebApplicationContextRunner(
              AnnotationConfigReactiveWebServerApplicationContext::new)
          .withConfiguration(
              AutoConfigurations.of(
                  KqueueServerAutoConfiguration.class,
                  NettyReactiveWebServerAutoConfiguration.class))
          .withBean(HttpHandler.class, () -> (request, response) -> Mono.empty())
          .withPropertyValues("server.port=0");

  @Test
  void eachSettingOfAnotherServerIsWarnedOfOnceWithItsCounterpart(CapturedOutput output) {
    runner
        .withPropertyValues(
            "server.netty.idle-timeout=17s",
            "server.tomcat.threads.max=50",
            "server.jetty.threads.never-heard-of=1")
        .run(
            context ->
                assertThat(warnings(output))
                    .containsExactly(
                        "'server.jetty.threads.never-heard-of' is not read by the kqueue server."
                            + " Here: not needed: requests run on kqueue.server.loops threads and"
                            + " must not block.",
                        "'server.netty.idle-timeout' is not read by the kqueue server. Here:"
                            + " kqueue.server.idle-timeout, and kqueue.server.stream-idle-timeout"
                            + " behind an upgrade.",
                        "'server.tomcat.threads.max' is not read by the kqueue server. Here: not"
                            + " needed: requests run on kqueue.server.loops threads and must not"
                            + " block."));
  }

  @Test
  void oneFromAnEnvironmentVariableIsFound() {
    assertThat(
            PeerSettings.load()
                .counterpart(ConfigurationPropertyName.of("server.netty.maxkeepaliverequests")))
        .isEqualTo("kqueue.server.max-keep-alive-requests");
  }

  @Test
  void aCustomizerOfReactorNettyIsNamed(CapturedOutput output) {
    runner
        .withUserConfiguration(ForReactorNetty.class)
        .run(
            context ->
                assertThat(warnings(output))
                    .containsExactlyInAnyOrder(
                        "Bean 'wiretap' customizes Reactor Netty, which does not serve this"
                            + " application. Here: a KqueueServerCustomizer.",
                        "Bean 'port' customizes Reactor Netty, which does not serve this"
                            + " application. Here: a KqueueServerCustomizer."));
  }

  @Test
  void withoutAnyNothingIsWarnedOf(CapturedOutput output) {
    runner
        .withPropertyValues("server.compression.enabled=true")
        .run(context -> assertThat(warnings(output)).isEmpty());
  }

  @Test
  void everySettingOfReactorNettyHasALine() throws IOException {
    List<String> unknown = new ArrayList<>();
    for (String key : settings()) {
      if (key.startsWith("server.netty.") && !PeerSettings.lines().containsKey(key)) {
        unknown.add(key);
      }
    }
    assertThat(unknown).isEmpty();
  }

  @Test
  void everyCounterpartExists() throws IOException {
    Set<String> known = settings();
    assertThat(PeerSettings.lines().values())
        .allSatisfy(
            counterpart -> {
              Matcher keys = KEY.matcher((String) counterpart);
              while (keys.find()) {
                assertThat(known).contains(keys.group());
              }
            });
  }

  /** The page has each line as a row; nothing else on it looks like such a row. */
  @Test
  void thePageShowsTheSameLines() throws IOException {
    List<String> rows =
        Files.readAllLines(Path.of("../docs/migration.md")).stream()
            .filter(line -> line.matches("\\| `server\\.(netty|tomcat|jetty|undertow)\\..*"))
            .map(line -> line.replace("`", ""))
            .toList();
    List<String> lines = new ArrayList<>();
    PeerSettings.lines()
        .forEach(
            (key, counterpart) ->
                lines.add(
                    "| "
                        + (key + "*").replaceFirst("(?<!\\.)\\*$", "")
                        + " | "
                        + counterpart
                        + " |"));
    assertThat(rows).containsExactlyInAnyOrderElementsOf(lines);
  }

  /** A key that the page names in our own namespace, or in Spring's, exists. */
  @Test
  void thePageNamesNoKeyThatDoesNotExist() throws IOException {
    Set<String> known = settings();
    Matcher keys = KEY.matcher(Files.readString(Path.of("../docs/migration.md")));
    Set<String> named = new TreeSet<>();
    while (keys.find()) {
      named.add(keys.group());
    }
    named.removeIf(known::contains);
    named.removeIf(group -> known.stream().anyMatch(key -> key.startsWith(group + ".")));
    assertThat(named).isEmpty();
  }

  /** The example of the page is the code of {@link Example}, which runs. */
  @Test
  void theExampleOfACustomizerRuns() throws IOException {
    String page = Files.readString(Path.of("../docs/migration.md"));
    int begin = page.indexOf("```java\n") + "```java\n".length();
    String snippet = page.substring(begin, page.indexOf("```", begin));
    String source =
        Files.readString(
            Path.of(
                "src/test/java", PeerSettingsTests.class.getName().replace('.', '/') + ".java"));
    assertThat(source).contains(snippet.indent(4));

    runner
        .withUserConfiguration(Example.class)
        .run(
            context -> {
              ServerOptions options =
                  ((KqueueWebServer)
                          ((ReactiveWebServerApplicationContext)
                                  context.getSourceApplicationContext())
                              .getWebServer())
                      .getServer()
                      .options();
              assertThat(options.loops().count()).isEqualTo(2);
              assertThat(options.timeouts().idle()).isEqualTo(Duration.ofSeconds(30));
              assertThat(options.listen().backlog()).isEqualTo(256);
              assertThat(options.listener()).isNotSameAs(ServerListener.NONE);
            });
  }

  private static List<String> warnings(CapturedOutput output) {
    return output
        .getAll()
        .lines()
        .filter(line -> line.contains("PeerSettingsWarning"))
        .map(
            line -> line.substring(Math.max(line.indexOf(" Bean '"), line.indexOf(" 'server")) + 1))
        .toList();
  }

  /** Names of all properties that the metadata on the class path describes. */
  private static Set<String> settings() throws IOException {
    Set<String> names = new TreeSet<>();
    ClassLoader classPath = PeerSettingsTests.class.getClassLoader();
    for (URL metadata :
        Collections.list(classPath.getResources("META-INF/spring-configuration-metadata.json"))) {
      try (InputStream in = metadata.openStream()) {
        for (JsonNode property : JsonMapper.shared().readTree(in).get("properties")) {
          names.add(property.get("name").asString());
        }
      }
    }
    return names;
  }

  @Configuration(proxyBeanMethods = false)
  static class Example {
    private static final Logger log = LoggerFactory.getLogger(Example.class);

    @Bean
    KqueueServerCustomizer serverSettings() {
      return server ->
          server
              .loops(2) // runOn(LoopResources)
              .idleTimeout(Duration.ofSeconds(30)) // idleTimeout(..)
              .backlog(256) // option(ChannelOption.SO_BACKLOG, 256)
              .addListener(
                  new ServerListener() { // doOnConnection(..), doOnChannelInit(..)
                    @Override
                    public void onRefused(@Nullable RequestHead request, HttpException cause) {
                      log.info("refused: {}", cause.getMessage());
                    }
                  });
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class ForReactorNetty {
    @Bean
    NettyServerCustomizer wiretap() {
      return server -> server.wiretap(true);
    }

    @Bean
    WebServerFactoryCustomizer<NettyReactiveWebServerFactory> port() {
      return factory -> factory.setPort(1);
    }
  }
}
