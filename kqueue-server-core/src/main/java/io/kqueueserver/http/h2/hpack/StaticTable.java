package io.kqueueserver.http.h2.hpack;

import java.util.Locale;

/** The fields that both ends know from the start (RFC 7541 Appendix A). Indices begin at 1. */
final class StaticTable {
  /** The highest index. */
  static final int LENGTH = 61;

  /** The index of {@code :status: 200}, the first of seven. */
  static final int STATUS = 8;

  private static final String FIELDS =
      """
      :authority
      :method GET
      :method POST
      :path /
      :path /index.html
      :scheme http
      :scheme https
      :status 200
      :status 204
      :status 206
      :status 304
      :status 400
      :status 404
      :status 500
      accept-charset
      accept-encoding gzip, deflate
      accept-language
      accept-ranges
      accept
      access-control-allow-origin
      age
      allow
      authorization
      cache-control
      content-disposition
      content-encoding
      content-language
      content-length
      content-location
      content-range
      content-type
      cookie
      date
      etag
      expect
      expires
      from
      host
      if-match
      if-modified-since
      if-none-match
      if-range
      if-unmodified-since
      last-modified
      link
      location
      max-forwards
      proxy-authenticate
      proxy-authorization
      range
      referer
      refresh
      retry-after
      server
      set-cookie
      strict-transport-security
      transfer-encoding
      user-agent
      vary
      via
      www-authenticate
      """;

  private static final String[] NAMES = new String[LENGTH + 1];
  private static final String[] VALUES = new String[LENGTH + 1];

  /** Open addressing from the hash of a name to its first index; 0 is a free slot. */
  private static final byte[] SLOTS = new byte[256];

  static {
    NAMES[0] = "";
    VALUES[0] = "";
    int index = 0;
    for (String line : FIELDS.lines().toList()) {
      int space = line.indexOf(' ');
      // Interned: the same objects as the literals that callers compare them with.
      NAMES[++index] = (space < 0 ? line : line.substring(0, space)).intern();
      VALUES[index] = space < 0 ? "" : line.substring(space + 1).intern();
      if (!NAMES[index].equals(NAMES[index - 1])) {
        int slot = slot(NAMES[index]);
        while (SLOTS[slot] != 0) {
          slot = slot + 1 & SLOTS.length - 1;
        }
        SLOTS[slot] = (byte) index;
      }
    }
    if (index != LENGTH) {
      throw new IllegalStateException(String.format(Locale.ROOT, "%d static fields", index));
    }
  }

  private StaticTable() {}

  static String name(int index) {
    return NAMES[index];
  }

  static String value(int index) {
    return VALUES[index];
  }

  /** The first index with this name, which must be in lower case; 0 if there is none. */
  static int find(String name) {
    for (int slot = slot(name); SLOTS[slot] != 0; slot = slot + 1 & SLOTS.length - 1) {
      if (NAMES[SLOTS[slot]].equals(name)) {
        return SLOTS[slot];
      }
    }
    return 0;
  }

  /**
   * The index with this value and the name of the first index; 0 if there is none. Fields of one
   * name stand together, seven at most.
   */
  static int find(int first, String value) {
    String name = NAMES[first];
    for (int index = first; index <= LENGTH && NAMES[index].equals(name); index++) {
      if (VALUES[index].equals(value)) {
        return index;
      }
    }
    return 0;
  }

  private static int slot(String name) {
    int hash = name.hashCode();
    return (hash ^ hash >>> 8 ^ hash >>> 16) & SLOTS.length - 1;
  }
}
