package io.kqueueserver.http.h2;

import io.kqueueserver.http.syntax.HostSyntax;
import java.nio.charset.StandardCharsets;

/**
 * Holds {@code :authority} and {@code Host} to the grammar of a host and its port. The last good
 * one is remembered, since a connection hardly has two.
 */
final class AuthorityCheck {
  private static final int MAX_REMEMBERED_CHARS = 256;

  private String good = "";

  /** Whether it is a host, perhaps with a port; an empty one is none (RFC 9110 4.2.1). */
  boolean isAuthority(String text) {
    if (text.isEmpty() || text.equals(good)) {
      return !text.isEmpty();
    }
    byte[] octets = text.getBytes(StandardCharsets.ISO_8859_1);
    boolean is = HostSyntax.isAuthority(octets, 0, octets.length);
    if (is && text.length() <= MAX_REMEMBERED_CHARS) {
      good = text;
    }
    return is;
  }

  /** Whether it is a host with a port, as CONNECT wants it. */
  static boolean isHostAndPort(String text) {
    byte[] octets = text.getBytes(StandardCharsets.ISO_8859_1);
    return HostSyntax.isHostAndPort(octets, 0, octets.length);
  }

  /** Whether two authorities name the same host and port, by the scheme's default port. */
  static boolean isSame(String one, String other, String scheme) {
    return one.equals(other)
        || withoutDefaultPort(one, scheme).equalsIgnoreCase(withoutDefaultPort(other, scheme));
  }

  private static String withoutDefaultPort(String authority, String scheme) {
    int colon = authority.lastIndexOf(':');
    if (colon < 0 || authority.endsWith("]")) {
      return authority;
    }
    String port = authority.substring(colon + 1);
    boolean isDefault = port.isEmpty() || port.equals(scheme.equals("https") ? "443" : "80");
    return isDefault ? authority.substring(0, colon) : authority;
  }
}
