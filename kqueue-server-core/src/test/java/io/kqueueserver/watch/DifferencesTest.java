package io.kqueueserver.watch;

import static io.kqueueserver.queue.EventFlag.NOTE_ATTRIB;
import static io.kqueueserver.queue.EventFlag.NOTE_EXTEND;
import static io.kqueueserver.queue.EventFlag.NOTE_LINK;
import static io.kqueueserver.queue.EventFlag.NOTE_WRITE;
import static io.kqueueserver.watch.FileChange.Kind.ATTRIBUTES;
import static io.kqueueserver.watch.FileChange.Kind.CREATED;
import static io.kqueueserver.watch.FileChange.Kind.DELETED;
import static io.kqueueserver.watch.FileChange.Kind.MODIFIED;
import static io.kqueueserver.watch.FileChange.Kind.REPLACED;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.watch.FileChange.Kind;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DifferencesTest {
  private static final Path PATH = Path.of("f");
  private static final FileState FILE = state(1, FileState.Type.FILE, 10, 1000, "rw-r--r--");
  private static final FileState DIRECTORY = state(2, FileState.Type.DIRECTORY, 0, 0, "rwxr-xr-x");

  @Test
  void nothingIsToldOfWhatStaysAsItWas() {
    assertThat(kind(FILE, FILE, 0)).isNull();
    assertThat(kind(DIRECTORY, DIRECTORY, 0)).isNull();
  }

  @Test
  void comingAndGoingIsTold() {
    assertThat(kind(null, FILE, 0)).isEqualTo(CREATED);
    assertThat(kind(FILE, null, 0)).isEqualTo(DELETED);
  }

  @Test
  void anotherIdentityOrTypeIsAnotherFile() {
    assertThat(kind(FILE, state(3, FileState.Type.FILE, 10, 1000, "rw-r--r--"), 0))
        .isEqualTo(REPLACED);
    assertThat(kind(FILE, state(1, FileState.Type.DIRECTORY, 0, 0, "rw-r--r--"), 0))
        .isEqualTo(REPLACED);
  }

  @Test
  void contentIsKnownBySizeTimeOrTheKernel() {
    assertThat(kind(FILE, state(1, FileState.Type.FILE, 11, 1000, "rw-r--r--"), 0))
        .isEqualTo(MODIFIED);
    assertThat(kind(FILE, state(1, FileState.Type.FILE, 10, 1001, "rw-r--r--"), 0))
        .isEqualTo(MODIFIED);
    assertThat(kind(FILE, FILE, NOTE_WRITE)).isEqualTo(MODIFIED);
    assertThat(kind(FILE, FILE, NOTE_EXTEND)).isEqualTo(MODIFIED);
  }

  @Test
  void attributesAreToldWhenContentIsNot() {
    assertThat(kind(FILE, state(1, FileState.Type.FILE, 10, 1000, "rwxr--r--"), 0))
        .isEqualTo(ATTRIBUTES);
    assertThat(kind(FILE, FILE, NOTE_ATTRIB)).isEqualTo(ATTRIBUTES);
    assertThat(kind(FILE, FILE, NOTE_ATTRIB | NOTE_WRITE)).isEqualTo(MODIFIED);
    assertThat(kind(DIRECTORY, state(2, FileState.Type.DIRECTORY, 0, 0, "rwx------"), 0))
        .isEqualTo(ATTRIBUTES);
  }

  @Test
  void aLinkMadeToTheFileIsNoChangeOfIt() {
    assertThat(kind(FILE, FILE, NOTE_LINK)).isNull();
    assertThat(kind(FILE, FILE, NOTE_LINK | NOTE_ATTRIB)).isNull();
  }

  @Test
  void whatIsWrittenIntoADirectoryIsNoChangeOfIt() {
    assertThat(kind(DIRECTORY, DIRECTORY, NOTE_WRITE | NOTE_LINK | NOTE_EXTEND)).isNull();
  }

  /** Every pair of changes in a row; {@code -} where nothing is left to tell. */
  @ParameterizedTest
  @CsvSource({
    "CREATED, CREATED, CREATED",
    "CREATED, MODIFIED, CREATED",
    "CREATED, REPLACED, CREATED",
    "CREATED, DELETED, -",
    "CREATED, ATTRIBUTES, CREATED",
    "MODIFIED, CREATED, CREATED",
    "MODIFIED, MODIFIED, MODIFIED",
    "MODIFIED, REPLACED, REPLACED",
    "MODIFIED, DELETED, DELETED",
    "MODIFIED, ATTRIBUTES, MODIFIED",
    "REPLACED, CREATED, REPLACED",
    "REPLACED, MODIFIED, REPLACED",
    "REPLACED, REPLACED, REPLACED",
    "REPLACED, DELETED, DELETED",
    "REPLACED, ATTRIBUTES, REPLACED",
    "DELETED, CREATED, REPLACED",
    "DELETED, MODIFIED, REPLACED",
    "DELETED, REPLACED, REPLACED",
    "DELETED, DELETED, DELETED",
    "DELETED, ATTRIBUTES, REPLACED",
    "ATTRIBUTES, CREATED, CREATED",
    "ATTRIBUTES, MODIFIED, MODIFIED",
    "ATTRIBUTES, REPLACED, REPLACED",
    "ATTRIBUTES, DELETED, DELETED",
    "ATTRIBUTES, ATTRIBUTES, ATTRIBUTES",
  })
  void twoChangesInARowAreToldAsOne(Kind first, Kind second, String expected) {
    Kind merged = Differences.merged(first, second);
    assertThat(merged == null ? "-" : merged.name()).isEqualTo(expected);
  }

  private static @Nullable Kind kind(
      @Nullable FileState before, @Nullable FileState after, int notes) {
    List<FileChange> changes = Differences.between(picture(before), picture(after), path -> notes);
    return changes.isEmpty() ? null : changes.get(0).kind();
  }

  private static Map<Path, FileState> picture(@Nullable FileState state) {
    return state == null ? Map.of() : Map.of(PATH, state);
  }

  private static FileState state(
      int key, FileState.Type type, long size, long millis, String permissions) {
    return new FileState(
        key, type, size, FileTime.fromMillis(millis), PosixFilePermissions.fromString(permissions));
  }
}
