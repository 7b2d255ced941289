package io.kqueueserver.sample;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.ChildJvm;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The jar as users build it, which says nothing on the error stream. Runs after {@code package}.
 */
class ExecutableJarIT {
  private static final Pattern STARTED = Pattern.compile("started on port (\\d+) \\(http\\)");
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

  @TempDir private Path folder;
  private Path out;
  private Path err;

  @BeforeEach
  void outputs() {
    out = folder.resolve("out");
    err = folder.resolve("err");
  }

  @Test
  void itServesInSilenceOnThisJdk() throws Exception {
    serve(ChildJvm.ofThisJdk());
    assertThat(err).isEmptyFile();
  }

  @Test
  void itServesFromBeansThatTheBuildHasPrepared() throws Exception {
    serve(ChildJvm.ofThisJdk().options("-Dspring.aot.enabled=true"));
    assertThat(err).isEmptyFile();
    assertThat(Files.readString(out)).contains("Starting AOT-processed SampleApplication");
  }

  @Test
  void itServesInSilenceOnJdk25() throws Exception {
    serve(ChildJvm.ofJdk(25));
    assertThat(err).isEmptyFile();
  }

  @Test
  void nothingOnTheWayOfARequestReadsMemoryThroughSunMiscUnsafe() throws Exception {
    // JDK 25 warns of it, once; this flag makes each use fail. jffi falls back to it for memory
    // that is not a direct buffer: ours all is.
    serve(ChildJvm.ofJdk(25).options("--sun-misc-unsafe-memory-access=deny"));
    assertThat(err).isEmptyFile();
    assertThat(Files.readString(out)).doesNotContain("UnsupportedOperationException");
  }

  @Test
  void itStartsWhereTheClassPathMayNotLoadNativeCodeUnlessTheManifestSaysSo() throws Exception {
    serve(ChildJvm.ofJdk(25).options("--illegal-native-access=deny"));
    assertThat(err).isEmptyFile();
  }

  /** Starts the jar, asks it for a page, a file, a stream, JSON and an upload, and ends it. */
  private void serve(ChildJvm jvm) throws Exception {
    Process app = jvm.start(List.of("-jar", jar().toString(), "--server.port=0"), out, err);
    try {
      String base = "http://127.0.0.1:" + port(app);
      HttpClient client = HttpClient.newHttpClient();
      for (String path : List.of("/", "/api/whoami", "/api/numbers?count=3", "/files/sample.bin")) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + path)).build();
        assertThat(client.send(request, BodyHandlers.ofByteArray()).statusCode())
            .as(path)
            .isEqualTo(200);
      }
      HttpRequest echo =
          HttpRequest.newBuilder(URI.create(base + "/api/echo"))
              .POST(BodyPublishers.ofByteArray(new byte[1_000_000]))
              .build();
      HttpResponse<byte[]> echoed = client.send(echo, BodyHandlers.ofByteArray());
      assertThat(echoed.statusCode()).isEqualTo(200);
    } finally {
      app.destroy();
      if (!app.waitFor(30, TimeUnit.SECONDS)) {
        app.destroyForcibly();
      }
    }
  }

  private int port(Process app) throws IOException, InterruptedException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (app.isAlive() && System.nanoTime() < end) {
      Matcher started = STARTED.matcher(Files.readString(out));
      if (started.find()) {
        return Integer.parseInt(started.group(1));
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    throw new AssertionError("no port: " + Files.readString(out) + Files.readString(err));
  }

  private static Path jar() throws IOException {
    try (Stream<Path> jars = Files.list(Path.of("target"))) {
      return jars.filter(
              file -> file.toString().matches(".*/sample-app-[^/]*(?<!sources|javadoc)\\.jar"))
          .findFirst()
          .orElseThrow()
          .toAbsolutePath();
    }
  }
}
