package io.kqueueserver.differential;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The echoing application on one server, in a process of its own. */
final class EchoProcess implements AutoCloseable {
  private static final String MAIN = "io.kqueueserver.benchmarks.differential.EchoApplication";
  private static final String PORT = "port: ";

  private final Process process;
  private final int port;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private EchoProcess(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  static EchoProcess start(Path classPaths, String server) throws IOException {
    String classPath = Files.readString(classPaths.resolve(server + ".classpath")).strip();
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-Xmx192m",
            "-cp",
            classPath,
            MAIN,
            "--server.address=127.0.0.1",
            "--server.port=0");
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    StringBuilder all = new StringBuilder();
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.startsWith(PORT)) {
        Thread rest = new Thread(() -> out.lines().forEach(ignored -> {}), "output of " + server);
        rest.setDaemon(true);
        rest.start();
        return new EchoProcess(process, Integer.parseInt(line.substring(PORT.length())));
      }
      all.append(line).append('\n');
    }
    throw new IOException(server + " does not start:\n" + all);
  }

  int port() {
    return port;
  }

  /** The requests since the last call. */
  List<String> seen() throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + port + "/seen");
    HttpRequest request = HttpRequest.newBuilder(uri).build();
    return client.send(request, BodyHandlers.ofString()).body().lines().toList();
  }

  /** Ends the standard input of the process, on which it ends itself. */
  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
