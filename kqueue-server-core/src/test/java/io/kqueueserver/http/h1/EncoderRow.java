package io.kqueueserver.http.h1;

import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.Limits;
import io.kqueueserver.http.RequestHead;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * One row of the response table: what an application answers to which request, and what must go on
 * the wire. Built up from {@link #row}, everything else having a default.
 *
 * @param request method and version, {@code GET 1.1}
 * @param fields the application's, one {@code Name: value} per line
 * @param length body bytes to follow, -1 if unknown
 * @param keepAlive what client and server would like
 */
record EncoderRow(
    String name,
    String request,
    int status,
    String fields,
    long length,
    boolean keepAlive,
    ResponseFraming framing,
    String wire) {

  static EncoderRow row(String name, String request, int status) {
    return new EncoderRow(name, request, status, "", -1, true, ResponseFraming.NONE_CLOSE, "");
  }

  EncoderRow fields(String... lines) {
    String all = String.join("\n", lines);
    return new EncoderRow(name, request, status, all, length, keepAlive, framing, wire);
  }

  EncoderRow length(long value) {
    return new EncoderRow(name, request, status, fields, value, keepAlive, framing, wire);
  }

  EncoderRow close() {
    return new EncoderRow(name, request, status, fields, length, false, framing, wire);
  }

  /** The lines of the head behind the status line; the empty line is added. */
  EncoderRow gives(ResponseFraming expected, String... lines) {
    String head = lines(lines);
    return new EncoderRow(name, request, status, fields, length, keepAlive, expected, head);
  }

  /** As {@link #gives}, with an {@link IllegalArgumentException} for a result. */
  EncoderRow isRefused() {
    return new EncoderRow(name, request, status, fields, length, keepAlive, framing, "REFUSED");
  }

  boolean refused() {
    return wire.equals("REFUSED");
  }

  RequestHead head() {
    String method = request.substring(0, request.indexOf(' '));
    String version = request.substring(request.indexOf(' ') + 1);
    String target = method.equals("CONNECT") ? "x:1" : "/";
    return decode(method + " " + target + " HTTP/" + version + "\r\nHost: x\r\n\r\n");
  }

  HeaderSource source() {
    return source(fields);
  }

  /** These lines and the empty one. */
  static String lines(String... lines) {
    StringBuilder text = new StringBuilder();
    for (String line : lines) {
      text.append(line).append("\r\n");
    }
    return text.append("\r\n").toString();
  }

  static HeaderSource source(String fields) {
    return sink ->
        fields
            .lines()
            .forEach(
                line -> {
                  int colon = line.indexOf(": ");
                  sink.field(line.substring(0, colon), line.substring(colon + 2));
                });
  }

  static RequestHead decode(String wire) {
    Limits limits = Limits.DEFAULTS;
    Http1Decoder decoder = new Http1Decoder(limits, new byte[Http1Decoder.scratchSize(limits)]);
    decoder.decode(ByteBuffer.wrap(wire.getBytes(StandardCharsets.ISO_8859_1)));
    return decoder.head();
  }

  @Override
  public String toString() {
    return name + ": " + status + " to " + request;
  }
}
