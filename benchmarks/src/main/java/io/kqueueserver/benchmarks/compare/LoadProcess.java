package io.kqueueserver.benchmarks.compare;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** One client process: {@code wrk} or {@code load}. It is killed when it passes its deadline. */
final class LoadProcess implements AutoCloseable {
  private static final long STOP_DEADLINE_SECONDS = 10;
  private static final ScheduledExecutorService DEADLINES =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "deadlines of clients");
            thread.setDaemon(true);
            return thread;
          });

  private final Process process;
  private final BufferedReader output;
  private final ScheduledFuture<?> deadline;
  private final StringBuilder printed = new StringBuilder();

  LoadProcess(List<String> command, long deadlineSeconds) throws IOException {
    process = Children.start(new ProcessBuilder(command).redirectErrorStream(true));
    output = process.inputReader(StandardCharsets.UTF_8);
    deadline = DEADLINES.schedule(process::destroyForcibly, deadlineSeconds, TimeUnit.SECONDS);
  }

  void awaitReady() throws IOException {
    awaitLine("ready");
  }

  /** The figures of the line that begins with {@code requests=}. */
  Map<String, Double> awaitResult() throws IOException {
    Map<String, Double> figures = new HashMap<>();
    for (String pair : awaitLine("requests=").split(" ")) {
      int equals = pair.indexOf('=');
      figures.put(pair.substring(0, equals), Double.parseDouble(pair.substring(equals + 1)));
    }
    return figures;
  }

  /** Tells a holder of idle connections to let go. */
  void endInput() throws IOException {
    process.getOutputStream().close();
  }

  private String awaitLine(String beginning) throws IOException {
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith(beginning)) {
        return line;
      }
      printed.append(line).append('\n');
    }
    throw new IOException(
        "client ended without a result, or was stopped at its deadline: " + printed);
  }

  @Override
  public void close() {
    deadline.cancel(false);
    Children.stop(process, STOP_DEADLINE_SECONDS);
  }
}
