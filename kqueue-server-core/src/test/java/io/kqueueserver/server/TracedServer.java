package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * {@link WorkloadServer} in a JVM of its own under strace(1), which writes a file per thread. The
 * calls of a connection are those of its loop's thread from its accept(2) to its close(2), so a
 * test has one connection open at a time.
 */
final class TracedServer implements AutoCloseable {
  /**
   * A call on a socket, a queue or the served file: {@code name(fd<what it is>, ...) = result}. A
   * JVM also reads classes and waits for its collector on a loop's thread.
   */
  private static final Pattern CALL =
      Pattern.compile("([a-z0-9_]+)\\(\\d+<(socket|TCP|anon_inode|/[^>]*/served)");

  /** The ports of server and client, and the descriptor. */
  private static final Pattern ACCEPTED =
      Pattern.compile("accept4\\(\\d+<.*?:(\\d+)]>, .*_port=htons\\((\\d+)\\).* = (\\d+)<.*");

  private final Path traces;
  private final Process child;

  /** Of the servers, in the order of {@link WorkloadServer}. */
  private final List<Integer> ports;

  private TracedServer(Path traces, Process child, List<Integer> ports) {
    this.traces = traces;
    this.child = child;
    this.ports = ports;
  }

  /** Starts the server. Skips the test where strace is missing, or may not trace. */
  static TracedServer start(Path directory) throws IOException, InterruptedException {
    assumeTrue(canTrace(), "strace is not installed, or may not trace here");
    Path file = Files.write(directory.resolve("served"), new byte[WorkloadServer.LARGE_FILE_BYTES]);
    Path traces = Files.createDirectory(directory.resolve("traces"));
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process child =
        new ProcessBuilder(
                List.of(
                    "strace",
                    "-ff",
                    "-yy",
                    "-s0",
                    "-o",
                    traces.resolve("thread").toString(),
                    java,
                    "-Xmx64m",
                    "-XX:+UseSerialGC",
                    "-cp",
                    System.getProperty("java.class.path"),
                    WorkloadServer.class.getName(),
                    file.toString()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      BufferedReader output = child.inputReader();
      String first = output.readLine();
      assertThat(first).as("what the server says at its start").isNotNull();
      return new TracedServer(
          traces, child, Stream.of(first.split(" ")).map(Integer::valueOf).toList());
    } catch (IOException | RuntimeException | Error e) {
      child.destroyForcibly();
      throw e;
    }
  }

  private static boolean canTrace() throws InterruptedException {
    try {
      Process trial = new ProcessBuilder("strace", "-o", "/dev/null", "true").inheritIO().start();
      return trial.waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  int port() {
    return ports.get(0);
  }

  int tlsPort() {
    return ports.get(1);
  }

  int portOfManyLoops() {
    return ports.get(2);
  }

  /**
   * The system calls by name that the loop has made from the accept of the first connection to the
   * close of the last, both included. Awaits that close.
   *
   * @param first the client's socket of the first connection
   * @param last that of the last
   */
  Map<String, Long> calls(Socket first, Socket last) {
    return await().until(() -> callsSoFar(first, last), calls -> !calls.isEmpty());
  }

  /** The calls; empty while the connection is open. */
  private Map<String, Long> callsSoFar(Socket first, Socket last) throws IOException {
    for (List<String> thread : threads()) {
      int from = accept(thread, first);
      int to = from < 0 ? -1 : close(thread, accept(thread, last));
      if (to >= 0) {
        return count(thread.subList(from, to + 1));
      }
    }
    return Map.of();
  }

  /**
   * How often the loops of the server of these connections have called accept(2), with and without
   * success. Awaits that all of them are accepted.
   */
  long accepts(List<Socket> clients) throws IOException {
    String listener = ":" + clients.get(0).getPort() + "]>, ";
    await().until(() -> clients.stream().allMatch(this::isAccepted));
    return threads().stream()
        .flatMap(List::stream)
        .filter(line -> line.startsWith("accept4(") && line.contains(listener))
        .count();
  }

  /** How often the thread that has accepted the connection has let other threads run. */
  long yields(Socket client) {
    await().until(() -> isAccepted(client));
    return threads().stream()
        .filter(thread -> accept(thread, client) >= 0)
        .flatMap(List::stream)
        .filter(line -> line.startsWith("sched_yield()"))
        .count();
  }

  private boolean isAccepted(Socket client) {
    return threads().stream().anyMatch(thread -> accept(thread, client) >= 0);
  }

  /** The lines of each thread. */
  private List<List<String>> threads() {
    List<List<String>> all = new ArrayList<>();
    try (Stream<Path> files = Files.list(traces)) {
      for (Path thread : files.toList()) {
        all.add(Files.readAllLines(thread, StandardCharsets.ISO_8859_1));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all;
  }

  /** The index of the line that accepts the connection; -1 if there is none. */
  private static int accept(List<String> lines, Socket client) {
    for (int i = 0; i < lines.size(); i++) {
      Matcher accepted = ACCEPTED.matcher(lines.get(i));
      if (accepted.matches()
          && Integer.parseInt(accepted.group(1)) == client.getPort()
          && Integer.parseInt(accepted.group(2)) == client.getLocalPort()) {
        return i;
      }
    }
    return -1;
  }

  /** The index of the line that closes the connection that this line accepts; -1 for none. */
  private static int close(List<String> lines, int accept) {
    if (accept < 0) {
      return -1;
    }
    Matcher accepted = ACCEPTED.matcher(lines.get(accept));
    assertThat(accepted.matches()).isTrue();
    String closed = "close(" + accepted.group(3) + "<";
    for (int i = accept; i < lines.size(); i++) {
      if (lines.get(i).startsWith(closed) && lines.get(i).contains(" = ")) {
        return i;
      }
    }
    return -1;
  }

  private static Map<String, Long> count(List<String> lines) {
    return lines.stream()
        .map(TracedServer::name)
        .filter(name -> !name.isEmpty())
        .collect(Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
  }

  /** The name of the call of a line; empty if it does not count. */
  private static String name(String line) {
    Matcher call = CALL.matcher(line);
    if (!call.lookingAt()) {
      return "";
    }
    return switch (call.group(1)) {
      case "epoll_pwait" -> "epoll_wait"; // what aarch64 has
      case "sendto" -> line.contains("MSG_MORE") ? "sendto MSG_MORE" : "sendto";
      default -> call.group(1);
    };
  }

  /** Ends the server. */
  @Override
  public void close() {
    try {
      child.getOutputStream().close();
      assertThat(child.waitFor(20, TimeUnit.SECONDS)).as("ended by itself").isTrue();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      child.destroyForcibly();
    }
  }
}
