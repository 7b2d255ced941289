package io.kqueueserver.example.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One of three processes is killed under load; the script counts what is lost. */
class KillOneIT {
  @TempDir private Path folder;

  @Test
  void aKilledProcessTakesNoSessionAndNoLineOfTheChatWithIt() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/redis-server")), "no redis-server");
    assumeTrue(Files.isExecutable(Path.of("/usr/sbin/haproxy")), "no haproxy");
    Path out = folder.resolve("out");
    Process script =
        new ProcessBuilder("./kill-one")
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    boolean ended = script.waitFor(10, TimeUnit.MINUTES);
    script.destroy();
    System.out.print(Files.readString(out));
    assertEquals(0, ended ? script.exitValue() : -1, () -> "see above");
  }
}
