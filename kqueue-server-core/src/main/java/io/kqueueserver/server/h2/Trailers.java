package io.kqueueserver.server.h2;

import io.kqueueserver.http.HeaderSink;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.syntax.FieldSyntax;
import io.kqueueserver.http.syntax.TrailerNames;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Trailers of a response, checked and kept until the last byte before them is framed, because HPACK
 * requires that blocks are encoded in the order in which they leave.
 */
final class Trailers implements HeaderSink, HeaderSource {
  private final List<String> texts = new ArrayList<>(8);

  private Trailers() {}

  /**
   * Takes the fields that may be trailers (RFC 9110 6.5.1).
   *
   * @return the trailers; null if there are none
   * @throws IllegalArgumentException if a field is malformed
   */
  static @Nullable Trailers of(HeaderSource fields) {
    if (fields == HeaderSource.NONE) {
      return null;
    }
    Trailers taken = new Trailers();
    fields.writeTo(taken);
    return taken.texts.isEmpty() ? null : taken;
  }

  @Override
  public void field(String name, String value) {
    FieldSyntax.check(name, value);
    if (!TrailerNames.isDropped(name)) {
      texts.add(name);
      texts.add(value);
    }
  }

  @Override
  public void writeTo(HeaderSink sink) {
    for (int i = 0; i < texts.size(); i += 2) {
      sink.field(texts.get(i), texts.get(i + 1));
    }
  }
}
