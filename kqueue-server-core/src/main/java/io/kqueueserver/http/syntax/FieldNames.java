package io.kqueueserver.http.syntax;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.StringTokenizer;
import org.jspecify.annotations.Nullable;

/**
 * Common request field names, in the usual case and in lower case. Reading such a name makes no
 * String.
 */
public final class FieldNames {
  private static final int SLOTS = 512;
  private static final @Nullable String[] TABLE = new String[SLOTS];

  static {
    String common =
        """
        Accept Accept-Charset Accept-Encoding Accept-Language Access-Control-Request-Headers
        Access-Control-Request-Method Authorization Cache-Control Connection Content-Disposition
        Content-Encoding Content-Language Content-Length Content-Type Cookie DNT Date Expect
        Forwarded From Host If-Match If-Modified-Since If-None-Match If-Range If-Unmodified-Since
        Keep-Alive Last-Event-ID Max-Forwards Origin Pragma Priority Proxy-Authorization Range
        Referer Sec-CH-UA Sec-CH-UA-Mobile Sec-CH-UA-Platform Sec-Fetch-Dest Sec-Fetch-Mode
        Sec-Fetch-Site Sec-Fetch-User Sec-GPC Sec-WebSocket-Extensions Sec-WebSocket-Key
        Sec-WebSocket-Protocol Sec-WebSocket-Version TE Trailer Transfer-Encoding Upgrade
        Upgrade-Insecure-Requests User-Agent Via X-Forwarded-For X-Forwarded-Host
        X-Forwarded-Port X-Forwarded-Prefix X-Forwarded-Proto X-Real-IP X-Request-ID
        X-Requested-With traceparent tracestate
        """;
    for (StringTokenizer names = new StringTokenizer(common); names.hasMoreTokens(); ) {
      String name = names.nextToken();
      // Interned: the same objects as the literals that callers compare them with.
      add(name.intern());
      add(name.toLowerCase(Locale.ROOT).intern());
    }
  }

  private FieldNames() {}

  /** The octets as a String, one and the same every time if the name is common. */
  public static String text(byte[] b, int from, int to) {
    int slot = slot(b[from], b[to - 1], b[(from + to) >>> 1], to - from);
    for (String name = TABLE[slot]; name != null; name = TABLE[slot]) {
      if (isSame(name, b, from, to)) {
        return name;
      }
      slot = (slot + 1) % SLOTS;
    }
    return new String(b, from, to - from, StandardCharsets.ISO_8859_1);
  }

  private static void add(String name) {
    int length = name.length();
    int slot = slot(name.charAt(0), name.charAt(length - 1), name.charAt(length >>> 1), length);
    for (String other = TABLE[slot]; other != null; other = TABLE[slot]) {
      if (other.equals(name)) {
        return;
      }
      slot = (slot + 1) % SLOTS;
    }
    TABLE[slot] = name;
  }

  private static int slot(int first, int last, int middle, int length) {
    return (first * 31 + last * 7 + middle * 131 + length * 17) & (SLOTS - 1);
  }

  private static boolean isSame(String name, byte[] b, int from, int to) {
    if (name.length() != to - from) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      if (name.charAt(i) != b[from + i]) {
        return false;
      }
    }
    return true;
  }
}
