package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kqueueserver.KqueueServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a request costs in system calls, as strace(1) counts them: one read, one write, a share of
 * one wait. In a JVM of its own, whose loop thread is known by its waits.
 */
@EnabledOnOs(value = OS.LINUX, disabledReason = "strace and epoll_wait are Linux's")
class SystemCallsTest {
  private static final int REQUESTS = 1000;

  /** Connect, first registration, the end: once, not per request. */
  private static final int ONCE = 20;

  private static final Pattern ON_SOCKET_OR_QUEUE =
      Pattern.compile("[a-z0-9_]+\\(\\d+<(socket|TCP|anon_inode)");

  @TempDir Path directory;

  /** The child: serves until its input ends. */
  static final class Main {
    private Main() {}

    public static void main(String[] args) throws IOException {
      KqueueServer server =
          KqueueServer.builder()
              .port(0)
              .loops(1)
              .handler(exchange -> ServerExtension.answer(exchange, 200, "alpha"))
              .build();
      server.start();
      System.out.println("port " + server.port());
      while (System.in.read() >= 0) {}
      server.stop();
    }
  }

  @Test
  void aKeepAliveRequestIsOneReadOneWriteAndAShareOfOneWait() throws Exception {
    Map<String, Long> calls =
        callsOfTheLoop(
            peer -> {
              for (int i = 0; i < REQUESTS; i++) {
                assertThat(peer.get("/").response().body()).isEqualTo("alpha");
              }
            });

    assertThat(calls.remove("read")).isBetween((long) REQUESTS, REQUESTS + (long) ONCE);
    assertThat(calls.remove("write")).isBetween((long) REQUESTS, REQUESTS + (long) ONCE);
    assertThat(calls.remove("epoll_wait")).isLessThan(REQUESTS + (long) ONCE);
    assertThat(calls.values().stream().mapToLong(Long::longValue).sum())
        .as("all other calls: %s", calls)
        .isLessThan(ONCE);
  }

  @Test
  void pipelinedRequestsShareTheirReadsAndWrites() throws Exception {
    int depth = 10;
    String batch = "GET / HTTP/1.1\r\nHost: t\r\n\r\n".repeat(depth);
    Map<String, Long> calls =
        callsOfTheLoop(
            peer -> {
              for (int i = 0; i < REQUESTS / depth; i++) {
                peer.send(batch);
                for (int j = 0; j < depth; j++) {
                  assertThat(peer.response().body()).isEqualTo("alpha");
                }
              }
            });

    assertThat(calls.get("read")).isLessThan(REQUESTS / depth + (long) ONCE);
    assertThat(calls.get("write")).isLessThan(REQUESTS / depth + (long) ONCE);
  }

  private interface Load {
    void on(WirePeer peer) throws IOException;
  }

  /** System calls by name of the thread that waits for events. */
  private Map<String, Long> callsOfTheLoop(Load load) throws Exception {
    Process child = startTraced();
    try (BufferedReader output = child.inputReader()) {
      String first = output.readLine();
      assertThat(first).as("what the server says at its start").startsWith("port ");
      try (WirePeer peer = WirePeer.connect(Integer.parseInt(first.substring(5)))) {
        load.on(peer);
      }
      child.getOutputStream().close();
      assertThat(child.waitFor(20, TimeUnit.SECONDS)).as("ended by itself").isTrue();
    } finally {
      child.destroyForcibly();
    }
    for (Path trace : traces()) { // one per thread
      List<String> names = namesIn(trace);
      if (names.contains("epoll_wait")) {
        return names.stream()
            .collect(
                Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
      }
    }
    throw new AssertionError("no thread waited for events");
  }

  private List<Path> traces() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }

  /**
   * Lines are {@code name(fd<what it is>, ...) = result}. Only what is done to sockets and queues
   * counts: a JVM also reads classes and waits for its collector on this thread.
   */
  private static List<String> namesIn(Path trace) throws IOException {
    try (Stream<String> lines = Files.lines(trace, StandardCharsets.ISO_8859_1)) {
      return lines
          .filter(line -> ON_SOCKET_OR_QUEUE.matcher(line).lookingAt())
          .map(line -> line.substring(0, line.indexOf('(')))
          .map(name -> name.equals("epoll_pwait") ? "epoll_wait" : name) // what aarch64 has
          .toList();
    }
  }

  private Process startTraced() throws IOException, InterruptedException {
    assumeTrue(canTrace(), "strace is not installed, or may not trace here");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> command =
        List.of(
            "strace",
            "-ff",
            "-y",
            "-o",
            directory.resolve("thread").toString(),
            java,
            "-Xmx64m",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName());
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static boolean canTrace() throws InterruptedException {
    try {
      Process trial = new ProcessBuilder("strace", "-o", "/dev/null", "true").inheritIO().start();
      return trial.waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
