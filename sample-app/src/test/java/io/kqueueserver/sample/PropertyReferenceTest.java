package io.kqueueserver.sample;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.sample.PropertyMetadata.Property;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/properties.md} and the metadata cannot part: its first half is made from ours, its
 * second must say something of every key of Spring Boot's, and what it says must be tested.
 */
@Tag("source")
class PropertyReferenceTest {
  private static final Path DOCUMENT = Path.of("../docs/properties.md");
  private static final Path STARTER_TESTS = Path.of("../kqueue-server-starter/src/test/java");
  private static final String BEGIN =
      "<!-- made from the configuration metadata: see PropertyReferenceTest -->\n";
  private static final String END = "\n<!-- end of what is made -->";
  private static final String COMMAND =
      "./mvnw -q test -pl sample-app -am -Dtest=PropertyReferenceTest"
          + " -Dsurefire.failIfNoSpecifiedTests=false -Dproperties.write=true";

  /** Keys a reactive server is never asked about. */
  private static final Pattern OF_OTHERS =
      Pattern.compile("server\\.(servlet|netty|jetty|tomcat)\\..*");

  private static final Pattern SENTENCES = Pattern.compile("[A-Z].*[^.]\\.", Pattern.DOTALL);
  private static final Pattern EXPLAINED =
      Pattern.compile("^\\| `([a-z0-9.-]+)` \\| ([^|]*) \\| ([^|]+) \\|$", Pattern.MULTILINE);

  @Test
  void theDocumentSaysWhatTheMetadataSays() throws IOException {
    String document = Files.readString(DOCUMENT);
    String made = new PropertyReference(PropertyMetadata.ours()).markdown();
    String wanted = before(document) + made + after(document);
    if (Boolean.getBoolean("properties.write")) {
      Files.writeString(DOCUMENT, wanted);
      return;
    }
    assertThat(document)
        .as("docs/properties.md does not fit the metadata. To write it anew: %s", COMMAND)
        .isEqualTo(wanted);
  }

  @Test
  void theDocumentNamesTheCommandThatWritesIt() throws IOException {
    assertThat(Files.readString(DOCUMENT)).contains(COMMAND);
  }

  @Test
  void everyKeyIsDescribedInSentences() throws IOException {
    assertThat(ours())
        .isNotEmpty()
        .allSatisfy(
            property -> assertThat(property.description()).as(property.name()).matches(SENTENCES));
  }

  @Test
  void everyKeyHasATypeAndADefaultOrAReasonForHavingNone() throws IOException {
    assertThat(ours())
        .allSatisfy(
            property -> {
              assertThat(property.type()).as("type of " + property.name()).isNotEmpty();
              assertThat(property.defaults() == null)
                  .as(
                      "%s has no default in the metadata. Give it one, or say in"
                          + " PropertyReference.WITHOUT_DEFAULT what happens without (and only then)",
                      property.name())
                  .isEqualTo(PropertyReference.WITHOUT_DEFAULT.containsKey(property.name()));
            });
  }

  @Test
  void valuesAreProposedOnlyForKeysThereAre() throws IOException {
    PropertyMetadata ours = PropertyMetadata.ours();
    assertThat(ours.properties().keySet()).containsAll(ours.hints().keySet());
  }

  @Test
  void whatEveryServerKeyOfSpringBootDoesHereIsSaidWithItsDefault() throws IOException {
    List<String> wanted =
        PropertyMetadata.springBoots().properties().values().stream()
            .filter(property -> property.name().startsWith("server."))
            .filter(property -> !property.deprecated())
            .filter(property -> !OF_OTHERS.matcher(property.name()).matches())
            .map(property -> property.name() + " " + PropertyReference.values(property.defaults()))
            .toList();
    List<String> explained = new ArrayList<>();
    for (MatchResult row : explained()) {
      if (row.group(1).startsWith("server.")) {
        explained.add(row.group(1) + " " + row.group(2).strip());
      }
    }

    assertThat(wanted).isNotEmpty();
    assertThat(explained).containsExactlyInAnyOrderElementsOf(wanted);
  }

  @Test
  void everyKeyThatIsExplainedExists() throws IOException {
    var known = PropertyMetadata.springBoots().properties().keySet();
    assertThat(explained())
        .isNotEmpty()
        .allSatisfy(row -> assertThat(known).contains(row.group(1)));
  }

  @Test
  void everyKeyThatIsExplainedIsSetByATest() throws IOException {
    String tests = sources(STARTER_TESTS) + sources(Path.of("src/test/java"));
    assertThat(explained())
        .isNotEmpty()
        .allSatisfy(
            row ->
                assertThat(Pattern.compile(Pattern.quote(row.group(1)) + "[=\\[]").matcher(tests))
                    .as("a test that sets %s and looks at what it does", row.group(1))
                    .matches(Matcher::find));
  }

  private static String sources(Path root) throws IOException {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        all.append(Files.readString(file));
      }
    }
    return all.toString();
  }

  private static List<Property> ours() throws IOException {
    return List.copyOf(PropertyMetadata.ours().properties().values());
  }

  private static List<MatchResult> explained() throws IOException {
    return EXPLAINED.matcher(after(Files.readString(DOCUMENT))).results().toList();
  }

  private static String before(String document) {
    int begin = document.indexOf(BEGIN);
    assertThat(begin).as("place of the first half").isPositive();
    return document.substring(0, begin + BEGIN.length());
  }

  private static String after(String document) {
    int end = document.indexOf(END);
    assertThat(end).as("end of the first half").isPositive();
    return document.substring(end);
  }
}
