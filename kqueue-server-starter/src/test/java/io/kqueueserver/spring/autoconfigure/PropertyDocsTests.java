package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The README's table of properties and the metadata an IDE shows cannot part. */
@Tag("source")
class PropertyDocsTests {
  private static final String PREFIX = "kqueue.server.";

  @Test
  void everyPropertyHasADescription() throws IOException {
    for (JsonNode property : metadata().get("properties")) {
      assertThat(property.get("description")).as(property.get("name").asString()).isNotNull();
    }
  }

  /** The README has the few that people look for; {@code docs/properties.md} has all. */
  @Test
  void whatTheReadmeNamesExistsAndHasThatDefault() throws IOException {
    List<String> rows =
        Files.readAllLines(Path.of("../README.md")).stream()
            .filter(line -> line.startsWith("| `"))
            .toList();
    List<String> known = new ArrayList<>();
    for (JsonNode property : metadata().get("properties")) {
      String name = property.get("name").asString();
      known.add("| `" + name.substring(PREFIX.length()) + "` | " + shown(property, name) + " |");
    }

    assertThat(rows).isNotEmpty();
    assertThat(rows).allSatisfy(row -> assertThat(known).anyMatch(row::startsWith));
  }

  @Test
  void everyKeyOfTheHardeningBlockExists() throws IOException {
    String page = Files.readString(Path.of("../SECURITY.md"));
    String block = page.substring(page.indexOf("```properties\n"), page.lastIndexOf("```"));
    List<String> known = new ArrayList<>();
    for (JsonNode property : metadata().get("properties")) {
      known.add(property.get("name").asString());
    }
    List<String> keys =
        block
            .lines()
            .filter(line -> line.contains("="))
            .map(line -> line.substring(0, line.indexOf('=')))
            .toList();
    assertThat(keys).hasSizeGreaterThan(5).isSubsetOf(known);
  }

  private static String shown(JsonNode property, String name) {
    if (name.endsWith(".loops")) {
      return "processors";
    }
    JsonNode value = property.get("defaultValue");
    String text = value == null ? "" : value.asString();
    return text.startsWith("-1") ? "none" : text;
  }

  private static JsonNode metadata() throws IOException {
    try (InputStream in =
        PropertyDocsTests.class.getResourceAsStream(
            "/META-INF/spring-configuration-metadata.json")) {
      return JsonMapper.shared().readTree(Objects.requireNonNull(in));
    }
  }
}
