package io.kqueueserver.benchmarks.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A JVM of the benchmarks that gets commands on its standard input and answers in lines. The child
 * ends with its input, so that it does not outlive the parent.
 */
public abstract class ChildProcess implements AutoCloseable {
  private static final long EXIT_SECONDS = 20;

  private final Process process;
  private final BufferedReader answers;
  private final PrintStream commands;

  protected ChildProcess(List<String> jvmOptions, Class<?> main, String... arguments) {
    this(List.of(), jvmOptions, main, arguments);
  }

  /**
   * Starts the JVM.
   *
   * @param before a command that runs another, such as {@code taskset -c 0}; empty for none
   */
  protected ChildProcess(
      List<String> before, List<String> jvmOptions, Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>(before);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    if (Runtime.version().feature() >= 22) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(jvmOptions);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    try {
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    commands = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
  }

  protected final void send(String command) {
    commands.println(command);
  }

  /** The rest of the next line that begins so; other lines are passed on to our standard error. */
  protected final String answer(String prefix) {
    try {
      for (String line; (line = answers.readLine()) != null; ) {
        if (line.startsWith(prefix)) {
          return line.substring(prefix.length());
        }
        System.err.println(line);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new IllegalStateException(
        "process " + process.pid() + " ended before it said '" + prefix + "'");
  }

  /** Passes all further lines on, so that no log fills the pipe; no answer is awaited any more. */
  protected final void passOn() {
    Thread reader = new Thread(() -> answers.lines().forEach(System.err::println), "log");
    reader.setDaemon(true);
    reader.start();
  }

  public final long pid() {
    return process.pid();
  }

  /** Ends it, by force if it does not come to its end. */
  @Override
  public void close() {
    commands.close();
    try {
      if (!process.waitFor(EXIT_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("process " + process.pid() + " does not end; killing it");
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
