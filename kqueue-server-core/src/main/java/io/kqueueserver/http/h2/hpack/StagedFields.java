package io.kqueueserver.http.h2.hpack;

import io.kqueueserver.http.syntax.FieldSyntax;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a block that is still being put together. Every field is checked here, before the
 * first one touches the encoder's table: a block that the application breaks off, or fills with
 * what may not be sent, leaves no trace in the compression of the connection.
 */
final class StagedFields {
  private static final int INITIAL_FIELDS = 32;
  private static final int INITIAL_BYTES = 4096;

  /** Number of fields whose arrays are kept for the next block. */
  private static final int MAX_KEPT_FIELDS = 256;

  private static final int MAX_KEPT_BYTES = 64 * 1024;

  /** A first octet, and two lengths of at most six octets. */
  private static final int MAX_FIELD_OVERHEAD = 13;

  private final FieldNameCache cache = new FieldNameCache();

  private @Nullable HpackEncoder owner;
  private @Nullable FieldName[] names = new @Nullable FieldName[INITIAL_FIELDS];
  private @Nullable String[] values = new @Nullable String[INITIAL_FIELDS];
  private int count;
  private int encodedBound;

  private byte[] octets = new byte[INITIAL_BYTES];

  /** Forgets all, and belongs to that encoder now. */
  void begin(@Nullable HpackEncoder encoder) {
    owner = encoder;
    Arrays.fill(names, 0, count, null);
    Arrays.fill(values, 0, count, null);
    count = 0;
    encodedBound = 0;
    if (names.length > MAX_KEPT_FIELDS) {
      names = new @Nullable FieldName[INITIAL_FIELDS];
      values = new @Nullable String[INITIAL_FIELDS];
    }
    if (octets.length > MAX_KEPT_BYTES) {
      octets = new byte[INITIAL_BYTES];
    }
  }

  boolean belongsTo(HpackEncoder encoder) {
    return owner == encoder;
  }

  /** Adds a field whose name must be a token. */
  void field(String name, String value) {
    FieldName known = cache.get(name);
    if (known.isPseudo()) {
      throw FieldSyntax.badName(name);
    }
    check(name, value);
    add(known, value);
  }

  /** Adds a field whose name must begin with a colon. */
  void pseudoField(String name, String value) {
    FieldName known = cache.get(name);
    if (!known.isPseudo()) {
      throw FieldSyntax.badName(name);
    }
    check(name, value);
    add(known, value);
  }

  /** Adds a field that needs no check. */
  void add(FieldName name, String value) {
    if (count == names.length) {
      names = Arrays.copyOf(names, 2 * count);
      values = Arrays.copyOf(values, 2 * count);
    }
    int longest = Math.max(name.text().length(), value.length());
    if (longest > octets.length) {
      octets = new byte[Math.max(longest, 2 * octets.length)];
    }
    encodedBound =
        Math.addExact(encodedBound, name.text().length() + value.length() + MAX_FIELD_OVERHEAD);
    names[count] = name;
    values[count++] = value;
  }

  int count() {
    return count;
  }

  FieldName name(int i) {
    return names[i];
  }

  String value(int i) {
    return values[i];
  }

  /** No coding of these fields takes more octets. */
  int encodedBound() {
    return encodedBound;
  }

  /**
   * The text as octets, in an array with room for any text of these fields. Chars above U+00FF have
   * no octet and become question marks, as in HTTP/1.
   */
  byte[] octets(String text) {
    byte[] to = octets;
    int length = text.length();
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      to[i] = (byte) (c > 0xff ? '?' : c);
    }
    return to;
  }

  private static void check(String name, String value) {
    if (!FieldSyntax.isContent(value)) {
      throw FieldSyntax.badValue(name, value);
    }
  }
}
