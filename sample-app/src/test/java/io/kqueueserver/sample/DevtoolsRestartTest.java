package io.kqueueserver.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.ChildJvm;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The sample under spring-boot-devtools, which closes the context and starts it again in a new
 * class loader when a class has changed.
 */
class DevtoolsRestartTest {
  private static final Pattern STARTED = Pattern.compile("started on port (\\d+) \\(http\\)");
  private static final Pattern LOADERS =
      Pattern.compile("(\\d+) +\\d+ +\\S+\\.RestartClassLoader\\b");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path folder;
  @TempDir private Path watched;
  private Path out;
  private Path err;

  @BeforeEach
  void outputs() {
    out = folder.resolve("out");
    err = folder.resolve("err");
  }

  @Test
  void eachRestartServesAgainAndLeavesNoDescriptorThreadOrClassOfTheLast() throws Exception {
    assumeThat(Path.of("/proc/self/fd")).as("a /proc to look into").exists();
    Process app =
        ChildJvm.ofThisJdk()
            .start(
                List.of(
                    "-XX:SoftRefLRUPolicyMSPerMB=0",
                    "-cp",
                    System.getProperty("java.class.path"),
                    SampleApplication.class.getName(),
                    "--server.port=0",
                    "--kqueue.server.loops=2",
                    "--kqueue.server.file-watcher.enabled=true",
                    "--spring.devtools.livereload.enabled=false",
                    "--spring.devtools.restart.additional-paths=" + watched,
                    "--spring.devtools.restart.poll-interval=200ms",
                    "--spring.devtools.restart.quiet-period=100ms"),
                out,
                err);
    try {
      serves(app, 1);
      restart(app, 2);
      // Like with like: what a first start opens for good, such as jars, is open by now.
      Map<String, Integer> once = settled(app);
      assertThat(once).containsEntry("kqueue-loop", 2).containsKey("socket");
      restart(app, 3);
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(held(app)).isEqualTo(once));
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(loaders(app)).isEqualTo(2));
    } finally {
      app.destroy();
      if (!app.waitFor(30, TimeUnit.SECONDS)) {
        app.destroyForcibly();
      }
    }
  }

  private void restart(Process app, int starts) throws Exception {
    Files.createFile(watched.resolve("changed-" + starts));
    serves(app, starts);
  }

  /** Waits for so many starts and asks the last for JSON. */
  private void serves(Process app, int starts) throws Exception {
    List<String> ports = new ArrayList<>();
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              assertThat(app.isAlive()).as(() -> said(out) + said(err)).isTrue();
              ports.clear();
              STARTED.matcher(said(out)).results().map(r -> r.group(1)).forEach(ports::add);
              return ports.size() == starts;
            });
    assertThat(get(Integer.parseInt(ports.get(starts - 1)), "/api/greeting?name=again"))
        .endsWith("{\"message\":\"Hello, again!\"}");
  }

  /** By a connection that is closed afterwards. */
  private static String get(int port, String target) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      String request = "GET " + target + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String said(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** What is held when nothing comes or goes any more. */
  private static Map<String, Integer> settled(Process app) {
    AtomicReference<Map<String, Integer>> last = new AtomicReference<>(Map.of());
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              Map<String, Integer> now = held(app);
              return now.equals(last.getAndSet(now));
            });
    return last.get();
  }

  /** Descriptors by what they are, without those of jars, and our threads by name. */
  private static Map<String, Integer> held(Process app) throws IOException {
    Map<String, Integer> held = new TreeMap<>();
    Path proc = Path.of("/proc", String.valueOf(app.pid()));
    for (Path descriptor : children(proc.resolve("fd"))) {
      String target = read(descriptor, file -> Files.readSymbolicLink(file).toString());
      if (!target.isEmpty() && !target.endsWith(".jar")) {
        held.merge(target.replaceAll(":\\[\\d+\\]", ""), 1, Integer::sum);
      }
    }
    for (Path thread : children(proc.resolve("task"))) {
      String name = read(thread.resolve("comm"), file -> Files.readString(file).strip());
      if (name.startsWith("kqueue-")) {
        held.merge(name.replaceAll("-\\d+$", ""), 1, Integer::sum);
      }
    }
    return held;
  }

  /**
   * How many class loaders of the application are alive: the last, and the first as the context
   * class loader of Spring Boot's own shutdown hook. Spring's caches hold others by soft references
   * only, which this JVM clears at once.
   */
  private static int loaders(Process app) throws Exception {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    assumeThat(jcmd).as("a JDK, not a runtime only").exists();
    Process histogram =
        new ProcessBuilder(jcmd.toString(), String.valueOf(app.pid()), "GC.class_histogram")
            .redirectErrorStream(true)
            .start();
    String text = new String(histogram.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    return LOADERS.matcher(text).results().mapToInt(row -> Integer.parseInt(row.group(1))).sum();
  }

  private static List<Path> children(Path directory) throws IOException {
    try (Stream<Path> children = Files.list(directory)) {
      return children.toList();
    }
  }

  /** Empty if it is gone since it was listed. */
  private static String read(Path file, Reading reading) throws IOException {
    try {
      return reading.of(file);
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  private interface Reading {
    String of(Path file) throws IOException;
  }
}
