package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.kqueueserver.build.ChildJvm;
import io.kqueueserver.build.ChildJvm.Result;
import io.kqueueserver.spring.InvalidSettingException;
import io.kqueueserver.spring.KqueueReactiveWebServerFactory;
import io.kqueueserver.spring.autoconfigure.SettingBounds.Bound;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.mock.env.MockEnvironment;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A start that fails because of a value or an address says which, and what to do. */
@ExtendWith(OutputCaptureExtension.class)
class FailureAnalysesTests {
  private static final Set<String> BOUNDED_TYPES =
      Set.of(
          Integer.class.getName(),
          Long.class.getName(),
          Duration.class.getName(),
          DataSize.class.getName());

  private static final HttpHandler HANDLER = (request, response) -> Mono.empty();

  @TempDir Path folder;

  // ---- values

  static Stream<Bound<?>> bounds() {
    return SettingBounds.ALL.stream();
  }

  @Test
  void everyNumberDurationAndSizeHasBoundsOrTakesAnyValue() throws IOException {
    List<String> known = new ArrayList<>(SettingBounds.UNBOUNDED);
    bounds().map(Bound::key).forEach(known::add);
    List<String> keys = new ArrayList<>();
    for (JsonNode property : metadata().get("properties")) {
      JsonNode type = property.get("type");
      String name = property.get("name").asString();
      if (name.startsWith("kqueue.server.") && type != null && isBounded(type.asString())) {
        keys.add(name);
      }
    }
    assertThat(keys).isNotEmpty();
    assertThat(known)
        .as("SettingBounds has each such key, in ALL or in UNBOUNDED")
        .containsAll(keys);
  }

  private static boolean isBounded(String type) {
    return BOUNDED_TYPES.contains(type);
  }

  private static JsonNode metadata() throws IOException {
    Enumeration<java.net.URL> all =
        FailureAnalysesTests.class
            .getClassLoader()
            .getResources("META-INF/spring-configuration-metadata.json");
    while (all.hasMoreElements()) {
      try (var in = all.nextElement().openStream()) {
        JsonNode metadata = JsonMapper.shared().readTree(Objects.requireNonNull(in));
        if (metadata.toString().contains("kqueue.server.max-connections")) {
          return metadata;
        }
      }
    }
    throw new AssertionError("no metadata on the class path");
  }

  @ParameterizedTest
  @MethodSource("bounds")
  void aValueBeyondABoundIsExplainedWithKeyValueAndRange(Bound<?> bound) {
    List<String> bad = beyond(bound);
    assertThat(bad).isNotEmpty();
    for (String value : bad) {
      MockEnvironment environment = new MockEnvironment().withProperty(bound.key(), value);
      Throwable failure = catchThrowable(() -> SettingBounds.check(environment));
      assertThat(failure).as(value).isInstanceOf(InvalidSettingException.class);
      FailureAnalysis analysis = new InvalidSettingFailureAnalyzer(environment).analyze(failure);
      assertThat(analysis).isNotNull();
      assertThat(analysis.getDescription()).contains("'" + value + "'", bound.key());
      assertThat(analysis.getAction()).contains(bound.key(), bound.allowed());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0ns,0ms",
    "5ns,5ns",
    "1500us,1500us",
    "10ms,10ms",
    "60s,1m",
    "90s,90s",
    "36h,36h",
    "365d,365d"
  })
  void aDurationIsShownInItsLargestWholeUnit(String set, String shown) {
    assertThat(SettingBounds.shown(DurationStyle.detectAndParse(set))).isEqualTo(shown);
  }

  @ParameterizedTest
  @MethodSource("bounds")
  void theServerTakesTheBoundsThemselves(Bound<?> bound) {
    for (Object value : Stream.of(bound.least(), bound.most()).filter(Objects::nonNull).toList()) {
      MockEnvironment environment = new MockEnvironment();
      String text =
          value instanceof Duration duration
              ? duration.toNanos() + "ns"
              : SettingBounds.shown(value);
      environment.setProperty(bound.key(), text);
      environment.setProperty("kqueue.server.access-log.enabled", "true");
      if (bound.key().equals("kqueue.server.http2.stream-window")) {
        environment.setProperty("kqueue.server.http2.connection-window", "1GB");
      } else if (bound.key().equals("kqueue.server.http2.connection-window")) {
        environment.setProperty("kqueue.server.http2.stream-window", "1KB");
      }
      if (bound.key().equals("kqueue.server.write-high-watermark")) {
        environment.setProperty("kqueue.server.write-low-watermark", "0B");
      } else {
        environment.setProperty("kqueue.server.write-high-watermark", "1GB");
      }
      assertThatNoException().as("%s", value).isThrownBy(() -> make(environment));
    }
  }

  @Test
  void anAcceptPeriodThatFillsThePhaseOfTheShutdownIsRefused() {
    MockEnvironment environment = new MockEnvironment();
    environment.setProperty("kqueue.server.shutdown.accept-period", "30s");
    assertThatThrownBy(() -> make(environment))
        .isInstanceOf(InvalidSettingException.class)
        .hasMessageContaining("spring.lifecycle.timeout-per-shutdown-phase, which is 30s");
    environment.setProperty("spring.lifecycle.timeout-per-shutdown-phase", "40s");
    assertThatNoException().isThrownBy(() -> make(environment));
  }

  private static void make(MockEnvironment environment) {
    Binder binder = Binder.get(environment);
    KqueueReactiveWebServerFactory factory = new KqueueReactiveWebServerFactory();
    new KqueueServerFactoryCustomizer(
            environment,
            binder.bindOrCreate("server", ServerProperties.class),
            KqueuePropertyGroups.bind(binder))
        .customize(factory);
    factory.getWebServer(HANDLER);
  }

  private static List<String> beyond(Bound<?> bound) {
    List<String> bad = new ArrayList<>();
    if (bound.least() instanceof Integer least) {
      bad.add(Integer.toString(least - 1));
    } else if (bound.least() instanceof Duration least) {
      bad.add(least.isZero() ? "-1ms" : least.equals(Duration.ofNanos(1)) ? "0s" : "9ms");
    } else if (bound.least() instanceof DataSize least) {
      bad.add(least.toBytes() - 1 + "B");
    }
    if (bound.most() instanceof Integer most) {
      bad.add(Integer.toString(most + 1));
    } else if (bound.most() instanceof Duration most) {
      bad.add(most.toDays() + 1 + "d");
    } else if (bound.most() instanceof DataSize most) {
      bad.add(most.toBytes() + 1 + "B");
    }
    return bad;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          kqueue.server.loops=0                          | kqueue.server.loops must be from 1 to 1024. Change it,
          kqueue.server.max-request-line-size=17MB       | must be from 1B to 16MB.
          kqueue.server.idle-timeout=-1s                 | must be more than zero.
          server.port=65536                              | server.port must be at most 65535.
          kqueue.server.write-high-watermark=16KB        | must be kqueue.server.write-low-watermark or more, which is 32KB.
          kqueue.server.write-low-watermark=65KB         | must be at most kqueue.server.write-high-watermark, which is 64KB.
          kqueue.server.file-watcher.max-watches=0       | kqueue.server.file-watcher.max-watches must be 1 or more.
          kqueue.server.forwarded.trusted-proxies=nobody | must be addresses and CIDR ranges
          kqueue.server.unix-socket.permissions=660      | must be nine characters such as rw-rw----.
          kqueue.server.compression.codings=lzw          | must be some of zstd, br, gzip and deflate.
          kqueue.server.access-log.pattern=%z            | it has '%z' at index 0.
          """)
  void anApplicationSaysItInsteadOfAStack(String property, String action, CapturedOutput output) {
    fails(
        property,
        "server.compression.enabled=true",
        "kqueue.server.access-log.enabled=true",
        "server.forward-headers-strategy=native");
    assertThat(output)
        .contains(
            "APPLICATION FAILED TO START", "(from \"" + property.split("=", 2)[0] + "\"", action)
        .doesNotContain("\tat ");
  }

  // ---- addresses

  @Test
  void aPathInAMissingFolderIsExplained(CapturedOutput output) {
    Path path = folder.resolve("missing/app.sock");
    fails("server.port=-1", "kqueue.server.unix-socket.path=" + path);
    assertThat(output)
        .contains("bind(unix:" + path + ") failed with ENOENT: the directory of this path")
        .contains("Create it or choose another path. kqueue.server.unix-socket.path says where.")
        .doesNotContain("\tat ");
  }

  @Test
  void aPathThatCannotBeASocketIsExplained() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThat(analysis(-1, null, file).getDescription())
        .contains(file + " exists and is no socket");
    assertThat(analysis(-1, null, file.resolve("app.sock")).getDescription())
        .contains("ENOTDIR: a part of this path is no directory");
    Path longer = folder.resolve("a".repeat(200));
    assertThat(analysis(-1, null, longer).getAction()).contains("Choose a shorter one");
  }

  @Test
  void aHandoverThatCannotBeIsExplained(CapturedOutput output) {
    fails("server.port=0", "kqueue.server.handover.path=" + folder.resolve("missing/next.sock"));
    assertThat(output)
        .contains("The kqueue server cannot listen: handover.path " + folder)
        .contains("Choose a path in a folder that is there")
        .doesNotContain("\tat ");
  }

  @Test
  void aPathThatAnotherServerHasIsExplained() {
    Path path = folder.resolve("app.sock");
    WebServer first = server(-1, null, path);
    first.start();
    try {
      assertThat(analysis(-1, null, path).getDescription())
          .contains("a server listens on this path");
    } finally {
      first.stop();
    }
  }

  @Test
  void anAddressOfAnotherMachineIsExplained() throws IOException {
    FailureAnalysis analysis = analysis(0, InetAddress.getByName("192.0.2.1"), null);
    assertThat(analysis.getDescription()).contains("bind(192.0.2.1:0) failed with EADDRNOTAVAIL");
    assertThat(analysis.getAction())
        .isEqualTo(
            "Choose one this machine has. server.port=0 and server.address=192.0.2.1 say where.");
  }

  /** The child may bind no port below 1024, for any user that runs this test. */
  @Test
  void aPortWithoutThePrivilegeForItIsExplained() throws Exception {
    assumeThat(Path.of("/usr/bin/setpriv")).as("util-linux").isExecutable();
    assumeThat(Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start")).hasContent("1024");
    Result child =
        ChildJvm.ofThisJdk()
            .launchedBy("setpriv", "--bounding-set=-net_bind_service", "--inh-caps=-all")
            .run(Application.class, "80");
    assertThat(child.out())
        .contains("bind([::]:80) failed with EACCES: permission denied.")
        .contains("Ports below 1024 need privilege")
        .contains("server.port=80 and server.address say where.");
  }

  private static FailureAnalysis analysis(
      int port, @Nullable InetAddress address, @Nullable Path path) {
    Throwable failure = catchThrowable(() -> server(port, address, path).start());
    return Objects.requireNonNull(new StartFailureAnalyzer().analyze(failure), "no analysis");
  }

  private static WebServer server(int port, @Nullable InetAddress address, @Nullable Path path) {
    KqueueReactiveWebServerFactory factory = new KqueueReactiveWebServerFactory(port);
    factory.setAddress(address);
    factory.addServerCustomizers(builder -> builder.loops(1).unixSocket(path));
    return factory.getWebServer(HANDLER);
  }

  private static void fails(String... properties) {
    SpringApplication application = new SpringApplication(Application.class);
    application.setWebApplicationType(WebApplicationType.REACTIVE);
    application.setDefaultProperties(
        Map.of(
            "spring.main.banner-mode",
            "off",
            "server.port",
            0,
            "kqueue.server.file-watcher.enabled",
            true));
    String[] arguments = Stream.of(properties).map(each -> "--" + each).toArray(String[]::new);
    assertThat(catchThrowable(() -> application.run(arguments).close())).isNotNull();
  }

  @Configuration(proxyBeanMethods = false)
  @ImportAutoConfiguration({
    KqueueServerAutoConfiguration.class,
    KqueueFileWatcherAutoConfiguration.class
  })
  static class Application {
    /** The child: binds this port and says how that failed. */
    public static void main(String[] arguments) {
      FailureAnalysis analysis = analysis(Integer.parseInt(arguments[0]), null, null);
      System.out.println(analysis.getDescription() + " " + analysis.getAction());
    }

    @Bean
    HttpHandler httpHandler() {
      return HANDLER;
    }
  }
}
