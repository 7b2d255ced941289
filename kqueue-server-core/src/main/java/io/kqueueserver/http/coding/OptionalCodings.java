package io.kqueueserver.http.coding;

import java.io.IOException;
import java.io.OutputStream;

/**
 * The codings of libraries that need not be there. Each library is named in a class of its own,
 * which is loaded only when the library is looked for or used.
 */
final class OptionalCodings {
  // Lambdas, not method references: those would link the class before anyone could catch it.
  static final boolean HAS_BROTLI = works(() -> Brotli.isAvailable());
  static final boolean HAS_ZSTD = works(() -> Zstd.isAvailable());

  private OptionalCodings() {}

  @FunctionalInterface
  private interface Check {
    boolean holds();
  }

  private static boolean works(Check check) {
    try {
      return check.holds();
    } catch (Throwable e) {
      // The library is absent, or has no native part for this system: the coding is not available.
      return false;
    }
  }

  static OutputStream brotli(OutputStream out) throws IOException {
    return Brotli.open(out);
  }

  static OutputStream zstd(OutputStream out) throws IOException {
    return Zstd.open(out);
  }

  private static final class Brotli {
    /** As Netty: near gzip's time for a fifth less of bytes. */
    private static final int QUALITY = 4;

    static boolean isAvailable() {
      return com.aayushatharva.brotli4j.Brotli4jLoader.isAvailable();
    }

    static OutputStream open(OutputStream out) throws IOException {
      return new com.aayushatharva.brotli4j.encoder.BrotliOutputStream(
          out,
          new com.aayushatharva.brotli4j.encoder.Encoder.Parameters().setQuality(QUALITY),
          StreamEncoder.PIECE);
    }
  }

  private static final class Zstd {
    /** The library's own default; its window of 2 MiB is within what RFC 9659 allows. */
    private static final int LEVEL = 3;

    static boolean isAvailable() {
      com.github.luben.zstd.util.Native.load();
      return com.github.luben.zstd.util.Native.isLoaded();
    }

    static OutputStream open(OutputStream out) throws IOException {
      return new com.github.luben.zstd.ZstdOutputStreamNoFinalizer(out, LEVEL);
    }
  }
}
