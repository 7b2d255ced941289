package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** CONTRIBUTING.md says which test class holds what Spring asks of a server. */
@Tag("source")
class TestMapTests {
  private static final Path ROOT = Path.of("..");
  private static final Pattern NAME = Pattern.compile("`([A-Z]\\w+(?:Tests?|IT))`");

  @Test
  void everyClassOfTheStarterIsOnTheMap() throws IOException {
    Set<String> ours = classes(ROOT.resolve("kqueue-server-starter/src/test/java"));
    ours.remove(getClass().getSimpleName());
    ours.removeIf(name -> name.endsWith("ArchitectureTests"));
    assertThat(named()).containsAll(ours);
  }

  @Test
  void everyClassOnTheMapExists() throws IOException {
    Set<String> there = new TreeSet<>();
    for (String module :
        new String[] {
          "kqueue-server-core", "kqueue-server-starter", "actuator-extension", "sample-app"
        }) {
      there.addAll(classes(ROOT.resolve(module).resolve("src/test/java")));
    }
    assertThat(there).containsAll(named());
  }

  private static Set<String> named() throws IOException {
    String document = Files.readString(ROOT.resolve("CONTRIBUTING.md"));
    int begin = document.indexOf("**What Spring asks of a server**");
    assertThat(begin).isPositive();
    String map = document.substring(begin, document.indexOf("\n**", begin));
    return NAME.matcher(map).results().map(r -> r.group(1)).collect(Collectors.toSet());
  }

  private static Set<String> classes(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("\\w+(Tests?|IT)\\.java"))
          .map(name -> name.replace(".java", ""))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }
}
