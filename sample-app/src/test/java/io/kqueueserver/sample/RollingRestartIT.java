package io.kqueueserver.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Processes of the jar, restarted one after another by deploy/rolling-restart, lose nothing. */
@EnabledIfSystemProperty(
    named = "rolling.restarts",
    matches = "true",
    disabledReason = "it takes minutes: ./mvnw verify -Pit")
class RollingRestartIT {
  @TempDir private Path folder;

  @ParameterizedTest(name = "{0} {1} {2}")
  @CsvSource({
    "nginx,ports,2",
    "nginx,unix,3",
    "nginx,reuse-port,2",
    "haproxy,ports,3",
    "haproxy,unix,2",
    "haproxy,reuse-port,2",
    "none,reuse-port,3",
    "none,handover,3"
  })
  void losesNothing(String proxy, String way, String processes) throws Exception {
    assumeThat(proxy.equals("none") || Files.isExecutable(Path.of("/usr/sbin", proxy)))
        .as(proxy + " is not installed")
        .isTrue();
    Path out = folder.resolve("out");
    Process script =
        new ProcessBuilder("../deploy/rolling-restart", proxy, way, processes)
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    boolean ended = script.waitFor(10, TimeUnit.MINUTES);
    script.destroy();
    String report = Files.readString(out);
    System.out.print(report);
    assertThat(ended && script.exitValue() == 0).as(report).isTrue();
  }
}
