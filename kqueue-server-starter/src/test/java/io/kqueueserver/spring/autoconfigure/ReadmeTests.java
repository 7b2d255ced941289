package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringBootVersion;

/**
 * The README's first steps. Its snippets are the files of {@code src/it/standalone}, a project that
 * {@code verify} builds, starts and asks; so no snippet is on the page that does not work.
 */
@Tag("source")
class ReadmeTests {
  private static final Path OUTSIDE = Path.of("src/it/standalone");

  private final String readme = Files.readString(Path.of("../README.md"));

  ReadmeTests() throws IOException {}

  @Test
  void applicationIsTheOneThatTheBuildStarts() throws IOException {
    Path source = Path.of("src/main/java/com/example/hello/HelloApplication.java");

    assertThat(snippets("java")).first().isEqualTo(Files.readString(OUTSIDE.resolve(source)));
    assertThat(readme).contains("`" + source + "`");
  }

  @Test
  void projectIsTheOneThatTheBuildBuilds() throws IOException {
    List<String> snippets = snippets("xml");
    String manifestEntry = plain(snippets.get(1));
    String outside = plain(Files.readString(OUTSIDE.resolve("pom.xml")));

    assertThat(outside).contains(manifestEntry);
    assertThat(plain(snippets.get(0))).isEqualTo(outside.replace(manifestEntry, ""));
  }

  @Test
  void answerIsTheOneThatTheBuildIsGiven() throws IOException {
    String answer = lineAfter("$ curl localhost:8080/hello");

    assertThat(Files.readString(OUTSIDE.resolve("postbuild.groovy")))
        .contains("/hello\"")
        .contains("'" + answer + "'");
  }

  @Test
  void snapshotIsInstalledAboveTheProjectThatNeedsIt() {
    int install =
        readme.indexOf("$ ./mvnw -Dmaven.test.skip -pl kqueue-server-starter -am install\n");

    assertThat(install).isPositive().isLessThan(readme.indexOf("-SNAPSHOT</version>"));
  }

  @Test
  void addressIsAskedForBelowTheApplicationThatHasIt() {
    assertThat(readme.indexOf("curl localhost:8080/api/"))
        .isGreaterThan(readme.indexOf("-pl sample-app"))
        .isLessThan(readme.indexOf("## In your application"));
    assertThat(readme.indexOf("curl localhost:8080/hello"))
        .isGreaterThan(readme.indexOf("@GetMapping(\"/hello\")"));
  }

  @Test
  void noCommandIsSilentOrCompilesTests() {
    List<String> commands = readme.lines().filter(line -> line.startsWith("$ ./mvnw")).toList();

    assertThat(commands).hasSize(2).allMatch(command -> command.contains(" -Dmaven.test.skip "));
    assertThat(commands).noneMatch(command -> command.contains(" -q"));
  }

  private List<String> snippets(String language) {
    return Pattern.compile("^```" + language + "\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE)
        .matcher(readme)
        .results()
        .map(result -> result.group(1))
        .toList();
  }

  private String lineAfter(String line) {
    List<String> lines = readme.lines().toList();
    return lines.get(lines.indexOf(line) + 1);
  }

  /** Without white space, comments, declaration and schema, with the versions of this build. */
  private static String plain(String xml) {
    return xml.replaceAll("(?s)<\\?.*?\\?>|<!--.*?-->", "")
        .replaceAll("<project [^>]*>", "<project>")
        .replace("@spring-boot.version@", SpringBootVersion.getVersion())
        .replace("@project.version@", "0.1.0-SNAPSHOT")
        .replaceAll("\\s+", "");
  }
}
