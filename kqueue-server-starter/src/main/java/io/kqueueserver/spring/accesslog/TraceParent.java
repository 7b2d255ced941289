package io.kqueueserver.spring.accesslog;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The ids in a {@code traceparent} field (W3C Trace Context 3.2). A value that the recommendation
 * forbids is no trace, so that a client cannot put anything else into these places of the log.
 *
 * @param traceId 32 hexadecimal digits
 * @param parentId 16 hexadecimal digits: the span of the client that sent the request
 */
record TraceParent(String traceId, String parentId) {
  static final String FIELD = "traceparent";

  /** A later version may have more behind the flags; version ff is forbidden. */
  private static final Pattern FORM =
      Pattern.compile("(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?");

  private static final Pattern ZEROS = Pattern.compile("0+");

  /** Parses the field; null if it is absent, malformed, or has an id of zeros. */
  static @Nullable TraceParent parse(@Nullable String field) {
    Matcher matcher = FORM.matcher(field == null ? "" : field);
    if (!matcher.matches() || (matcher.group(1).equals("00") && matcher.group(4) != null)) {
      return null;
    }
    TraceParent parent = new TraceParent(matcher.group(2), matcher.group(3));
    return isZero(parent.traceId) || isZero(parent.parentId) ? null : parent;
  }

  private static boolean isZero(String id) {
    return ZEROS.matcher(id).matches();
  }
}
