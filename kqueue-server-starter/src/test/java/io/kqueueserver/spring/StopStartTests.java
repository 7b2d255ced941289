package io.kqueueserver.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;

/** What a CRaC checkpoint does to a context: everything stops, nothing is left, all comes back. */
class StopStartTests {
  private static final String LONG = "the same over and over ".repeat(500);
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  @TempDir Path directory;

  private final Map<String, KqueueWebServer> servers = new ConcurrentHashMap<>();
  private final List<RawClient> clients = new ArrayList<>();

  @Test
  void repeatedStopsLeaveNoDescriptorAndNoThread() throws Exception {
    assumeTrue(Files.isDirectory(DESCRIPTORS), "this system does not list a process's descriptors");
    Path log = directory.resolve("a.log");
    try (ReactiveWebServerApplicationContext context = start(log)) {
      serve();
      context.stop();
      assertThat(ourThreads()).isEmpty();
      Set<String> before = descriptors(); // classes are loaded, and jars open, from here on
      for (int round = 0; round < 2; round++) {
        context.start();
        serve();
        context.stop();
        assertThat(ourThreads()).isEmpty();
        await().untilAsserted(() -> assertThat(before).containsAll(descriptors()));
      }
    }
    // Each round had both, and a client that stayed until the stop broke it off.
    assertThat(Files.readAllLines(log).stream().filter(line -> line.contains("/long")))
        .hasSize(3)
        .allMatch(line -> line.startsWith("200 "));
    assertThat(Files.readAllLines(log).stream().filter(line -> line.contains("/endless")))
        .hasSize(3)
        .allMatch(line -> line.endsWith(" X"));
    assertThat(Files.readAllLines(directory.resolve("own_a.log"))).hasSize(3);
  }

  private ReactiveWebServerApplicationContext start(Path log) {
    SpringApplication application = new SpringApplication(Application.class);
    application.setWebApplicationType(WebApplicationType.REACTIVE);
    application.addListeners(
        (ApplicationListener<WebServerInitializedEvent>)
            event ->
                servers.put(
                    String.valueOf(event.getApplicationContext().getServerNamespace()),
                    (KqueueWebServer) event.getWebServer()));
    return (ReactiveWebServerApplicationContext)
        application.run(
            "--spring.main.banner-mode=off",
            "--server.port=0",
            "--management.server.port=0",
            "--server.shutdown=immediate",
            "--server.compression.enabled=true",
            "--kqueue.server.loops=2",
            "--kqueue.server.access-log.enabled=true",
            "--kqueue.server.access-log.pattern=%s %U %X",
            "--kqueue.server.access-log.management-prefix=own_",
            "--kqueue.server.access-log.file=" + log);
  }

  private void serve() {
    KqueueWebServer main = Objects.requireNonNull(servers.get("null"));
    KqueueWebServer management = Objects.requireNonNull(servers.get("management"));
    assertThat(get(main.getPort(), "/long").readAll()).contains("Content-Encoding: gzip");
    assertThat(get(management.getPort(), "/actuator/health").readAll()).contains("UP");
    get(main.getPort(), "/endless").readUntil("gzip"); // stays: the stop must see to it
  }

  private RawClient get(int port, String path) {
    RawClient client = new RawClient(port);
    clients.add(client);
    return client.send(
        "GET " + path + " HTTP/1.1\nHost: x\nAccept-Encoding: gzip\nConnection: close\n\n");
  }

  private static List<String> ourThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("kqueue"))
        .toList();
  }

  /** What each stands for, for a message that helps; clients of this test are closed first. */
  private Set<String> descriptors() throws IOException {
    clients.forEach(RawClient::close);
    clients.clear();
    Set<String> open = new TreeSet<>();
    try (Stream<Path> all = Files.list(DESCRIPTORS)) {
      for (Path each : (Iterable<Path>) all::iterator) {
        if (Files.isSymbolicLink(each)) {
          String target = Files.readSymbolicLink(each).toString();
          // Not the one that lists, nor what the class loader takes its time to open.
          if (!target.startsWith("/proc/") && !target.endsWith(".jar")) {
            open.add(target);
          }
        }
      }
    }
    return open;
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {
    @Bean
    RouterFunction<ServerResponse> routes() {
      return RouterFunctions.route()
          .GET(
              "/long",
              request -> ServerResponse.ok().contentType(MediaType.TEXT_PLAIN).bodyValue(LONG))
          .GET(
              "/endless",
              request ->
                  ServerResponse.ok()
                      .contentType(MediaType.TEXT_PLAIN)
                      .body(Flux.just(LONG).concatWith(Flux.never()), String.class))
          .build();
    }
  }
}
