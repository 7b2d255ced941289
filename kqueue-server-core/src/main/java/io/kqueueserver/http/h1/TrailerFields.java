package io.kqueueserver.http.h1;

import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.syntax.TrailerNames;

/** Refuses trailers that would change the framing or routing of a message already read. */
final class TrailerFields implements FieldParser.Visitor {
  @Override
  public void field(byte[] b, int nameStart, int nameEnd, int valueStart, int valueEnd) {
    if (TrailerNames.isRefused(b, nameStart, nameEnd)) {
      throw HttpException.badRequest("framing or routing field among the trailers");
    }
  }
}
