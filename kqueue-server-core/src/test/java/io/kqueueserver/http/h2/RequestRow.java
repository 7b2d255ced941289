package io.kqueueserver.http.h2;

import io.kqueueserver.http.Headers;
import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.Limits;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One row of the table of request heads: the fields of a block, and what must come of them.
 *
 * @param fields one {@code name: value} each; every octet is one char
 * @param outcome the head as {@link #head} writes it, or what refuses it
 */
record RequestRow(String name, String rfc, List<String> fields, String outcome, Kind kind) {

  /** What is special about the request or the server. */
  enum Kind {
    PLAIN,
    END_STREAM,
    STRICT_TARGET,
    CONNECT_PROTOCOL,
    TRAILERS
  }

  static final int STREAM = 7;
  static final String MALFORMED = "STREAM 7 PROTOCOL_ERROR";

  private static final Limits LIMITS = new Limits(1000, 1000, 50, 100, 100, -1);

  /** A GET of / at x with these fields behind the pseudo-header fields. */
  static String[] get(String... fields) {
    return request("GET", fields);
  }

  static String[] request(String method, String... fields) {
    return with(
        new String[] {":method: " + method, ":scheme: https", ":authority: x", ":path: /"}, fields);
  }

  static String[] with(String[] first, String... fields) {
    String[] all = Arrays.copyOf(first, first.length + fields.length);
    System.arraycopy(fields, 0, all, first.length, fields.length);
    return all;
  }

  static RequestRow accepted(String name, String rfc, String outcome, String... fields) {
    return new RequestRow(name, rfc, List.of(fields), outcome, Kind.PLAIN);
  }

  static RequestRow malformed(String name, String rfc, String... fields) {
    return accepted(name, rfc, MALFORMED, fields);
  }

  static RequestRow refused(String name, String rfc, String outcome, String... fields) {
    return accepted(name, rfc, "REFUSED " + outcome, fields);
  }

  RequestRow as(Kind other) {
    return new RequestRow(name, rfc, fields, outcome, other);
  }

  String run(RequestFields request, RequestTrailers trailers) {
    FieldSection section = kind == Kind.TRAILERS ? trailers : request;
    section.begin(STREAM);
    for (String field : fields) {
      int colon = field.startsWith(": ") ? 0 : field.indexOf(": ", 1);
      section.field(field.substring(0, colon), field.substring(colon + 2), false);
    }
    try {
      if (kind == Kind.TRAILERS) {
        return fields(trailers.end(true));
      }
      return head(request.end(kind == Kind.END_STREAM));
    } catch (Http2Exception e) {
      return "STREAM " + e.streamId() + " " + e.code();
    } catch (HttpException e) {
      return "REFUSED " + e.status() + (e.limit() == null ? "" : " " + e.limit());
    }
  }

  String run() {
    return run(
        new RequestFields(LIMITS, kind == Kind.STRICT_TARGET, kind == Kind.CONNECT_PROTOCOL),
        new RequestTrailers());
  }

  /** {@code GET https x /path (/as-sent) protocol +length continue u=1 | name: value}. */
  private static String head(Http2RequestHead head) {
    String sent = head.pathAsSent().equals(head.path()) ? "" : " (" + head.pathAsSent() + ")";
    return head.method()
        + (" " + head.scheme())
        + (" " + head.authority())
        + (" " + head.path() + sent)
        + optional(head.protocol())
        + (head.contentLength() == -1 ? "" : " +" + head.contentLength())
        + (head.expectsContinue() ? " continue" : "")
        + (head.priority().equals(Priority.DEFAULT) ? "" : " u=" + head.priority().urgency())
        + fields(head.headers());
  }

  private static String optional(@Nullable String text) {
    return text == null ? "" : " " + text;
  }

  private static String fields(Headers headers) {
    StringBuilder text = new StringBuilder();
    headers.writeTo((name, value) -> text.append(" | ").append(name).append(": ").append(value));
    return text.toString();
  }

  @Override
  public String toString() {
    return name + " (" + rfc + ")";
  }
}
