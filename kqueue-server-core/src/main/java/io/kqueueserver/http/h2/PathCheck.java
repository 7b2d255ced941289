package io.kqueueserver.http.h2;

import io.kqueueserver.http.syntax.TargetSyntax;
import java.nio.charset.StandardCharsets;

/**
 * Holds {@code :path} to the grammar HTTP/1 has for the path and query of a target. The last path
 * is remembered: a client that sends it again out of its table costs no second look.
 */
final class PathCheck {
  /** A longer path is not worth holding beyond its request. */
  private static final int MAX_REMEMBERED_CHARS = 256;

  private final boolean strict;
  private final TargetSyntax syntax = new TargetSyntax();

  private String sent = "";
  private String encoded = "";

  PathCheck(boolean strict) {
    this.strict = strict;
  }

  /**
   * The path with every octet percent-encoded that RFC 3986 wants so; empty if it is malformed: not
   * of the origin-form, not {@code *}, or with an octet of no target.
   */
  String encode(String path) {
    if (path.equals(sent)) {
      return encoded;
    }
    String result = check(path);
    if (path.length() <= MAX_REMEMBERED_CHARS) {
      sent = path;
      encoded = result;
    }
    return result;
  }

  private String check(String path) {
    if (path.equals("*")) {
      return path;
    }
    byte[] octets = path.getBytes(StandardCharsets.ISO_8859_1);
    if (octets.length == 0 || octets[0] != '/') {
      return "";
    }
    syntax.begin();
    if (syntax.scan(octets, 0, octets.length) < octets.length) {
      return "";
    }
    if (!syntax.hasBrowserOctets()) {
      return path;
    }
    return strict ? "" : TargetSyntax.encode(octets, 0, octets.length);
  }
}
