package io.kqueueserver.http.h1;

import io.kqueueserver.http.Http1Options;
import io.kqueueserver.http.Limits;
import io.kqueueserver.stats.Limit;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * One row of the wire table: octets a client may send, and what the decoder must make of them.
 *
 * @param expected the transcript, see {@link Transcript}; of a refused row only its last line
 */
record WireRow(
    String name,
    String rfc,
    String wire,
    boolean refused,
    List<String> expected,
    Limits limits,
    Http1Options options) {

  WireRow(
      String name, String rfc, String wire, boolean refused, List<String> expected, Limits limits) {
    this(name, rfc, wire, refused, expected, limits, Http1Options.DEFAULTS);
  }

  /** Small enough that a row can cross each limit without being long. */
  static final Limits SMALL = new Limits(40, 96, 4, 20, 20, -1);

  /** Every octet of {@code wire} is one char. The decoder must be idle after the last one. */
  static WireRow accepted(String name, String rfc, String wire, String... expected) {
    return new WireRow(name, rfc, wire, false, List.of(expected), Limits.DEFAULTS);
  }

  static WireRow refused(String name, String rfc, String wire, int status) {
    return new WireRow(name, rfc, wire, true, List.of("REFUSED " + status), Limits.DEFAULTS);
  }

  /** Refused because of a limit that no configuration lifts. */
  static WireRow refused(String name, String rfc, String wire, int status, Limit limit) {
    return new WireRow(
        name, rfc, wire, true, List.of("REFUSED " + status + " " + limit), Limits.DEFAULTS);
  }

  /** Refused under {@link #SMALL} limits. */
  static WireRow tooMuch(String name, String wire, int status, Limit limit) {
    return new WireRow(
        name, "limit", wire, true, List.of("REFUSED " + status + " " + limit), SMALL);
  }

  /** Accepted under {@link #SMALL} limits. */
  static WireRow justEnough(String name, String wire, String... expected) {
    return new WireRow(name, "limit", wire, false, List.of(expected), SMALL);
  }

  /** The same row for a decoder that keeps to RFC 3986. */
  static WireRow strict(WireRow row) {
    return new WireRow(
        row.name, row.rfc, row.wire, row.refused, row.expected, row.limits, new Http1Options(true));
  }

  /** A GET with these fields after Host, each without its line end. */
  static String get(String... fields) {
    return message("GET / HTTP/1.1", "Host: x", fields);
  }

  /** A POST with these fields after Host. */
  static String post(String... fields) {
    return message("POST / HTTP/1.1", "Host: x", fields);
  }

  /** A chunked POST with this body. */
  static String chunked(String body) {
    return post("Transfer-Encoding: chunked") + body;
  }

  /** A request line with a Host field. */
  static String line(String requestLine) {
    return requestLine + "\r\nHost: x\r\n\r\n";
  }

  private static String message(String line, String host, String... fields) {
    StringBuilder text = new StringBuilder(line).append("\r\n").append(host).append("\r\n");
    for (String field : fields) {
      text.append(field).append("\r\n");
    }
    return text.append("\r\n").toString();
  }

  byte[] octets() {
    return wire.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Override
  public String toString() {
    return name + " (" + rfc + ")";
  }
}
