package io.kqueueserver.http.syntax;

import java.util.Locale;

/** Names of fields that must not come as late as the trailers (RFC 9110 6.5.1). */
public final class TrailerNames {
  private TrailerNames() {}

  /** Whether a request is refused for it: the field frames or routes a message already read. */
  public static boolean isRefused(byte[] b, int from, int to) {
    return switch (to - from) {
      case 4 -> Octets.matches(b, from, to, "host");
      case 14 -> Octets.matches(b, from, to, "content-length");
      case 17 -> Octets.matches(b, from, to, "transfer-encoding");
      default -> false;
    };
  }

  /** As {@link #isRefused(byte[], int, int)}, of a name in lower case. */
  public static boolean isRefused(String lowerCase) {
    return switch (lowerCase) {
      case "host", "content-length", "transfer-encoding" -> true;
      default -> false;
    };
  }

  /** Whether a response is sent without it: a client needs it before the body or not at all. */
  public static boolean isDropped(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "content-length",
          "transfer-encoding",
          "connection",
          "keep-alive",
          "trailer",
          "host",
          "content-encoding",
          "content-type",
          "content-range",
          "set-cookie" ->
          true;
      default -> false;
    };
  }
}
