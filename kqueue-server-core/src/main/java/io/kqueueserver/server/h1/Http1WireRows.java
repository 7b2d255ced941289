package io.kqueueserver.server.h1;

import io.kqueueserver.http.HeaderSink;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.HttpVersion;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.h1.Http1Decoder;
import io.kqueueserver.http.h1.Http1Encoder;
import io.kqueueserver.net.Connection;
import io.kqueueserver.server.WireListener;
import io.kqueueserver.server.WireListener.Direction;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Passes the rows of one HTTP/1 connection to a {@link WireListener}, if there is one. */
final class Http1WireRows {
  private final WireListener listener;
  private final int fd;

  private Http1WireRows(WireListener listener, int fd) {
    this.listener = listener;
    this.fd = fd;
  }

  static @Nullable Http1WireRows of(@Nullable WireListener listener, Connection connection) {
    return listener == null ? null : new Http1WireRows(listener, connection.fd());
  }

  void request(RequestHead head) {
    String target = head.method().equals("CONNECT") ? head.authority() : head.pathAsSent();
    String version = head.version() == HttpVersion.HTTP_1_0 ? "HTTP/1.0" : "HTTP/1.1";
    row(
        Direction.IN,
        "HEADERS",
        WireListener.NO_PAYLOAD,
        head.method() + ' ' + target + ' ' + version,
        head.headers());
  }

  /** The row of a refused request. Its fields are not shown, because any part may be misplaced. */
  void refused(int status, String line) {
    String detail = status + ", a line of " + line.length() + " bytes";
    row(Direction.IN, "MALFORMED", WireListener.NO_PAYLOAD, detail, HeaderSource.NONE);
  }

  /** The row of a piece of body, or of the end of the request. */
  void decoded(Http1Decoder.Event event, Http1Decoder decoder) {
    switch (event) {
      case BODY -> row(Direction.IN, "DATA", decoder.body().remaining(), "", HeaderSource.NONE);
      case END -> row(Direction.IN, "END", WireListener.NO_PAYLOAD, "", decoder.trailers());
      case NEED_INPUT, HEAD -> {} // a head is a row only if HTTP/1 serves it
    }
  }

  /** The row of the head that was just encoded. */
  void response(Http1Encoder encoded) {
    String text = text(encoded);
    int end = text.indexOf("\r\n");
    String line = end < 0 ? text : text.substring(0, end);
    row(Direction.OUT, "HEADERS", encoded.length(), line, new EncodedFields(text));
  }

  void responseBody(long bytes) {
    row(Direction.OUT, "DATA", bytes, "", HeaderSource.NONE);
  }

  /** The row of the end of a response, with the last chunk if one was just encoded. */
  void responseEnd(@Nullable Http1Encoder lastChunk) {
    HeaderSource trailers =
        lastChunk == null ? HeaderSource.NONE : new EncodedFields(text(lastChunk));
    row(Direction.OUT, "END", WireListener.NO_PAYLOAD, "", trailers);
  }

  private void row(
      Direction direction, String type, long length, String detail, HeaderSource fields) {
    listener.row(fd, 0, direction, type, length, detail, fields);
  }

  private static String text(Http1Encoder encoded) {
    return new String(encoded.bytes(), 0, encoded.length(), StandardCharsets.ISO_8859_1);
  }

  /** The field lines after a first line. */
  private record EncodedFields(String text) implements HeaderSource {
    @Override
    public void writeTo(HeaderSink sink) {
      text.lines()
          .skip(1)
          .forEach(
              line -> {
                int colon = line.indexOf(':');
                if (colon > 0) {
                  sink.field(line.substring(0, colon), line.substring(colon + 1).strip());
                }
              });
    }
  }
}
