package io.kqueueserver.http.h2;

import io.kqueueserver.http.Headers;
import io.kqueueserver.http.syntax.TrailerNames;

/** Makes the trailers of a request from the fields of the block that ends its stream. */
public final class RequestTrailers extends FieldSection {
  /**
   * The block is complete.
   *
   * @throws Http2Exception for the stream if the trailers are malformed, or do not end the request
   */
  public Headers end(boolean endStream) {
    require(endStream, "trailers that do not end the request");
    requireSound();
    return take();
  }

  @Override
  void pseudo(String name, String value) {
    malformed("pseudo-header field among the trailers"); // RFC 9113 8.1
  }

  @Override
  void regular(String name, String value) {
    if (TrailerNames.isRefused(name)) {
      malformed("framing or routing field among the trailers");
    } else {
      add(name, value);
    }
  }
}
