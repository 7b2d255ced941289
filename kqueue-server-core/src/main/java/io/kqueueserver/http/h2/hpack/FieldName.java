package io.kqueueserver.http.h2.hpack;

import io.kqueueserver.http.syntax.FieldSyntax;
import java.util.Locale;

/**
 * A name as an encoder writes it: in lower case (RFC 9113 8.2.1), a token or the name of a
 * pseudo-header field.
 *
 * @param staticIndex the first index of the name in {@link StaticTable}, or 0
 */
record FieldName(String text, int staticIndex, Indexing indexing) {

  /** Whether fields of a name enter the table. */
  enum Indexing {
    /** They do: most values come again. Date, too: all responses of one second share it. */
    INDEXED,

    /** Hardly a value comes again, and each would drive out another that does. */
    NOT_INDEXED,

    /**
     * The value is a secret. In a table, an attacker with guesses on this connection would see by
     * the length of the block which of them is right (RFC 7541 7.1.3); nor may a later hop put it
     * there.
     */
    NEVER_INDEXED
  }

  /**
   * A name as the application wrote it.
   *
   * @throws IllegalArgumentException if it is no token, apart from the colon it may begin with
   */
  static FieldName of(String name) {
    if (!FieldSyntax.isToken(name.startsWith(":") ? name.substring(1) : name)) {
      throw FieldSyntax.badName(name);
    }
    String text = name.toLowerCase(Locale.ROOT);
    int index = StaticTable.find(text);
    return new FieldName(index == 0 ? text : StaticTable.name(index), index, indexing(text));
  }

  boolean isPseudo() {
    return text.charAt(0) == ':';
  }

  private static Indexing indexing(String text) {
    return switch (text) {
      case "authorization", "proxy-authorization", "cookie", "set-cookie" -> Indexing.NEVER_INDEXED;
      case ":path",
          "age",
          "content-length",
          "content-location",
          "content-range",
          "etag",
          "if-modified-since",
          "if-none-match",
          "if-range",
          "last-modified",
          "location",
          "range",
          "retry-after",
          "traceparent",
          "x-correlation-id",
          "x-request-id" ->
          Indexing.NOT_INDEXED;
      default -> Indexing.INDEXED;
    };
  }
}
