package io.kqueueserver.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.OpenFiles;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.watch.FileChange.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A watcher on a directory of its own, and how its tests speak of files. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class WatchFixture {
  static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path directory;
  FileWatcher watcher;

  /** The binding under test. */
  NativeOptions natives() {
    return NativeOptions.DEFAULTS;
  }

  FileWatcher.Builder builder() {
    // Polling must not be what makes a test pass.
    return FileWatcher.builder()
        .natives(natives())
        .debounce(Duration.ofMillis(10))
        .pollInterval(Duration.ofHours(1));
  }

  @BeforeEach
  void open() throws IOException {
    directory = directory.toRealPath();
    watcher = builder().build();
  }

  @AfterEach
  void closeAndLeaveNothingBehind() throws IOException {
    watcher.close();
    assertThat(OpenFiles.below(directory)).as("descriptors left open").isEmpty();
    assertThat(watcher.stats().descriptors).isZero();
    assertThat(watcher.stats().watches).isZero();
    assertThat(watcher.stats().polledWatches).isZero();
    assertThat(threads()).as("threads left behind").isEmpty();
  }

  /** The watcher's threads, all tests' of this JVM. */
  static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(Thread::getName)
        .filter(name -> name.startsWith("kqueue-watch"))
        .toList();
  }

  /** The reports to one listener. */
  static class Recorder implements WatchListener {
    private final List<FileChange> changes = new ArrayList<>();
    final List<WatchException> errors = new ArrayList<>();
    int callbacks;
    boolean overflow;

    @Override
    public void onChanges(FileChanges told) {
      synchronized (this) {
        changes.addAll(told.list());
        overflow |= told.overflow();
        callbacks++;
      }
    }

    @Override
    public synchronized void onError(WatchException error) {
      errors.add(error);
    }

    synchronized List<FileChange> all() {
      return List.copyOf(changes);
    }

    synchronized List<WatchException> errors() {
      return List.copyOf(errors);
    }

    synchronized int callbacks() {
      return callbacks;
    }

    private synchronized boolean take(FileChange change) {
      int index = changes.indexOf(change);
      if (index >= 0) {
        changes.subList(0, index + 1).clear();
      }
      return index >= 0;
    }

    /** Waits for a report. The report and those before it are dropped. */
    void hears(Kind kind, Path path) {
      FileChange change = new FileChange(path, kind);
      await().atMost(PATIENCE).alias(change + " of " + all()).until(() -> take(change));
    }
  }

  Recorder watch(Path path) {
    Recorder recorder = new Recorder();
    watcher.watch(path, recorder);
    return recorder;
  }

  static Path write(Path file, String content) throws IOException {
    return Files.writeString(file, content);
  }

  /** As most editors and tools save: into a new file, which then takes the name. */
  static void saveByRename(Path file, String content) throws IOException {
    Path temporary = Files.writeString(file.resolveSibling("." + file.getFileName()), content);
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Makes a link to a target, in one step if there was one. */
  static Path link(Path link, String target) throws IOException {
    Path temporary = link.resolveSibling(link.getFileName() + ".new");
    Files.createSymbolicLink(temporary, Path.of(target));
    return Files.move(temporary, link, StandardCopyOption.ATOMIC_MOVE);
  }

  static void deleteTree(Path root) throws IOException {
    try (Stream<Path> tree = Files.walk(root)) {
      for (Path path : tree.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
