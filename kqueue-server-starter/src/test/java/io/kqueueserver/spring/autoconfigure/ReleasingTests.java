package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringBootVersion;

/** What a release needs, and what docs/releasing.md tells users, are there. */
@Tag("source")
class ReleasingTests {
  private static final Path ROOT = Path.of("..");

  private final String page = Files.readString(ROOT.resolve("docs/releasing.md"));
  private final String pom = Files.readString(ROOT.resolve("pom.xml"));
  private final String workflow =
      Files.readString(ROOT.resolve(".github/workflows/compatibility.yml"));

  ReleasingTests() throws IOException {}

  @Test
  void theWorkflowTriesTheVersionsOfThisBuildAmongOthers() {
    assertThat(workflow)
        .contains("\"" + SpringBootVersion.getVersion() + "\"")
        .contains("jdk: [\"17\", \"21\", \"25\"]");
  }

  @Test
  void signingIsOffUntilItIsAskedForAndStagingIsAFolder() {
    assertThat(pom)
        .contains("<gpg.skip>true</gpg.skip>")
        .contains("<altDeploymentRepository>staging::file://");
    assertThat(page).contains("-Dgpg.skip=false deploy", "target/staging");
  }

  @Test
  void theGradleSnippetHasTheVersionsOfThisBuild() {
    String version = pom.replaceAll("(?s).*?<version>([^<]+)</version>.*", "$1");
    assertThat(page)
        .contains("implementation 'io.kqueueserver:kqueue-server-starter:" + version + "'")
        .contains("'org.springframework.boot' version '" + SpringBootVersion.getVersion() + "'");
  }
}
