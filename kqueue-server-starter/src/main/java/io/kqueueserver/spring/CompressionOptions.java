package io.kqueueserver.spring;

import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.server.Compression;
import org.springframework.util.InvalidMimeTypeException;
import org.springframework.util.MimeType;
import org.springframework.util.MimeTypeUtils;

/** Spring Boot's {@code server.compression} in the server's own words. */
final class CompressionOptions {
  private CompressionOptions() {}

  /**
   * Null where nothing is to be compressed.
   *
   * @param from what Spring Boot knows of
   * @param defaults says the rest; asked only if something is to be compressed, since looking for
   *     codings loads native libraries
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

  /** No type at all means every type, as with Reactor Netty. */
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
