package io.kqueueserver.ffi;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.opentest4j.TestAbortedException;

/**
 * C libraries that behave like another system's, compiled when a test asks for one. What they take
 * for that system's numbers is the compiled record in the test resources, not our own tables.
 */
public final class ForeignLibrary {
  private static final ConcurrentHashMap<List<String>, Path> COMPILED = new ConcurrentHashMap<>();

  private ForeignLibrary() {}

  /**
   * Compiles sources of src/test/native for an ABI row.
   *
   * @throws TestAbortedException if this machine has no C compiler or is not Linux
   */
  public static Path compile(String abi, String source, String... flags) {
    List<String> key = new ArrayList<>(List.of(abi, source));
    key.addAll(List.of(flags));
    return COMPILED.computeIfAbsent(key, k -> build(abi, source, flags));
  }

  private static Path build(String abi, String source, String... flags) {
    if (!System.getProperty("os.name").equals("Linux")) {
      throw skipped(abi + ": the stand-in libraries are written for Linux");
    }
    try {
      Path directory = Files.createTempDirectory("foreign-" + abi);
      directory.toFile().deleteOnExit();
      Path header = directory.resolve("foreign.h");
      Files.write(header, defines(abi));
      header.toFile().deleteOnExit();
      Path library = directory.resolve("libforeign.so");
      library.toFile().deleteOnExit();
      List<String> command =
          new ArrayList<>(List.of("cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-pthread"));
      command.addAll(List.of(flags));
      command.addAll(List.of("-I", directory.toString(), "-o", library.toString()));
      command.add(Path.of("src/test/native", source).toAbsolutePath().toString());
      Process cc = start(command, abi);
      String output = new String(cc.getInputStream().readAllBytes(), UTF_8);
      if (cc.waitFor() != 0) {
        throw new AssertionError(String.join(" ", command) + "\n" + output);
      }
      return library;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Process start(List<String> command, String abi) {
    try {
      return new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw skipped(abi + ": no C compiler (cc): " + e.getMessage());
    }
  }

  private static TestAbortedException skipped(String why) {
    System.err.println("SKIPPED, not executed for ABI " + why);
    return new TestAbortedException(why);
  }

  private static List<String> defines(String abi) throws IOException {
    Properties record = new Properties();
    String resource =
        "/abi/" + (abi.equals("libkqueue") ? "libkqueue-x86_64" : abi) + ".properties";
    try (InputStream in = ForeignLibrary.class.getResourceAsStream(resource)) {
      record.load(in);
    }
    List<String> lines = new ArrayList<>();
    for (String row : new TreeSet<>(record.stringPropertyNames())) {
      String value = record.getProperty(row);
      if (row.startsWith("sym.")) {
        lines.add("#define SYM_" + row.substring(4) + " " + value);
      } else if (value.matches("-?\\d+")) {
        lines.add("#define FOREIGN_" + row.replace('.', '_') + " " + value);
      }
    }
    boolean sized = record.getProperty("fn.kevent.sig", "").contains("i64");
    lines.add("#define COUNT_T " + (sized ? "size_t" : "int"));
    return lines;
  }
}
