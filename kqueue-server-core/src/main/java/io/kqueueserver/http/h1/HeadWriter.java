package io.kqueueserver.http.h1;

import io.kqueueserver.http.syntax.FieldSyntax;
import io.kqueueserver.http.syntax.Octets;
import java.util.Arrays;

/** A byte array that grows, is used again, and takes fields only if they are well formed. */
final class HeadWriter {
  private static final int INITIAL_BYTES = 1024;

  /** A head this large is rare; its array is not kept for the next one. */
  private static final int MAX_KEPT_BYTES = 64 * 1024;

  private byte[] bytes = new byte[INITIAL_BYTES];
  private int length;

  /** Starts anew. */
  void clear() {
    length = 0;
    if (bytes.length > MAX_KEPT_BYTES) {
      bytes = new byte[INITIAL_BYTES];
    }
  }

  byte[] bytes() {
    return bytes;
  }

  int length() {
    return length;
  }

  void raw(byte[] source) {
    ensure(source.length);
    System.arraycopy(source, 0, bytes, length, source.length);
    length += source.length;
  }

  void octet(int value) {
    ensure(1);
    bytes[length++] = (byte) value;
  }

  /**
   * Writes one field line. Chars above U+00FF have no octet and become question marks.
   *
   * @throws IllegalArgumentException if the name is not a token, or the value holds a control
   */
  void field(String name, String value) {
    ensure(name.length() + value.length() + 4);
    name(name);
    bytes[length++] = ':';
    bytes[length++] = ' ';
    value(name, value);
    bytes[length++] = '\r';
    bytes[length++] = '\n';
  }

  void decimal(long value) {
    ensure(20);
    int end = length + digits(value);
    long rest = value;
    for (int i = end - 1; i >= length; i--) {
      bytes[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    length = end;
  }

  void hex(long value) {
    int nibbles = Math.max(1, (67 - Long.numberOfLeadingZeros(value)) / 4);
    ensure(nibbles);
    for (int shift = 4 * (nibbles - 1); shift >= 0; shift -= 4) {
      bytes[length++] = (byte) Character.forDigit((int) (value >>> shift) & 0xf, 16);
    }
  }

  private void name(String name) {
    int size = name.length();
    byte[] to = bytes;
    int at = length;
    for (int i = 0; i < size; i++) {
      char c = name.charAt(i);
      if (c > 0x7f || !Octets.isTchar(c)) {
        throw FieldSyntax.badName(name);
      }
      to[at + i] = (byte) c;
    }
    if (size == 0) {
      throw FieldSyntax.badName(name);
    }
    length = at + size;
  }

  private void value(String name, String value) {
    int size = value.length();
    byte[] to = bytes;
    int at = length;
    for (int i = 0; i < size; i++) {
      char c = value.charAt(i);
      if (c > 0xff) {
        // Never cut to its low byte: U+010A would become a line feed.
        c = '?';
      } else if (!Octets.isFieldContent(c)) {
        throw FieldSyntax.badValue(name, value);
      }
      to[at + i] = (byte) c;
    }
    length = at + size;
  }

  private void ensure(int more) {
    if (more > bytes.length - length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, Math.addExact(length, more)));
    }
  }

  private static int digits(long value) {
    int count = 1;
    for (long rest = value / 10; rest > 0; rest /= 10) {
      count++;
    }
    return count;
  }
}
