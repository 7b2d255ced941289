package io.kqueueserver.http.coding;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Options of compressed responses. Immutable.
 *
 * @param codings the codings that may be used, best first; their order decides between equal
 *     weights
 * @param level the level of gzip and deflate, 1 (fast) to 9 (small)
 * @param minResponseBytes a response known to be shorter is not compressed; less than 0 for none
 * @param contentTypes the content types to compress
 * @param excludedUserAgents values of {@code User-Agent}, compared without regard to case, for
 *     which responses are not compressed
 * @param maxEncoders maximum number of responses compressed at a time, over all loops; further ones
 *     are not compressed. Each holds native memory, a quarter of a megabyte with gzip
 */
public record Compression(
    List<ContentCoding> codings,
    int level,
    long minResponseBytes,
    ContentTypes contentTypes,
    List<String> excludedUserAgents,
    int maxEncoders) {

  /** Decides by the value of {@code Content-Type}; null if there is none. Any thread. */
  @FunctionalInterface
  public interface ContentTypes {
    boolean isCompressible(@Nullable String contentType);
  }

  /** The defaults: all available codings, for text of 2 KiB and more. */
  public static final Compression DEFAULTS =
      new Compression(ContentCoding.available(), 6, 2048, MimeTypes.COMPRESSIBLE, List.of(), 1024);

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException if a value is out of bounds; the message names the option
   */
  public Compression {
    codings = List.copyOf(codings);
    excludedUserAgents = List.copyOf(excludedUserAgents);
    if (level < 1 || level > 9) {
      throw new IllegalArgumentException("compression level is " + level + "; it must be 1 to 9");
    }
    if (maxEncoders < 1) {
      throw new IllegalArgumentException(
          "compression max-encoders is " + maxEncoders + "; it must be 1 or more");
    }
    for (ContentCoding coding : codings) {
      if (!coding.isAvailable()) {
        throw new IllegalArgumentException(
            "the coding " + coding.token() + " needs its library on the class path");
      }
    }
  }

  /** Whether responses to this User-Agent are not compressed. */
  public boolean excludes(@Nullable String userAgent) {
    return userAgent != null && excludedUserAgents.stream().anyMatch(userAgent::equalsIgnoreCase);
  }
}
