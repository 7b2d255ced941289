package io.kqueueserver.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketMessage;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The fuzzing client of Autobahn 0.5.6 against a handler that echoes: sections 1 to 7 and 10 with
 * the defaults or, with {@code -Dautobahn.limits=true}, section 9 under raised limits. The build
 * puts the suite and a Python for it into {@code target/autobahn}.
 */
@Tag("source") // once per build: it is not about the JDK
class AutobahnTests {
  private static final Path TOOLS = Path.of("target", "autobahn");
  private static final Set<String> PASSED = Set.of("OK", "INFORMATIONAL");

  @TempDir Path directory;

  @Test
  void everyCasePassesStrictlyAndClosesCleanly() throws Exception {
    Path suite = TOOLS.resolve("autobahntestsuite-maven-plugin.jar");
    Path python = TOOLS.resolve("jython-standalone.jar");
    assumeTrue(Files.exists(suite) && Files.exists(python), "Autobahn is not in target/autobahn");
    boolean limits = Boolean.getBoolean("autobahn.limits");
    JsonNode cases;
    try (ReactiveWebServerApplicationContext context = start(limits)) {
      unpack(suite);
      cases = run(python, context.getWebServer().getPort(), limits);
    }

    List<String> failed = new ArrayList<>();
    cases
        .properties()
        .forEach(
            one -> {
              JsonNode result = one.getValue();
              if (!PASSED.contains(result.get("behavior").asString())
                  || !PASSED.contains(result.get("behaviorClose").asString())) {
                failed.add(one.getKey() + " " + result);
              }
            });
    assertThat(failed).isEmpty();
    assertThat(cases.size()).as("cases").isEqualTo(limits ? 54 : 247);
  }

  private static ReactiveWebServerApplicationContext start(boolean limits) {
    List<String> arguments = new ArrayList<>();
    if (limits) {
      arguments.add("--kqueue.server.websocket.max-frame-size=16MB");
      arguments.add("--kqueue.server.websocket.max-message-size=16MB");
      arguments.add("--kqueue.server.websocket.max-fragments=70000");
    }
    return ReactiveApplication.start(Echo.class, arguments.toArray(String[]::new));
  }

  /** Python's modules are in the plugin's jar. */
  private void unpack(Path suite) throws IOException {
    try (InputStream file = Files.newInputStream(suite);
        ZipInputStream zip = new ZipInputStream(file)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path target = directory.resolve("suite").resolve(entry.getName()).normalize();
        assertThat(target.startsWith(directory)).as(entry.getName()).isTrue();
        if (!entry.isDirectory()) {
          Files.createDirectories(target.getParent());
          Files.copy(zip, target);
        }
      }
    }
  }

  private JsonNode run(Path python, int port, boolean limits) throws Exception {
    Path script = directory.resolve("run.py");
    Path spec = directory.resolve("fuzz.json");
    Path report = directory.resolve("report");
    String sections = limits ? "'9.*'" : "'1.*', '2.*', '3.*', '4.*', '5.*', '6.*', '7.*', '10.*'";
    Files.writeString(
        spec,
        """
        {'options': {'failByDrop': false}, 'outdir': '%s', 'cases': [%s],
         'servers': [{'agent': 'kqueue', 'url': 'ws://127.0.0.1:%d/echo', 'options': {'version': 18}}],
         'exclude-cases': [], 'exclude-agent-cases': {}}
        """
            .formatted(report, sections, port)
            .replace('\'', '"'));
    Files.writeString(
        script,
        """
        import sys
        sys.path.insert(0, '%s')
        sys.argv = ['wstest', '-m', 'fuzzingclient', '-s', '%s']
        from autobahntestsuite import wstest
        wstest.run()
        """
            .formatted(directory.resolve("suite"), spec));
    Path out = directory.resolve("out.txt");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dpython.cachedir=" + directory.resolve("cache"),
                "-jar",
                python.toAbsolutePath().toString(),
                script.toString())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    try {
      assertThat(process.waitFor(limits ? 20 : 4, TimeUnit.MINUTES)).as("Autobahn ends").isTrue();
    } finally {
      process.destroyForcibly().waitFor();
    }
    Path index = report.resolve("index.json");
    assertThat(index).withFailMessage(() -> "no report: " + text(out)).exists();
    return JsonMapper.shared().readTree(Files.readString(index)).get("kqueue");
  }

  private static String text(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Echo {
    @Bean
    HandlerMapping sockets() {
      // Spring's sessions show pongs, which Autobahn does not want echoed.
      WebSocketHandler echo =
          session ->
              session.send(
                  session
                      .receive()
                      .filter(message -> message.getType() != WebSocketMessage.Type.PONG)
                      .doOnNext(WebSocketMessage::retain));
      return new SimpleUrlHandlerMapping(Map.of("/echo", echo), -1);
    }
  }
}
