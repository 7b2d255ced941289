package io.kqueueserver.server.h2;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.HeaderSink;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.h2.hpack.HpackEncoder;
import io.kqueueserver.http.h2.hpack.HpackOutput;
import io.kqueueserver.http.syntax.FieldSyntax;
import io.kqueueserver.server.ExchangeWire;

/**
 * Encodes the head of a response. The application's framing and connection fields are dropped (RFC
 * 9113 8.2.2). Each loop has one object. The loop's thread only.
 */
final class ResponseBlock {

  private final Http2Context context;
  private final HeaderSink fields = this::field;
  private final HeaderSink informing = this::informational;

  private HpackEncoder encoder;
  private long announced;
  private boolean hasDate;
  private boolean hasServer;

  ResponseBlock(Http2Context context) {
    this.context = context;
    this.encoder = new HpackEncoder(context.workspace, 0); // until the first block
  }

  /**
   * Encodes status and fields into the output, which is cleared before.
   *
   * @param contentLength number of body bytes to follow, or {@link Exchange#UNKNOWN_LENGTH}
   * @return number of body bytes that must follow, {@link Exchange#UNKNOWN_LENGTH}, or {@code
   *     ExchangeWire.NO_BODY}
   * @throws IllegalArgumentException if a field is malformed, lengths contradict each other, or the
   *     status is none of a final response
   */
  long encode(
      HpackEncoder with,
      RequestHead request,
      int status,
      HeaderSource source,
      long contentLength,
      HpackOutput out) {
    if (status < 200) {
      throw new IllegalArgumentException("status " + status + " of a final response");
    }
    begin(with, status);
    source.writeTo(fields);
    serverFields();
    long length = length(request, status, contentLength);
    finish(out);
    return length;
  }

  /** Encodes a whole response without body to a request that has not become an exchange. */
  void encodeError(HpackEncoder with, int status, HpackOutput out) {
    begin(with, status);
    serverFields();
    encoder.field("content-length", "0");
    finish(out);
  }

  /** Encodes an informational head (1xx). */
  void encodeInformational(HpackEncoder with, int status, HeaderSource source, HpackOutput out) {
    begin(with, status);
    source.writeTo(informing);
    finish(out);
  }

  /** Encodes the head of a switch: fields that frame a body are dropped, no length is added. */
  void encodeSwitch(HpackEncoder with, int status, HeaderSource source, HpackOutput out) {
    begin(with, status);
    source.writeTo(informing);
    serverFields();
    finish(out);
  }

  private void begin(HpackEncoder with, int status) {
    encoder = with;
    announced = Exchange.UNKNOWN_LENGTH;
    hasDate = false;
    hasServer = false;
    with.begin();
    with.status(status);
  }

  private void serverFields() {
    if (!hasDate) {
      encoder.field("date", context.date.line());
    }
    String server = context.serverField;
    if (server != null && !hasServer) {
      encoder.field("server", server);
    }
  }

  private void finish(HpackOutput out) {
    out.clear();
    encoder.finish(out);
  }

  private long length(RequestHead request, int status, long given) {
    if (status == 204) {
      return ExchangeWire.NO_BODY;
    }
    if (status == 205) {
      contentLength(0);
      return ExchangeWire.NO_BODY;
    }
    if (status < 300 && request.method().equals("CONNECT")) {
      return Exchange.UNKNOWN_LENGTH;
    }
    if (status == 304 || request.method().equals("HEAD")) {
      // Without a written byte the length of GET's body is unknown, so a given 0 is no length.
      long described = announced != Exchange.UNKNOWN_LENGTH || status == 304 ? announced : given;
      if (announced != Exchange.UNKNOWN_LENGTH || described > 0) {
        contentLength(described);
      }
      return ExchangeWire.NO_BODY;
    }
    if (given >= 0 && announced != Exchange.UNKNOWN_LENGTH && announced != given) {
      throw new IllegalArgumentException(
          "Content-Length is " + announced + " but the body has " + given + " bytes");
    }
    long length = given >= 0 ? given : announced;
    if (length >= 0) {
      contentLength(length);
      return length;
    }
    return Exchange.UNKNOWN_LENGTH;
  }

  private void contentLength(long length) {
    encoder.field("content-length", length == 0 ? "0" : Long.toString(length));
  }

  private void field(String name, String value) {
    switch (name.length()) {
      case 4 -> hasDate |= name.equalsIgnoreCase("Date");
      case 6 -> hasServer |= name.equalsIgnoreCase("Server");
      case 14 -> {
        if (name.equalsIgnoreCase("Content-Length")) {
          announce(FieldSyntax.contentLength(value));
          return;
        }
      }
      default -> {}
    }
    if (!isOfConnection(name)) {
      encoder.field(name, value);
    }
  }

  private void announce(long length) {
    if (announced != Exchange.UNKNOWN_LENGTH && announced != length) {
      throw new IllegalArgumentException(
          "two values of Content-Length: " + announced + " and " + length);
    }
    announced = length;
  }

  private void informational(String name, String value) {
    hasDate |= name.equalsIgnoreCase("Date");
    hasServer |= name.equalsIgnoreCase("Server");
    if (!isOfConnection(name) && !name.equalsIgnoreCase("Content-Length")) {
      encoder.field(name, value);
    }
  }

  /** Whether a name, in any case, is of {@code ConnectionFields}. */
  private static boolean isOfConnection(String name) {
    return switch (name.length()) {
      case 7 -> name.equalsIgnoreCase("Upgrade");
      case 10 -> name.equalsIgnoreCase("Connection") || name.equalsIgnoreCase("Keep-Alive");
      case 16 -> name.equalsIgnoreCase("Proxy-Connection");
      case 17 -> name.equalsIgnoreCase("Transfer-Encoding");
      default -> false;
    };
  }
}
