package io.kqueueserver.build;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.opentest4j.TestAbortedException;

/** A JVM beside the test's own: for what a JVM does only once, or what another release does. */
public final class ChildJvm {
  private static final int PATIENCE_SECONDS = 60;

  private final Path home;
  private final List<String> options = new ArrayList<>();
  private String classPath = System.getProperty("java.class.path");
  private Path directory = Path.of("").toAbsolutePath();
  private List<String> launcher = List.of();

  private ChildJvm(Path home) {
    this.home = home;
  }

  /** What a child left behind. */
  public record Result(int exit, String out, String err) {}

  public static ChildJvm ofThisJdk() {
    return new ChildJvm(Path.of(System.getProperty("java.home")));
  }

  /**
   * A child on another release: this JVM's own, that of {@code JAVA_HOME_<n>_<arch>} as GitHub's
   * runners set it, or what lies in /usr/lib/jvm or /usr/local.
   *
   * @throws TestAbortedException if there is none
   */
  public static ChildJvm ofJdk(int feature) throws IOException {
    if (Runtime.version().feature() == feature) {
      return ofThisJdk();
    }
    List<Path> homes = new ArrayList<>();
    System.getenv()
        .forEach(
            (name, value) -> {
              if (name.startsWith("JAVA_HOME_" + feature + "_")) {
                homes.add(Path.of(value));
              }
            });
    for (String folder : List.of("/usr/lib/jvm", "/usr/local", "/usr/pkg/java")) {
      homes.addAll(children(Path.of(folder), "*" + feature + "*"));
    }
    for (Path home : homes) {
      if (isRelease(home, feature)) {
        return new ChildJvm(home);
      }
    }
    throw new TestAbortedException(
        "no JDK " + feature + ": set JAVA_HOME_" + feature + "_X64, or install it in /usr/lib/jvm");
  }

  private static List<Path> children(Path folder, String pattern) throws IOException {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, pattern)) {
        stream.forEach(found::add);
      }
    }
    return found;
  }

  private static boolean isRelease(Path home, int feature) throws IOException {
    Path release = home.resolve("release");
    if (!Files.isExecutable(home.resolve("bin/java")) || !Files.isRegularFile(release)) {
      return false;
    }
    Properties properties = new Properties();
    try (var in = Files.newInputStream(release)) {
      properties.load(in);
    }
    String version = properties.getProperty("JAVA_VERSION", "").replace("\"", "");
    return version.equals("" + feature) || version.startsWith(feature + ".");
  }

  public ChildJvm options(String... added) {
    options.addAll(List.of(added));
    return this;
  }

  /** Takes entries of the class path away, by a part of their file name. */
  public ChildJvm without(String jar) {
    List<String> kept = new ArrayList<>();
    for (String entry : classPath.split(File.pathSeparator, -1)) {
      if (!Path.of(entry).getFileName().toString().toLowerCase(Locale.ROOT).contains(jar)) {
        kept.add(entry);
      }
    }
    classPath = String.join(File.pathSeparator, kept);
    return this;
  }

  /** A command that becomes the JVM (exec) when it has prepared the process. */
  public ChildJvm launchedBy(String... command) {
    launcher = List.of(command);
    return this;
  }

  public ChildJvm in(Path workingDirectory) {
    directory = workingDirectory;
    return this;
  }

  /** Runs a main class to its end. */
  public Result run(Class<?> main, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("-cp", classPath, main.getName()));
    command.addAll(List.of(arguments));
    return run(command);
  }

  private Result run(List<String> what) throws IOException, InterruptedException {
    Path out = Files.createTempFile("child", ".out");
    Path err = Files.createTempFile("child", ".err");
    try {
      Process child = start(what, out, err);
      if (!child.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        child.destroyForcibly();
        throw new AssertionError("the child does not end; it said: " + Files.readString(out));
      }
      return new Result(child.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  /** Starts a jar or a class with its output in two files; the caller ends it. */
  public Process start(List<String> what, Path out, Path err) throws IOException {
    List<String> command = new ArrayList<>(launcher);
    command.add(home.resolve("bin/java").toString());
    command.addAll(options);
    command.addAll(what);
    return new ProcessBuilder(command)
        .directory(directory.toFile())
        .redirectOutput(out.toFile())
        .redirectError(err.toFile())
        .start();
  }
}
