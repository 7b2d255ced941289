package io.kqueueserver.build;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The files that this process has open, where the system lists them. */
public final class OpenFiles {
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  private OpenFiles() {}

  /** Whether the system lists them. */
  public static boolean areListed() {
    return Files.isDirectory(DESCRIPTORS);
  }

  /**
   * The target of each descriptor that is the file, or is in the directory or the directory itself.
   * A file that was deleted counts. None if the system lists no descriptors.
   */
  public static List<Path> below(Path path) {
    if (!areListed()) {
      return List.of();
    }
    try (Stream<Path> descriptors = Files.list(DESCRIPTORS)) {
      return descriptors
          .flatMap(OpenFiles::target)
          .filter(target -> target.startsWith(path) || isDeleted(target, path))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isDeleted(Path target, Path path) {
    return target.toString().equals(path + " (deleted)");
  }

  private static Stream<Path> target(Path descriptor) {
    try {
      return Stream.of(Files.readSymbolicLink(descriptor));
    } catch (IOException e) {
      return Stream.empty(); // closed since it was listed: that of the listing itself, for one
    }
  }
}
