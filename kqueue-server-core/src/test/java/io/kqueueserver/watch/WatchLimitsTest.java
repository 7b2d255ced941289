package io.kqueueserver.watch;

import static io.kqueueserver.watch.FileChange.Kind.CREATED;
import static io.kqueueserver.watch.FileChange.Kind.MODIFIED;
import static io.kqueueserver.watch.FileChange.Kind.REPLACED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.OpenFiles;
import io.kqueueserver.ffi.ForeignLibrary;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.ffi.NativeUnavailableException;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a watcher refuses, in which words, and how it goes on at a limit. */
class WatchLimitsTest extends WatchFixture {
  private static final Duration SOON = Duration.ofMillis(20);

  @Test
  void moreWatchesThanAllowedAreRefused() {
    watcher.close();
    watcher = builder().maxWatches(1).build();
    Watch first = watcher.watch(directory, new Recorder());
    assertThatThrownBy(() -> watch(directory.resolve("f")))
        .isInstanceOf(WatchException.class)
        .hasMessage(
            directory.resolve("f")
                + " cannot be watched: max-watches 1 is reached; raise it or watch less");
    first.close();
    watch(directory.resolve("f"));
  }

  @Test
  void moreDescriptorsThanAllowedAreRefusedAndNoneIsKept() throws IOException {
    Path many = Files.createDirectory(directory.resolve("many"));
    for (int i = 0; i < 50; i++) {
      write(many.resolve("f" + i), "");
    }
    watcher.close();
    watcher = builder().maxDescriptors(40).build();
    assertThatThrownBy(() -> watch(many))
        .isInstanceOfSatisfying(
            WatchException.class, e -> assertThat(e.reason()).isEqualTo("max-descriptors"))
        .hasMessageContaining("max-descriptors 40 is reached");
    assertThat(watcher.stats().descriptors).isZero();
    assertThat(OpenFiles.below(directory)).isEmpty();
  }

  @Test
  void entriesWithoutADescriptorArePolledAndTheListenerIsTold() throws IOException {
    Path many = Files.createDirectory(directory.resolve("many"));
    watcher.close();
    watcher = builder().maxDescriptors(20).pollInterval(SOON).build();
    Recorder told = watch(many);
    for (int i = 10; i < 40; i++) {
      write(many.resolve("f" + i), "");
    }
    Path last = many.resolve("f39");
    told.hears(CREATED, last);
    await().until(() -> !told.errors().isEmpty());
    assertThat(told.errors().get(0)).hasMessageContaining("max-descriptors 20 is reached");
    assertThat(watcher.stats().polledWatches).isEqualTo(1);
    write(last, "found by looking");
    told.hears(MODIFIED, last);

    for (int i = 10; i < 30; i++) {
      Files.delete(many.resolve("f" + i));
    }
    await().until(() -> watcher.stats().polledWatches == 0);
    write(last, "found by its event, again");
    told.hears(MODIFIED, last);
  }

  @Test
  void aDirectoryWithMoreEntriesThanAllowedIsRefused() throws IOException {
    watcher.close();
    watcher = builder().maxEntries(3).build();
    for (int i = 0; i < 4; i++) {
      write(directory.resolve("f" + i), "");
    }
    assertThatThrownBy(() -> watch(directory))
        .isInstanceOf(WatchException.class)
        .hasMessage(
            directory + " cannot be watched: max-entries 3 is reached; raise it or watch less");
  }

  @Test
  void aDirectoryThatGrowsTooLargeIsAnErrorUntilItShrinks() throws IOException {
    watcher.close();
    watcher = builder().maxEntries(3).pollInterval(SOON).build();
    Recorder told = watch(directory);
    for (int i = 0; i < 4; i++) {
      write(directory.resolve("f" + i), "");
    }
    await().until(() -> !told.errors().isEmpty());
    long rescans = watcher.stats().rescans;
    await().until(() -> watcher.stats().rescans > rescans + 3);
    assertThat(told.errors()).as("told once").hasSize(1);
    assertThat(told.errors().get(0)).hasMessageContaining("max-entries 3");
    assertThat(watcher.stats().errors).isEqualTo(1);
    Files.delete(directory.resolve("f0"));
    told.hears(CREATED, directory.resolve("f3"));
    await().until(() -> watcher.stats().polledWatches == 0);
  }

  @Test
  void aMissingPathIsRefusedToWhomItMustExist() {
    Path missing = directory.resolve("missing");
    assertThatThrownBy(() -> watcher.watchExisting(missing, new Recorder()))
        .isInstanceOf(WatchException.class)
        .hasMessage(
            "open("
                + missing
                + "): ENOENT - no such file; create it, or use watch(), which waits for it");
    assertThat(watcher.stats().watches).isZero();
  }

  @Test
  void aCircleOfLinksIsRefusedToWhomItMustExist() throws IOException {
    Path link = link(directory.resolve("link"), "link");
    assertThatThrownBy(() -> watcher.watchExisting(link, new Recorder()))
        .hasMessageContaining("ELOOP - too many symbolic links");
  }

  @Test
  void aPathOfAnotherFileSystemIsRefused() throws IOException {
    Path zip = directory.resolve("f.zip");
    try (FileSystem other = FileSystems.newFileSystem(zip, Map.of("create", "true"))) {
      assertThatThrownBy(() -> watch(other.getPath("/f")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("default file system");
    }
  }

  @Test
  void nothingIsWatchedWhilePausedOrAfterTheEnd() {
    watcher.pause();
    assertThatThrownBy(() -> watch(directory))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith("this watcher is paused");
    watcher.close();
    watcher.resume();
    assertThatThrownBy(() -> watch(directory)).hasMessageEndingWith("this watcher is closed");
  }

  @Test
  void aLibraryThatOpensNoFilesIsRefused() {
    String abi = "freebsd-x86_64";
    String library = ForeignLibrary.compile(abi, "system_on_linux.c", "-DNO_OPEN").toString();
    assertThatThrownBy(
            () ->
                FileWatcher.builder().natives(new NativeOptions(null, null, library, abi)).build())
        .isInstanceOf(NativeUnavailableException.class)
        .hasMessageContaining(library)
        .hasMessageContaining("it has no open(2); unset the option native.library");
  }

  @Test
  void optionsOutOfBoundsAreRefusedByName() {
    assertThatThrownBy(() -> FileWatcher.builder().maxEntries(0).build())
        .hasMessage("max-entries is 0; it must be at least 1");
    assertThatThrownBy(() -> FileWatcher.builder().debounce(Duration.ofMillis(-1)).build())
        .hasMessageStartingWith("debounce is PT-0.001S; it must be from PT0S to");
    assertThatThrownBy(() -> FileWatcher.builder().pollInterval(Duration.ZERO).build())
        .hasMessageStartingWith("poll-interval is PT0S; it must be from PT0.01S to");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nfs", "NFS4", "cifs", "9p", "virtiofs", "fuse.sshfs", "vboxsf"})
  void fileSystemsOthersWriteToArePolled(String type) {
    assertThat(RemoteFileSystems.isRemote(type)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "xfs", "tmpfs", "overlay", "apfs", "ufs", "zfs", "fuseblk"})
  void localFileSystemsAreNot(String type) {
    assertThat(RemoteFileSystems.isRemote(type)).isFalse();
  }

  @Test
  void whereTheQueueCannotWatchFilesTheyArePolled() throws IOException {
    watcher.close();
    watcher = builder().natives(withoutVnodes()).pollInterval(SOON).build();
    Path file = write(directory.resolve("f"), "1");
    Recorder told = watch(file);
    assertThat(watcher.stats().polledWatches).isEqualTo(1);
    write(file, "longer");
    told.hears(MODIFIED, file);
    saveByRename(file, "other");
    told.hears(REPLACED, file);
    assertThat(watcher.stats().events).isZero();
    assertThat(told.errors()).isEmpty();
  }

  @Test
  void aFileThatIsAwayWhileItIsOpenedIsTriedAgain() throws IOException {
    watcher.close();
    watcher = builder().natives(missing("-DOPEN_MISSES=2")).build();
    Path file = write(directory.resolve("f"), "1");
    Recorder told = watch(directory);
    saveByRename(file, "2");
    told.hears(REPLACED, file);
    write(file, "3");
    told.hears(MODIFIED, file);
    assertThat(told.errors()).isEmpty();
    assertThat(watcher.stats().polledWatches).isZero();
  }

  @Test
  void aFileThatIsThereButCannotBeOpenedIsPolled() throws IOException {
    watcher.close();
    watcher = builder().natives(missing("-DOPEN_MISSES=1000000")).pollInterval(SOON).build();
    Path file = write(directory.resolve("f"), "1");
    Recorder told = watch(directory);
    write(file, "longer");
    told.hears(MODIFIED, file);
    assertThat(told.errors()).isEmpty();
    assertThat(watcher.stats().polledWatches).isEqualTo(1);
  }

  private static NativeOptions missing(String flag) {
    String abi = "openbsd-x86_64";
    String library = ForeignLibrary.compile(abi, "system_on_linux.c", flag).toString();
    return new NativeOptions(null, null, library, abi);
  }

  private static NativeOptions withoutVnodes() {
    String abi = "netbsd-x86_64";
    String library = ForeignLibrary.compile(abi, "kqueue_on_linux.c", "-DNO_VNODE").toString();
    return new NativeOptions(library, abi, null, null);
  }
}
