package io.kqueueserver.spring.accesslog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSinkTests {
  private static final long NOW = Records.END;
  private static final String TODAY = day(NOW);

  @TempDir Path directory;

  private static String day(long millis) {
    return LocalDate.ofInstant(Instant.ofEpochMilli(millis), ZoneId.systemDefault()).toString();
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void linesAreAppendedToWhatIsThere() throws IOException {
    Path file = directory.resolve("logs/sub/a.log");
    FileSink sink = new FileSink(file, -1, false, 5);
    sink.write("one\n", NOW);
    assertThat(file).hasContent("one\n");
    sink.close();
    sink.write("two\n", NOW);
    sink.close();
    sink.close();
    assertThat(file).hasContent("one\ntwo\n");
  }

  @Test
  void aFileThatWouldGrowTooLargeIsRolledOverAndTheOldestGo() throws IOException {
    Path file = directory.resolve("a.log");
    Files.writeString(directory.resolve("a.log.2026-01-01.keep"), "not ours");
    Files.writeString(directory.resolve("a.log.2020-01-01"), "oldest");
    FileSink sink = new FileSink(file, 10, false, 2);
    for (int i = 0; i < 4; i++) {
      sink.write("line " + i + "..\n", NOW);
    }
    sink.close();
    assertThat(names())
        .containsExactly(
            "a.log", "a.log.2026-01-01.keep", "a.log." + TODAY + ".1", "a.log." + TODAY + ".2");
    assertThat(file).hasContent("line 3..\n");
    assertThat(directory.resolve("a.log." + TODAY + ".2")).hasContent("line 2..\n");
  }

  @Test
  void theFirstLineOfADayRollsOverEvenAfterARestart() throws IOException {
    Path file = directory.resolve("a.log");
    Files.writeString(file, "yesterday\n");
    long yesterday = Instant.ofEpochMilli(NOW).minus(1, ChronoUnit.DAYS).toEpochMilli();
    Files.setLastModifiedTime(file, FileTime.fromMillis(yesterday));
    FileSink sink = new FileSink(file, -1, true, 0);
    sink.write("today\n", NOW);
    sink.write("today\n", NOW);
    long tomorrow = Instant.ofEpochMilli(NOW).plus(1, ChronoUnit.DAYS).toEpochMilli();
    sink.write("tomorrow\n", tomorrow);
    sink.close();
    assertThat(names()).containsExactly("a.log", "a.log." + day(yesterday), "a.log." + TODAY);
    assertThat(directory.resolve("a.log." + TODAY)).hasContent("today\ntoday\n");
    assertThat(file).hasContent("tomorrow\n");
  }

  @Test
  void aLineThatWasCutShortDoesNotBecomeTheBeginningOfTheNext() throws IOException {
    Path file = Files.writeString(directory.resolve("a.log"), "whole\nhalf of a li");
    FileSink sink = new FileSink(file, -1, false, 5);
    sink.write("next\n", NOW);
    sink.write("and next\n", NOW);
    sink.close();
    assertThat(file).hasContent("whole\nhalf of a li\nnext\nand next\n");
  }

  @Test
  void aFileThatCannotBeOpenedIsTriedAgain() throws IOException {
    Path file = Files.createDirectory(directory.resolve("a.log"));
    FileSink sink = new FileSink(file, -1, false, 5);
    assertThatIOException().isThrownBy(() -> sink.write("lost\n", NOW));
    Files.delete(file);
    sink.write("written\n", NOW);
    sink.close();
    assertThat(file).hasContent("written\n");
  }
}
