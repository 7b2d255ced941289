package io.kqueueserver.server;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The descriptors of this process, where the system lists them. */
final class Descriptors {
  private static final File LIST = list();

  private Descriptors() {}

  /** The number of open descriptors; always 0 if it is unknown, so that any two are equal. */
  static int open() {
    String[] names = LIST == null ? null : LIST.list();
    return names == null ? 0 : names.length;
  }

  /**
   * Which are open that a server may have opened, with what each is. Not files: the JVM opens and
   * closes jars and cgroup files whenever it likes, which made a mere count fail.
   */
  static Set<String> ofServers() {
    String[] names = LIST == null ? null : LIST.list();
    return Stream.of(names == null ? new String[0] : names)
        .map(name -> name + " " + target(name))
        .filter(descriptor -> !descriptor.contains(" /"))
        .collect(Collectors.toSet());
  }

  /** All that are open, by number, with what each is; as many as {@link #open} counts. */
  static Map<String, String> all() {
    String[] names = LIST == null ? null : LIST.list();
    return Stream.of(names == null ? new String[0] : names)
        .collect(Collectors.toMap(name -> name, Descriptors::target));
  }

  private static String target(String name) {
    Path link = Path.of(LIST.getPath(), name);
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (NoSuchFileException e) {
      return "/"; // closed meanwhile, as is what listed them
    } catch (IOException e) {
      return ""; // macOS lists them without saying what they are
    }
  }

  private static File list() {
    File linux = new File("/proc/self/fd");
    if (linux.isDirectory()) {
      return linux;
    }
    // macOS lists all of them; a BSD without fdescfs has the first three only, which is no answer.
    if (System.getProperty("os.name").startsWith("Mac")) {
      return new File("/dev/fd");
    }
    System.out.println("[SKIPPED] leaked descriptors: this system does not list a process's own");
    return null;
  }
}
