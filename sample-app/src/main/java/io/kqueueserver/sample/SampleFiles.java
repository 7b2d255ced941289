package io.kqueueserver.sample;

import jakarta.annotation.PreDestroy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Random;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.CacheControl;
import org.springframework.util.FileSystemUtils;
import org.springframework.web.reactive.config.ResourceHandlerRegistry;
import org.springframework.web.reactive.config.WebFluxConfigurer;

/**
 * A file to download. It lies on disk rather than in the jar, so the server can hand its bytes from
 * file to socket without a copy in Java.
 */
@Configuration(proxyBeanMethods = false)
class SampleFiles implements WebFluxConfigurer {
  static final String PATH = "/files/sample.bin";
  static final int SIZE = 1 << 20;

  /** The same bytes at every start, so that a checksum in a bug report means something. */
  private static final long SEED = 42;

  private final Path directory;
  private final String lastModified;

  SampleFiles() throws IOException {
    directory = Files.createTempDirectory("kqueue-sample");
    Path file = Files.write(directory.resolve("sample.bin"), content());
    lastModified =
        DateTimeFormatter.RFC_1123_DATE_TIME.format(
            Files.getLastModifiedTime(file).toInstant().atZone(ZoneOffset.UTC));
  }

  /** As the {@code Last-Modified} field of a download has it. */
  String lastModified() {
    return lastModified;
  }

  static byte[] content() {
    byte[] content = new byte[SIZE];
    new Random(SEED).nextBytes(content);
    return content;
  }

  @Override
  public void addResourceHandlers(ResourceHandlerRegistry registry) {
    registry
        .addResourceHandler("/files/**")
        .addResourceLocations(directory.toUri().toString())
        .setCacheControl(CacheControl.maxAge(Duration.ofMinutes(1)));
  }

  @PreDestroy
  void delete() throws IOException {
    FileSystemUtils.deleteRecursively(directory);
  }
}
