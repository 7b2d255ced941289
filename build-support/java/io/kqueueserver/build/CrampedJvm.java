package io.kqueueserver.build;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A JVM of this JDK that may open few descriptors. It is driven by lines to its input, and ends by
 * itself when that ends.
 */
public final class CrampedJvm implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 20;

  private final Process process;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final Thread reader = new Thread(this::read);

  private CrampedJvm(Process process) {
    this.process = process;
    reader.start();
  }

  /**
   * Starts the main class.
   *
   * @param descriptors how many may be open (ulimit -n)
   */
  public static CrampedJvm start(int descriptors, Class<?> main, String... arguments)
      throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> command = new ArrayList<>(List.of("sh", "-c"));
    command.add("ulimit -n " + descriptors + " && exec '" + java + "' -Xmx64m -cp \"$CP\" \"$@\"");
    command.add("sh");
    command.add(main.getName());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("CP", System.getProperty("java.class.path"));
    return new CrampedJvm(builder.start());
  }

  private void read() {
    try (BufferedReader output =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line; (line = output.readLine()) != null; ) {
        lines.add(line);
      }
    } catch (IOException e) {
      lines.add(e.toString());
    }
  }

  /** What the child prints, its errors too, line by line. */
  public BlockingQueue<String> lines() {
    return lines;
  }

  /** Sends a line to the child. */
  public void send(String line) throws IOException {
    process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  /** Ends the child's input, and awaits its end; kills a child that does not end. */
  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      reader.join();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /** The exit value of the child, which has ended. */
  public int exitValue() {
    return process.exitValue();
  }
}
