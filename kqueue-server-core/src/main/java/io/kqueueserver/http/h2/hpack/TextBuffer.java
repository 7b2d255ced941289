package io.kqueueserver.http.h2.hpack;

import io.kqueueserver.http.syntax.FieldNames;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the octets of one string literal. While the literal arrives within one call its octets
 * lie in the loop's scratch array; only what is left incomplete is kept in an array of this
 * buffer's own, which grows with the octets that have arrived.
 */
final class TextBuffer {
  /** Octets of a scratch array. Most literals fit. */
  static final int SCRATCH_BYTES = 4096;

  private static final int MIN_OWN_BYTES = 64;

  private final byte[] scratch;

  private byte @Nullable [] own;
  private int length;

  TextBuffer(byte[] scratch) {
    this.scratch = scratch;
  }

  byte[] array() {
    return own == null ? scratch : own;
  }

  /** The array to write to behind {@link #length}, which has room for that many octets more. */
  byte[] room(int more) {
    byte[] array = array();
    if (more > array.length - length) {
      array = Arrays.copyOf(array, Math.max(length + more, 2 * length));
      own = array;
    }
    return array;
  }

  int length() {
    return length;
  }

  void length(int octets) {
    length = octets;
  }

  /** The octets of an array of this buffer's own. */
  int heldBytes() {
    return own == null ? 0 : own.length;
  }

  /** The call ends within a literal: saves what lies in the scratch array. */
  void keep() {
    if (own == null && length > 0) {
      own = Arrays.copyOf(scratch, Math.max(MIN_OWN_BYTES, length));
    }
  }

  void clear() {
    own = null;
    length = 0;
  }

  /** The octets as a name: one and the same String every time if the name is common. */
  String toName() {
    return length == 0 ? "" : FieldNames.text(array(), 0, length);
  }

  /** The octets as a value. */
  String toValue() {
    return length == 0 ? "" : new String(array(), 0, length, StandardCharsets.ISO_8859_1);
  }
}
