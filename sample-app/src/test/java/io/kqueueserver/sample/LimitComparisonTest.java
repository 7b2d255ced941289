package io.kqueueserver.sample;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.stats.Limit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code docs/limits.md} has each limit beside other servers', with the test that meets it. */
@Tag("source")
class LimitComparisonTest {
  private static final Path ROOT = Path.of("..");
  private static final String SECTION = "## Beside other servers";

  /** The limit, five servers, the test. */
  private static final int CELLS = 7;

  private final List<List<String>> rows = rows();

  LimitComparisonTest() throws IOException {}

  @Test
  void everyLimitHasARowInTheOrderOfTheOtherTable() {
    assertThat(rows.stream().map(row -> row.get(0)))
        .containsExactly(
            Arrays.stream(Limit.values())
                .map(limit -> "`" + limit.tag() + "`")
                .toArray(String[]::new));
  }

  @Test
  void everyRowSaysSomethingOfEachServer() {
    for (List<String> row : rows) {
      assertThat(row).as(row.get(0)).hasSize(CELLS).noneMatch(String::isBlank);
    }
  }

  @Test
  void theTestOfEachRowExistsAndNamesTheLimit() throws IOException {
    for (int i = 0; i < rows.size(); i++) {
      Limit limit = Limit.values()[i];
      String test = rows.get(i).get(CELLS - 1).replace("`", "");
      assertThat(sources(test))
          .as("%s, which meets %s", test, limit)
          .anyMatch(source -> source.matches("(?s).*\\b" + limit.name() + "\\b.*"));
    }
  }

  private static List<List<String>> rows() throws IOException {
    String document = Files.readString(ROOT.resolve("docs/limits.md"));
    int begin = document.indexOf(SECTION);
    assertThat(begin).as(SECTION).isPositive();
    return document
        .substring(begin, document.indexOf("\n## ", begin + 1))
        .lines()
        .filter(line -> line.startsWith("| `"))
        .map(line -> List.of(line.substring(2, line.length() - 2).split(" \\| ", -1)))
        .toList();
  }

  private static List<String> sources(String name) throws IOException {
    try (Stream<Path> files = Files.walk(ROOT.resolve("kqueue-server-core/src/test/java"))) {
      return files
          .filter(file -> file.endsWith(name + ".java"))
          .map(LimitComparisonTest::text)
          .toList();
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
