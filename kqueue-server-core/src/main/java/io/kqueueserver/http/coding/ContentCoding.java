package io.kqueueserver.http.coding;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The content codings that the server can produce (RFC 9110 8.4.1, RFC 7932, RFC 8878). */
public enum ContentCoding {
  /** Good ratio for little time; only with zstd-jni on the class path. */
  ZSTD("zstd"),
  /** Best ratio for text; only with brotli4j and its native library on the class path. */
  BROTLI("br"),
  GZIP("gzip"),
  /** The zlib format, which is what RFC 9110 8.4.1.2 means by the name. */
  DEFLATE("deflate");

  private final String token;

  ContentCoding(String token) {
    this.token = token;
  }

  /** Its name on the wire. */
  public String token() {
    return token;
  }

  /** Whether what it needs is on the class path and works here; looked for once. */
  public boolean isAvailable() {
    return switch (this) {
      case GZIP, DEFLATE -> true;
      case BROTLI -> OptionalCodings.HAS_BROTLI;
      case ZSTD -> OptionalCodings.HAS_ZSTD;
    };
  }

  /** The available codings, best first. */
  public static List<ContentCoding> available() {
    return Arrays.stream(values()).filter(ContentCoding::isAvailable).toList();
  }

  /** The coding of a name, or null; {@code x-gzip} is gzip (RFC 9110 8.4.1.3). */
  static @Nullable ContentCoding of(String name) {
    for (ContentCoding coding : values()) {
      if (coding.token.equalsIgnoreCase(name)) {
        return coding;
      }
    }
    return name.equalsIgnoreCase("x-gzip") ? GZIP : null;
  }
}
