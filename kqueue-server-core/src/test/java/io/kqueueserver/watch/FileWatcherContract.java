package io.kqueueserver.watch;

import static io.kqueueserver.watch.FileChange.Kind.ATTRIBUTES;
import static io.kqueueserver.watch.FileChange.Kind.CREATED;
import static io.kqueueserver.watch.FileChange.Kind.DELETED;
import static io.kqueueserver.watch.FileChange.Kind.MODIFIED;
import static io.kqueueserver.watch.FileChange.Kind.REPLACED;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.OpenFiles;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The reports of a watcher about files, directories and links, on every event queue. */
abstract class FileWatcherContract extends WatchFixture {

  // ---- a file

  @Test
  void aWriteIsTold() throws IOException {
    Path file = write(directory.resolve("f"), "one");
    Recorder told = watch(file);
    write(file, "two");
    told.hears(MODIFIED, file);
    Files.writeString(file, "more", StandardOpenOption.APPEND);
    told.hears(MODIFIED, file);
  }

  @Test
  void aWriteThatLeavesSizeAndTimeAloneIsTold() throws IOException {
    Path file = write(directory.resolve("f"), "one");
    var time = Files.getLastModifiedTime(file);
    Recorder told = watch(file);
    for (String content : new String[] {"two", "six", "ten"}) {
      write(file, content);
      Files.setLastModifiedTime(file, time);
      told.hears(MODIFIED, file);
    }
  }

  @Test
  void truncatingIsTold() throws IOException {
    Path file = write(directory.resolve("f"), "one");
    Recorder told = watch(file);
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.setLength(1);
      told.hears(MODIFIED, file);
      access.write('x');
    }
    told.hears(MODIFIED, file);
  }

  @Test
  void aSaveByRenameIsTold() throws IOException {
    Path file = write(directory.resolve("f"), "one");
    Recorder told = watch(file);
    for (int i = 0; i < 3; i++) {
      saveByRename(file, "two");
      told.hears(REPLACED, file);
    }
    write(file, "three");
    told.hears(MODIFIED, file);
  }

  @Test
  void deletingAndMakingItAgainIsTold() throws IOException {
    Path file = write(directory.resolve("f"), "one");
    Recorder told = watch(file);
    Files.delete(file);
    told.hears(DELETED, file);
    write(file, "two");
    told.hears(CREATED, file);
    write(file, "three");
    told.hears(MODIFIED, file);
  }

  @Test
  void renamingAwayAndBackIsTold() throws IOException {
    Path file = write(directory.resolve("f"), "one");
    Path away = directory.resolve("g");
    Recorder told = watch(file);
    Files.move(file, away);
    told.hears(DELETED, file);
    write(away, "unseen");
    Files.move(away, file);
    told.hears(CREATED, file);
    write(file, "two");
    told.hears(MODIFIED, file);
  }

  @Test
  void permissionsAreTold() throws IOException {
    Path file = write(directory.resolve("f"), "one");
    Recorder told = watch(file);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    told.hears(ATTRIBUTES, file);
    assertThat(told.all()).isEmpty();
  }

  @Test
  void aFileThatComesLaterIsTold() throws IOException {
    Path file = directory.resolve("a/b/c/f");
    Recorder told = watch(file);
    Files.createDirectories(directory.resolve("a"));
    Files.createDirectories(file.getParent());
    write(file, "one");
    told.hears(CREATED, file);
    write(file, "two");
    told.hears(MODIFIED, file);
  }

  @Test
  void aFileWhoseDirectoryIsRemovedAndMadeAgainIsTold() throws IOException {
    Path parent = Files.createDirectories(directory.resolve("a/b"));
    Path file = write(parent.resolve("f"), "one");
    Recorder told = watch(file);
    for (int i = 0; i < 3; i++) {
      deleteTree(directory.resolve("a"));
      told.hears(DELETED, file);
      Files.createDirectories(parent);
      write(file, "two");
      told.hears(CREATED, file);
    }
    write(file, "three");
    told.hears(MODIFIED, file);
  }

  @Test
  void aDirectoryAboveThatIsRenamedTakesTheFileAway() throws IOException {
    Path file = Files.createDirectories(directory.resolve("a/b/c")).resolve("f");
    write(file, "one");
    Recorder told = watch(file);
    Files.move(directory.resolve("a"), directory.resolve("x"));
    told.hears(DELETED, file);
    Files.move(directory.resolve("x"), directory.resolve("a"));
    told.hears(CREATED, file);
    write(file, "two");
    told.hears(MODIFIED, file);
  }

  @Test
  void theWatchedFileMayBecomeADirectoryAndBack() throws IOException {
    Path path = write(directory.resolve("f"), "one");
    Recorder told = watch(path);
    Files.delete(path);
    Files.createDirectory(path);
    told.hears(REPLACED, path);
    write(path.resolve("entry"), "x");
    told.hears(CREATED, path.resolve("entry"));
    deleteTree(path);
    write(path, "two");
    told.hears(REPLACED, path);
  }

  @Test
  void oneSaveIsOneCallback() throws IOException {
    watcher.close();
    watcher = builder().debounce(Duration.ofSeconds(1)).build();
    Path file = write(directory.resolve("f"), "one");
    Recorder told = watch(file);
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.setLength(0);
      for (int i = 0; i < 50; i++) {
        access.write("line\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      }
    }
    told.hears(MODIFIED, file);
    Recorder another = watch(directory.resolve("fence"));
    write(directory.resolve("fence"), "");
    another.hears(CREATED, directory.resolve("fence"));
    assertThat(told.callbacks()).isEqualTo(1);
  }

  @Test
  void aFifoIsNotOpened() throws Exception {
    Path fifo = directory.resolve("fifo");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
    Recorder ofFifo = watch(fifo);
    Recorder ofDirectory = watch(directory);
    Files.delete(fifo);
    ofFifo.hears(DELETED, fifo);
    ofDirectory.hears(DELETED, fifo);
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
    ofFifo.hears(CREATED, fifo);
    ofDirectory.hears(CREATED, fifo);
  }

  // ---- links

  @Test
  void aLinkThatIsTurnedIsTold() throws IOException {
    Path one = write(directory.resolve("one"), "1");
    Path two = write(directory.resolve("two"), "2");
    Path link = link(directory.resolve("link"), "one");
    Recorder told = watch(link);
    write(one, "1.1");
    told.hears(MODIFIED, link);
    link(link, "two");
    told.hears(REPLACED, link);
    write(one, "1.2");
    write(two, "2.1");
    told.hears(MODIFIED, link);
    Files.delete(two);
    told.hears(DELETED, link);
  }

  @Test
  void aChainOfLinksIsFollowedAtEachStep() throws IOException {
    Path first = Files.createDirectories(directory.resolve("v1/app"));
    Path second = Files.createDirectories(directory.resolve("v2/app"));
    write(first.resolve("f"), "1");
    write(second.resolve("f"), "2");
    Path links = Files.createDirectories(directory.resolve("links"));
    link(links.resolve("current"), "../v1");
    link(links.resolve("app"), directory + "/links/./current/app");
    Path file = link(directory.resolve("f"), "links/app/../app/f");
    Recorder told = watch(file);
    link(links.resolve("current"), "../v2");
    told.hears(REPLACED, file);
    write(second.resolve("f"), "3");
    told.hears(MODIFIED, file);
    deleteTree(directory.resolve("v2"));
    told.hears(DELETED, file);
    Files.createDirectories(second);
    write(second.resolve("f"), "4");
    told.hears(CREATED, file);
  }

  @Test
  void aDanglingLinkGetsItsTarget() throws IOException {
    Path link = link(directory.resolve("link"), "later/file");
    Recorder told = watch(link);
    Path target = Files.createDirectory(directory.resolve("later")).resolve("file");
    write(target, "1");
    told.hears(CREATED, link);
  }

  @Test
  void aCircleOfLinksIsNothingUntilItIsMended() throws IOException {
    Path a = link(directory.resolve("a"), "b");
    link(directory.resolve("b"), "a");
    Recorder told = watch(a);
    write(directory.resolve("file"), "1");
    link(directory.resolve("b"), "file");
    told.hears(CREATED, a);
    link(directory.resolve("b"), "b");
    told.hears(DELETED, a);
  }

  @Test
  void aKubernetesVolumeIsToldAsItIsSwapped() throws IOException {
    Path volume = kubernetes("..2026_1", "one");
    link(volume.resolve("..data"), "..2026_1");
    Path file = link(volume.resolve("app.yml"), "..data/app.yml");
    Recorder ofFile = watch(file);
    Recorder ofVolume = watch(volume);
    for (int i = 2; i < 6; i++) {
      kubernetes("..2026_" + i, "content " + i);
      link(volume.resolve("..data"), "..2026_" + i);
      deleteTree(volume.resolve("..2026_" + (i - 1)));
      ofFile.hears(REPLACED, file);
      ofVolume.hears(REPLACED, file);
      assertThat(Files.readString(file)).isEqualTo("content " + i);
    }
  }

  private Path kubernetes(String version, String content) throws IOException {
    Path volume = directory.resolve("volume");
    Path data = Files.createDirectories(volume.resolve(version));
    write(data.resolve("app.yml"), content);
    return volume;
  }

  // ---- a directory

  @Test
  void entriesAreToldByPath() throws IOException {
    Path kept = write(directory.resolve("kept"), "1");
    Recorder told = watch(directory);
    Path file = write(directory.resolve("new"), "1");
    told.hears(CREATED, file);
    write(file, "2");
    told.hears(MODIFIED, file);
    write(kept, "2");
    told.hears(MODIFIED, kept);
    saveByRename(kept, "3");
    told.hears(REPLACED, kept);
    write(kept, "4");
    told.hears(MODIFIED, kept);
    Files.setPosixFilePermissions(kept, PosixFilePermissions.fromString("rw-------"));
    told.hears(ATTRIBUTES, kept);
    Files.delete(file);
    told.hears(DELETED, file);
    Path sub = Files.createDirectory(directory.resolve("sub"));
    told.hears(CREATED, sub);
    Files.delete(sub);
    told.hears(DELETED, sub);
  }

  @Test
  void anEntryThatIsALinkIsToldByWhatItLeadsTo() throws IOException {
    Path outside = Files.createDirectory(directory.resolve("outside"));
    Path inside = Files.createDirectory(directory.resolve("inside"));
    Path entry = link(inside.resolve("entry"), "../outside/current/f");
    Recorder told = watch(inside);
    write(Files.createDirectory(outside.resolve("v1")).resolve("f"), "1");
    write(Files.createDirectory(outside.resolve("v2")).resolve("f"), "2");
    link(outside.resolve("current"), "v1");
    told.hears(CREATED, entry);
    link(outside.resolve("current"), "v2");
    told.hears(REPLACED, entry);
    write(outside.resolve("v2/f"), "3");
    told.hears(MODIFIED, entry);
  }

  @Test
  void aDirectoryThatComesGoesAndComesAgainIsToldWithItsEntries() throws IOException {
    Path watched = directory.resolve("a/dir");
    Path file = watched.resolve("f");
    Recorder told = watch(watched);
    for (int i = 0; i < 3; i++) {
      Files.createDirectories(watched);
      told.hears(CREATED, watched);
      write(file, "1");
      told.hears(CREATED, file);
      deleteTree(directory.resolve("a"));
      told.hears(DELETED, file);
    }
  }

  @Test
  void anEmptyDirectoryThatGoesIsTold() throws IOException {
    Path watched = Files.createDirectory(directory.resolve("empty"));
    Recorder told = watch(watched);
    Files.delete(watched);
    told.hears(DELETED, watched);
    Files.createDirectory(watched);
    told.hears(CREATED, watched);
  }

  // ---- several watches

  @Test
  void twoWatchesOfOneFileAreBothToldAndOneMayEnd() throws IOException {
    Path file = write(directory.resolve("f"), "1");
    Recorder first = watch(file);
    Recorder second = new Recorder();
    Watch ending = watcher.watch(file, second);
    write(file, "2");
    first.hears(MODIFIED, file);
    second.hears(MODIFIED, file);
    ending.close();
    write(file, "3");
    first.hears(MODIFIED, file);
    assertThat(second.all()).isEmpty();
  }

  @Test
  void twoNamesOfOneFileAreWatchedByOneDescriptor() throws IOException {
    Path file = write(directory.resolve("f"), "1");
    Path hard = Files.createLink(directory.resolve("hard"), file);
    Recorder first = watch(file);
    long descriptors = watcher.stats().descriptors;
    Recorder second = watch(hard);
    assertThat(watcher.stats().descriptors).isEqualTo(descriptors);
    write(hard, "2");
    first.hears(MODIFIED, file);
    second.hears(MODIFIED, hard);
    Files.delete(file);
    first.hears(DELETED, file);
    write(hard, "3");
    second.hears(MODIFIED, hard);
  }

  @Test
  void aDirectoryOnTheWayOfOneWatchMayBeWatchedByAnother() throws IOException {
    Path above = Files.createDirectories(directory.resolve("a/b"));
    Recorder below = watch(write(above.resolve("f"), "1"));
    Recorder told = watch(directory.resolve("a"));
    Path entry = write(directory.resolve("a/new"), "1");
    told.hears(CREATED, entry);
    write(above.resolve("f"), "2");
    below.hears(MODIFIED, above.resolve("f"));
  }

  @Test
  void aWatchThatEndsGivesBackItsDescriptors() throws IOException {
    Path other = Files.createDirectory(directory.resolve("other"));
    write(other.resolve("f"), "1");
    Recorder kept = watch(write(directory.resolve("f"), "1"));
    long before = watcher.stats().descriptors;
    Watch watch = watcher.watch(other, new Recorder());
    assertThat(OpenFiles.below(other)).hasSize(2);
    assertThat(watcher.stats().descriptors).isGreaterThan(before);
    watch.close();
    watch.close();
    assertThat(OpenFiles.below(other)).isEmpty();
    assertThat(watcher.stats().descriptors).isEqualTo(before);
    write(directory.resolve("f"), "2");
    kept.hears(MODIFIED, directory.resolve("f"));
  }

  @Test
  void aPauseKeepsTheWatchesAndTellsWhatChangedMeanwhile() throws IOException {
    Path file = write(directory.resolve("f"), "1");
    Path gone = write(directory.resolve("gone"), "1");
    Recorder told = watch(directory);
    watcher.pause();
    assertThat(OpenFiles.below(directory)).isEmpty();
    assertThat(threads()).isEmpty();
    write(file, "longer");
    Files.delete(gone);
    Path came = write(directory.resolve("came"), "1");
    watcher.resume();
    told.hears(DELETED, gone);
    assertThat(watcher.isOpen()).isTrue();
    write(came, "2");
    told.hears(MODIFIED, came);
  }
}
