package io.kqueueserver.http.coding;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.HeaderSink;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.syntax.FieldSyntax;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a response, copied and checked once, and written as the chosen coding requires. The
 * copy serves a head that is sent later than it was given.
 */
public final class CodedFields implements HeaderSource, HeaderSink {
  private final List<String> names = new ArrayList<>(12);
  private final List<String> values = new ArrayList<>(12);

  private @Nullable String contentType;
  private long contentLength = Exchange.UNKNOWN_LENGTH;
  private boolean lengthIsOdd;
  private boolean malformed;
  private boolean unchangeable;
  private boolean hasVary;

  private @Nullable ContentCoding coding;
  private boolean addsVary;
  private boolean weakTag;

  /** Copies and checks the fields. */
  public CodedFields(HeaderSource source) {
    source.writeTo(this);
  }

  @Override
  public void field(String name, String value) {
    names.add(name);
    values.add(value);
    malformed |= !FieldSyntax.isToken(name) || !FieldSyntax.isContent(value);
    switch (name.toLowerCase(Locale.ROOT)) {
      case "content-type" -> contentType = value;
      case "content-length" -> length(value);
      // A coding of its own, a part, or a digest of the very bytes: RFC 9110 8.4, 14.4, RFC 9530.
      case "content-encoding",
          "content-range",
          "content-digest",
          "repr-digest",
          "digest",
          "content-md5" ->
          unchangeable = true;
      // RFC 9111 5.2.2.6, and RFC 9110 7.7 for what it forbids.
      case "cache-control" -> unchangeable |= contains(value, "no-transform");
      case "vary" -> hasVary |= contains(value, "*") || contains(value, "accept-encoding");
      default -> {}
    }
  }

  /**
   * The application's own Content-Length; {@link Exchange#UNKNOWN_LENGTH} without one, or if it
   * cannot be read.
   */
  public long contentLength() {
    return contentLength;
  }

  /**
   * Whether a body of this length (or {@link Exchange#UNKNOWN_LENGTH}) must be compressed for
   * clients that can decode it. Malformed fields are not checked here, but when they are sent.
   */
  public boolean isCompressible(Compression options, int status, long bodyLength) {
    long length = bodyLength >= 0 ? bodyLength : contentLength;
    boolean hasBody =
        status >= 200 && status <= 999 && status != 204 && status != 205 && status != 304;
    return hasBody
        && status != 206
        && !malformed
        && !lengthIsOdd
        && (bodyLength < 0 || contentLength < 0 || bodyLength == contentLength)
        && !unchangeable
        && length != 0
        && (length < 0 || length >= options.minResponseBytes())
        && options.contentTypes().isCompressible(contentType);
  }

  /** Whether a 304 with these fields may stand for a response that varies (RFC 9110 15.4.5). */
  public boolean mayStandForCompressible(Compression options) {
    return contentType == null || options.contentTypes().isCompressible(contentType);
  }

  /** Adds Vary, because the response depends on Accept-Encoding (RFC 9110 12.5.5). */
  public void vary() {
    addsVary = !hasVary;
  }

  /**
   * Weakens the tag of a 304 if the client has the coded representation, whose tag is weak (RFC
   * 9110 15.4.5). A cache must not freshen it by the strong tag of another representation (RFC 9111
   * 4.3.4).
   */
  public void weakenTagIfAskedFor(List<String> ifNoneMatch) {
    for (int i = 0; i < names.size(); i++) {
      String weak = "W/" + values.get(i);
      if (names.get(i).equalsIgnoreCase("ETag")
          && values.get(i).startsWith("\"")
          && ifNoneMatch.stream().anyMatch(list -> list.contains(weak))) {
        weakTag = true;
      }
    }
  }

  /** Whether {@link #writeTo} writes other fields than the given ones. */
  public boolean differs() {
    return addsVary || weakTag || coding != null;
  }

  /** Sets the coding whose fields {@link #writeTo} writes; null for the plain representation. */
  public void coding(@Nullable ContentCoding chosen) {
    coding = chosen;
  }

  @Override
  public void writeTo(HeaderSink sink) {
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      if ((coding != null || weakTag) && name.equalsIgnoreCase("ETag")) {
        sink.field(name, weak(values.get(i)));
      } else if (coding == null) {
        sink.field(name, values.get(i));
      } else if (!name.equalsIgnoreCase("Content-Length")
          && !name.equalsIgnoreCase("Accept-Ranges")) {
        sink.field(name, values.get(i)); // ranges would be of the coded bytes, which are not kept
      }
    }
    if (coding != null) {
      sink.field("Content-Encoding", coding.token());
    }
    if (addsVary) {
      sink.field("Vary", "Accept-Encoding");
    }
  }

  /**
   * The weak form of a tag, as in nginx. A strong tag promises the same bytes, and coded bytes are
   * others (RFC 9110 8.8.1, 8.8.3.3).
   */
  private static String weak(String tag) {
    return tag.startsWith("\"") ? "W/" + tag : tag;
  }

  private void length(String value) {
    long length = parse(value);
    lengthIsOdd |= length < 0 || (contentLength >= 0 && contentLength != length);
    contentLength = length;
  }

  private static long parse(String value) {
    try {
      return value.isEmpty() || value.charAt(0) == '+'
          ? Exchange.UNKNOWN_LENGTH
          : Long.parseLong(value);
    } catch (NumberFormatException e) {
      return Exchange.UNKNOWN_LENGTH;
    }
  }

  private static boolean contains(String list, String element) {
    for (String each : list.split(",", -1)) {
      if (each.strip().equalsIgnoreCase(element)) {
        return true;
      }
    }
    return false;
  }
}
