package io.kqueueserver.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A thousand saves as fast as the disk takes them, by the ways of several editors in a random order
 * (of a printed seed), while a reader reads the file at each report. When it is quiet, the reader
 * must have read the last content: it has no other way to know of it.
 */
class WatchStressTest extends WatchFixture {
  private static final int SAVES = 1_000;

  /** Reads the reported file. */
  private static final class Reader implements WatchListener {
    private final Map<Path, String> content = new ConcurrentHashMap<>();
    private final List<WatchException> errors = new ArrayList<>();

    @Override
    public void onChanges(FileChanges changes) {
      for (FileChange change : changes.list()) {
        try {
          content.put(change.path(), Files.isDirectory(change.path()) ? "" : read(change.path()));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }

    private static String read(Path path) throws IOException {
      try {
        return Files.readString(path);
      } catch (NoSuchFileException e) {
        return "(none)";
      }
    }

    @Override
    public synchronized void onError(WatchException error) {
      errors.add(error);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 10})
  void theLastContentIsAlwaysRead(int debounceMillis) throws IOException {
    watcher.close();
    watcher = builder().debounce(Duration.ofMillis(debounceMillis)).build();
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    Path real = Files.createDirectories(directory.resolve("v0")).resolve("f");
    write(real, "0");
    link(directory.resolve("current"), "v0");
    Path linked = directory.resolve("current/f");
    Reader ofFile = new Reader();
    Reader ofDirectory = new Reader();
    watcher.watch(linked, ofFile);
    watcher.watch(directory.resolve("current"), ofDirectory);

    int version = 0;
    for (int i = 1; i <= SAVES; i++) {
      String content = String.valueOf(10_000 + i); // all of one length
      int way = random.nextInt(6);
      if (way == 5) {
        version++;
        deploy(version, content);
      } else {
        save(linked.toRealPath(), content, way);
      }
      if (i == SAVES || random.nextInt(40) == 0) {
        for (Reader reader : List.of(ofFile, ofDirectory)) {
          await()
              .alias(
                  "save " + i + " by way " + way + ", seed " + seed + " " + watcher.stats().events)
              .atMost(PATIENCE)
              .until(() -> content.equals(reader.content.get(linked)));
        }
      }
    }
    assertThat(ofFile.errors).isEmpty();
    assertThat(ofDirectory.errors).isEmpty();
    assertThat(watcher.stats().callbackFailures).isZero();
    assertThat(watcher.stats().descriptors).as("none piles up").isLessThan(20);
  }

  private static void save(Path file, String content, int way) throws IOException {
    switch (way) {
      case 0 -> write(file, content); // in place: truncates and writes
      case 1 -> saveByRename(file, content);
      case 2 -> { // deletes first
        Files.delete(file);
        write(file, content);
      }
      case 3 -> { // keeps a backup, under a name it deletes before
        Path backup = file.resolveSibling("f~");
        Files.move(file, backup, StandardCopyOption.REPLACE_EXISTING);
        write(file, content);
        Files.delete(backup);
      }
      default -> { // away and back, written while away
        Path away = file.resolveSibling("away");
        Files.move(file, away);
        write(away, content);
        Files.move(away, file);
      }
    }
  }

  /** As Kubernetes updates a volume: a new directory, a link turned, the old directory removed. */
  private void deploy(int version, String content) throws IOException {
    Path next = Files.createDirectory(directory.resolve("v" + version));
    write(next.resolve("f"), content);
    link(directory.resolve("current"), "v" + version);
    deleteTree(directory.resolve("v" + (version - 1)));
  }
}
