package io.kqueueserver.build;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * Inputs that are kept for fuzz tests: those that once broke one, which are the files of {@code
 * fuzz} beside its class, and a corpus, which {@code .ci/fuzz} makes.
 */
public final class KeptInputs {
  /** 32 KiB: size of a corpus file, so that a build reads it in no time. */
  private static final int MAX_CORPUS_BYTES = 32 * 1024;

  private KeptInputs() {}

  /** The inputs of a corpus, one a line in hexadecimal: {@code NameOfTheTest.corpus}. */
  public static List<byte[]> corpus(Class<?> fuzzTest) {
    try (InputStream in = fuzzTest.getResourceAsStream(fuzzTest.getSimpleName() + ".corpus")) {
      byte[] text = in.readAllBytes();
      if (text.length > MAX_CORPUS_BYTES) {
        throw new AssertionError("a corpus of " + text.length + " bytes; see .ci/fuzz");
      }
      return new String(text, StandardCharsets.US_ASCII)
          .lines()
          .map(HexFormat.of()::parseHex)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The files of that class, by name. */
  public static List<Path> of(Class<?> fuzzTest) throws IOException, URISyntaxException {
    try (Stream<Path> files = Files.list(Path.of(fuzzTest.getResource("fuzz").toURI()))) {
      return files.sorted().toList();
    }
  }
}
