package io.kqueueserver.ffi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** docs/platforms.md and the ABI rows name the same systems, and say how each is known. */
@Tag("source")
class PlatformsDocTest {
  private static final Pattern ABI = Pattern.compile("\\| `([a-z]+-[a-z0-9_]+)` \\|");

  private static List<String> rows() throws IOException {
    return Files.readAllLines(Path.of("../docs/platforms.md")).stream()
        .filter(line -> ABI.matcher(line).find())
        .toList();
  }

  private static String abi(String row) {
    return ABI.matcher(row).results().findFirst().orElseThrow().group(1);
  }

  @Test
  void everySystemWithAnAbiHasARowAndNoOther() throws IOException {
    assertThat(rows().stream().map(PlatformsDocTest::abi))
        .containsExactlyInAnyOrderElementsOf(Abi.systems());
  }

  @Test
  void everyRowSaysHowTheSystemIsKnown() throws IOException {
    assertThat(rows())
        .allMatch(row -> row.contains("| by execution") || row.contains("| by table"));
  }

  @Test
  void theReadmeCallsTestedWhatTheDocumentHasByExecution() throws IOException {
    Set<String> executed =
        rows().stream()
            .filter(row -> row.contains("| by execution"))
            .map(PlatformsDocTest::abi)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(executed).containsExactly("linux-x86_64");
    assertThat(Files.readAllLines(Path.of("../README.md")))
        .filteredOn(line -> line.startsWith("|") && line.contains("tested"))
        .singleElement()
        .asString()
        .startsWith("| Linux x86_64 |");
  }
}
