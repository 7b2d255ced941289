package io.kqueueserver.spring;

import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.server.Compression;
import org.springframework.util.InvalidMimeTypeException;
import org.springframework.util.MimeType;
import org.springframework.util.MimeTypeUtils;

/** Translates Spring Boot's {@code server.compression} to the core's {@code Compression}. */
final class CompressionOptions {
  private CompressionOptions() {}

  /**
   * The core's compression options, or null if {@code from} disables compression.
   *
   * @param from Spring Boot's options
   * @param defaults supplies codings, level and bounds; called only if {@code from} enables
   *     compression, since looking for codings loads native libraries
   */
  static io.kqueueserver.http.coding.@Nullable Compression of(
      @Nullable Compression from, Supplier<io.kqueueserver.http.coding.Compression> defaults) {
    if (from == null || !from.getEnabled()) {
      return null;
    }
    io.kqueueserver.http.coding.Compression others = defaults.get();
    String[] userAgents = from.getExcludedUserAgents();
    return new io.kqueueserver.http.coding.Compression(
        others.codings(),
        others.level(),
        from.getMinResponseSize().toBytes(),
        contentTypes(from.getAllMimeTypes()),
        userAgents == null ? List.of() : List.of(userAgents),
        others.maxEncoders());
  }

  /** The content types to compress. An empty list means every type, as with Reactor Netty. */
  private static io.kqueueserver.http.coding.Compression.ContentTypes contentTypes(
      String[] mimeTypes) {
    List<MimeType> compressible =
        Arrays.stream(mimeTypes).map(MimeTypeUtils::parseMimeType).toList();
    if (compressible.isEmpty()) {
      return contentType -> true;
    }
    return contentType -> {
      if (contentType == null) {
        return false;
      }
      try {
        MimeType actual = MimeTypeUtils.parseMimeType(contentType);
        return compressible.stream().anyMatch(type -> type.isCompatibleWith(actual));
      } catch (InvalidMimeTypeException e) {
        return false;
      }
    };
  }
}
