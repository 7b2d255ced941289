package io.kqueueserver.http.coding;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Content types by name: {@code text/html}, {@code text/*}, {@code application/*+json}. Parameters
 * do not count.
 */
public record MimeTypes(List<String> patterns) implements Compression.ContentTypes {
  /** The types that Spring Boot compresses by default. */
  public static final MimeTypes COMPRESSIBLE =
      new MimeTypes(
          List.of(
              "text/html",
              "text/xml",
              "text/plain",
              "text/css",
              "text/javascript",
              "application/javascript",
              "application/json",
              "application/xml"));

  public MimeTypes {
    patterns = patterns.stream().map(pattern -> pattern.toLowerCase(Locale.ROOT)).toList();
  }

  @Override
  public boolean isCompressible(@Nullable String contentType) {
    if (contentType == null) {
      return false;
    }
    int semicolon = contentType.indexOf(';');
    String type =
        (semicolon < 0 ? contentType : contentType.substring(0, semicolon))
            .strip()
            .toLowerCase(Locale.ROOT);
    return patterns.stream().anyMatch(pattern -> matches(pattern, type));
  }

  private static boolean matches(String pattern, String type) {
    int star = pattern.indexOf('*');
    return star < 0
        ? pattern.equals(type)
        : type.length() >= pattern.length()
            && type.startsWith(pattern.substring(0, star))
            && type.endsWith(pattern.substring(star + 1));
  }
}
