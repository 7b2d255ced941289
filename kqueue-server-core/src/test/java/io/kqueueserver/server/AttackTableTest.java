package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** docs/attacks.md names tests that exist. */
@Tag("source")
class AttackTableTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern NAMED = Pattern.compile("`(\\w+Tests?)#(\\w+)`");

  @Test
  void everyTestOfTheTableExists() throws IOException {
    Map<String, String> sources = sources();
    List<String> missing =
        NAMED
            .matcher(Files.readString(ROOT.resolve("docs/attacks.md")))
            .results()
            .filter(r -> !sources.getOrDefault(r.group(1), "").contains(" " + r.group(2) + "("))
            .map(r -> r.group(1) + "#" + r.group(2))
            .toList();
    assertThat(missing).isEmpty();
  }

  @Test
  void everyAttackHasATest() throws IOException {
    List<String> rows =
        Files.readAllLines(ROOT.resolve("docs/attacks.md")).stream()
            .filter(line -> line.startsWith("| ") && !line.startsWith("| attack"))
            .filter(line -> !line.startsWith("| ---"))
            .toList();
    assertThat(rows).hasSizeGreaterThan(20).allMatch(row -> NAMED.matcher(row).find());
  }

  private static Map<String, String> sources() throws IOException {
    Map<String, String> sources = new HashMap<>();
    for (String module : new String[] {"kqueue-server-core", "kqueue-server-starter"}) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/test/java"))) {
        files
            .filter(file -> file.getFileName().toString().matches("\\w+Tests?\\.java"))
            .forEach(
                file ->
                    sources.put(file.getFileName().toString().replace(".java", ""), read(file)));
      }
    }
    return sources;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
