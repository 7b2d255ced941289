package io.kqueueserver.http.coding;

import io.kqueueserver.http.HeaderSink;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.syntax.FieldSyntax;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A response's fields, copied once, judged once, and poured out as they must be beside the coding
 * chosen. A head that is sent later than it was given needs the copy.
 */
public final class CodedFields implements HeaderSource, HeaderSink {
  /** No Content-Length, or none that can be read. */
  public static final long NO_LENGTH = -1;

  private final List<String> names = new ArrayList<>(12);
  private final List<String> values = new ArrayList<>(12);

  private @Nullable String contentType;
  private long contentLength = NO_LENGTH;
  private boolean lengthIsOdd;
  private boolean malformed;
  private boolean unchangeable;
  private boolean saysVary;

  private @Nullable ContentCoding coding;
  private boolean addsVary;
  private boolean weakTag;

  /** Copies and looks at the fields. */
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
      case "vary" -> saysVary |= contains(value, "*") || contains(value, "accept-encoding");
      default -> {}
    }
  }

  /** The application's own Content-Length. */
  public long contentLength() {
    return contentLength;
  }

  /**
   * Whether a body of that length (or {@link #NO_LENGTH}) is to be compressed for clients that can
   * decode it. Fields the server would refuse are left for it to refuse.
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

  /** The response differs by what a client accepts: caches must know (RFC 9110 12.5.5). */
  public void vary() {
    addsVary = !saysVary;
  }

  /**
   * A 304 names the representation the client has (RFC 9110 15.4.5). If that is our coded one, its
   * tag is the weak one: a cache must not freshen it by a strong tag that is another's (RFC 9111
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

  /** Whether {@link #writeTo} pours anything else than was given. */
  public boolean differs() {
    return addsVary || weakTag || coding != null;
  }

  /** Pours the fields of the coded representation from now on; null for those of the plain one. */
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
        sink.field(name, values.get(i)); // ranges would be of the coded bytes, which nobody keeps
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
   * As nginx: a strong tag promises the same bytes, and these are others (RFC 9110 8.8.1, 8.8.3.3).
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
      return value.isEmpty() || value.charAt(0) == '+' ? NO_LENGTH : Long.parseLong(value);
    } catch (NumberFormatException e) {
      return NO_LENGTH;
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
