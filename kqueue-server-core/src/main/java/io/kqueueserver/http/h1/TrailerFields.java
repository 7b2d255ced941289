package io.kqueueserver.http.h1;

import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.syntax.Octets;

/**
 * Refuses trailers that would change the framing or routing of a message already read (RFC 9110
 * 6.5.1).
 */
final class TrailerFields implements FieldParser.Visitor {
  @Override
  public void field(byte[] b, int nameStart, int nameEnd, int valueStart, int valueEnd) {
    boolean forbidden =
        switch (nameEnd - nameStart) {
          case 4 -> Octets.matches(b, nameStart, nameEnd, "host");
          case 14 -> Octets.matches(b, nameStart, nameEnd, "content-length");
          case 17 -> Octets.matches(b, nameStart, nameEnd, "transfer-encoding");
          default -> false;
        };
    if (forbidden) {
      throw HttpException.badRequest("framing or routing field among the trailers");
    }
  }
}
