package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.http.coding.Compression;
import io.kqueueserver.http.coding.ContentCoding;
import io.kqueueserver.spring.InvalidSettingException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Settings of compression beyond {@code server.compression}. */
public class KqueueCompressionProperties {
  /**
   * Content codings that may be used, the best first: zstd, br, gzip and deflate. Default is all
   * that are available; zstd needs zstd-jni on the class path, br needs brotli4j.
   */
  private @Nullable List<String> codings;

  /** Level of gzip and deflate, from 1 (fast) to 9 (small). */
  private int level = 6;

  /** Maximum number of responses compressed at a time. Further responses are not compressed. */
  private int maxEncoders = 1024;

  public @Nullable List<String> getCodings() {
    return codings;
  }

  public void setCodings(@Nullable List<String> codings) {
    this.codings = codings;
  }

  public int getLevel() {
    return level;
  }

  public void setLevel(int level) {
    this.level = level;
  }

  public int getMaxEncoders() {
    return maxEncoders;
  }

  public void setMaxEncoders(int maxEncoders) {
    this.maxEncoders = maxEncoders;
  }

  Compression toOptions() {
    Compression defaults = Compression.DEFAULTS;
    return new Compression(
        codings == null ? defaults.codings() : codings.stream().map(this::coding).toList(),
        level,
        defaults.minResponseBytes(),
        defaults.contentTypes(),
        defaults.excludedUserAgents(),
        maxEncoders);
  }

  private ContentCoding coding(String token) {
    return Arrays.stream(ContentCoding.values())
        .filter(coding -> coding.token().equalsIgnoreCase(token))
        .filter(KqueueCompressionProperties::isAvailable)
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidSettingException(
                    "kqueue.server.compression.codings",
                    token,
                    "some of zstd, br, gzip and deflate"));
  }

  private static boolean isAvailable(ContentCoding coding) {
    if (!coding.isAvailable()) {
      throw new InvalidSettingException(
          "kqueue.server.compression.codings",
          coding.token(),
          "codings whose library is on the class path (zstd-jni, brotli4j)");
    }
    return true;
  }
}
