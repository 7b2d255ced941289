package io.kqueueserver.http.forwarded;

import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.syntax.HostSyntax;
import io.kqueueserver.ip.IpLiteral;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Checks values that become part of the request's URI. A trusted proxy writes valid values, so a
 * malformed value came from a client through a proxy that does not replace fields: 400.
 */
final class OriginSyntax {
  private static final String SUB_DELIMS_AND_UNRESERVED = "!$&'()*+,;=-._~";

  private OriginSyntax() {}

  /**
   * The scheme, {@code http} or {@code https}. Proxies of WebSocket send {@code ws} or {@code wss}.
   */
  static String scheme(String proto) {
    return switch (proto.toLowerCase(Locale.ROOT)) {
      case "http", "ws" -> "http";
      case "https", "wss" -> "https";
      default -> throw HttpException.badRequest("forwarded protocol is neither http nor https");
    };
  }

  /** Checks a host with an optional port, which must have digits. */
  static String authority(String host) {
    byte[] octets = octets(host);
    // RFC 6874 4: a zone means something on one machine only, so no proxy passes one on.
    boolean zone = host.startsWith("[") && host.indexOf('%') >= 0;
    if (zone || !HostSyntax.isAuthority(octets, 0, octets.length) || host.endsWith(":")) {
      throw HttpException.badRequest("forwarded host is malformed");
    }
    return host;
  }

  /** The same host with another port. */
  static String withPort(String authority, String port) {
    if (IpLiteral.port(port) <= 0) {
      throw HttpException.badRequest("forwarded port is malformed");
    }
    byte[] octets = octets(authority);
    int end = HostSyntax.endOfHost(octets, 0, octets.length);
    return end <= 0 ? authority : authority.substring(0, end) + ':' + port;
  }

  /** The octets of a text. Characters outside of Latin-1 become a question mark, as in no host. */
  private static byte[] octets(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** A path prefix without its trailing slashes; empty if nothing is left. */
  static String prefix(String prefix) {
    int end = prefix.length();
    while (end > 0 && prefix.charAt(end - 1) == '/') {
      end--;
    }
    if (end > 0 && (prefix.charAt(0) != '/' || endOf(prefix, "/:@") != prefix.length())) {
      throw HttpException.badRequest("forwarded prefix is no path");
    }
    String path = prefix.substring(0, end);
    if (leadsAstray(path)) {
      throw HttpException.badRequest("forwarded prefix has an empty segment or one of dots");
    }
    return path;
  }

  /**
   * Whether a link that begins with this path leads somewhere else: {@code //evil} to another host,
   * {@code /..} out of the application. Dots may be percent-encoded (RFC 3986 6.2.2.3), and some
   * drop what follows a semicolon before they look.
   */
  private static boolean leadsAstray(String path) {
    for (int slash = 0; slash < path.length(); ) {
      int next = path.indexOf('/', slash + 1);
      next = next < 0 ? path.length() : next;
      String segment = path.substring(slash + 1, next);
      int semicolon = segment.indexOf(';');
      String name = semicolon < 0 ? segment : segment.substring(0, semicolon);
      String plain = name.replace("%2e", ".").replace("%2E", ".");
      if (plain.isEmpty() || plain.equals(".") || plain.equals("..")) {
        return true;
      }
      slash = next;
    }
    return false;
  }

  /** Where the unreserved, percent-encoded and given characters end (RFC 3986 2). */
  private static int endOf(String text, String more) {
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (c == '%' && isHex(text, i + 1) && isHex(text, i + 2)) {
        i += 3;
      } else if (isAlphanumeric(c)
          || SUB_DELIMS_AND_UNRESERVED.indexOf(c) >= 0
          || more.indexOf(c) >= 0) {
        i++;
      } else {
        break;
      }
    }
    return i;
  }

  private static boolean isHex(String text, int at) {
    return at < text.length()
        && text.charAt(at) < 0x80
        && Character.digit(text.charAt(at), 16) >= 0;
  }

  private static boolean isAlphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }
}
