package io.kqueueserver.http.h1;

import io.kqueueserver.http.syntax.Octets;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the octets of a head or trailer section, which come in any pieces, in one array. The
 * octets of a section that arrives within one call are in the loop's scratch array. Only an
 * incomplete section is kept in an array of this object. The parsers bound its growth.
 */
final class HeadBytes {
  /** A head usually fits; larger pieces would be copied once per pipelined request. */
  private static final int FIRST_COPY_BYTES = 1024;

  private static final int MIN_OWN_BYTES = 256;

  private final byte[] scratch;

  private byte @Nullable [] own;
  private int length;

  HeadBytes(byte[] scratch) {
    this.scratch = scratch;
  }

  /** Valid until the next {@link #fill}. */
  byte[] array() {
    return own == null ? scratch : own;
  }

  int length() {
    return length;
  }

  /** The size of the kept array, which survives the call. */
  int heldBytes() {
    return own == null ? 0 : own.length;
  }

  /** Moves some octets from the input to the end of the array; false if there were none. */
  boolean fill(ByteBuffer in) {
    int available = in.remaining();
    if (available == 0) {
      return false;
    }
    int wanted = Math.min(available, Math.max(FIRST_COPY_BYTES, length));
    byte[] array = array();
    if (length == array.length) {
      array = Arrays.copyOf(array, Math.max(MIN_OWN_BYTES, 2 * length));
      own = array;
    }
    wanted = Math.min(wanted, array.length - length);
    in.get(array, length, wanted);
    length += wanted;
    return true;
  }

  /** The call ends within a section: saves what lies in the shared array. */
  void keep() {
    if (own == null && length > 0) {
      own = Arrays.copyOf(scratch, Math.max(MIN_OWN_BYTES, length + (length >>> 1)));
    }
  }

  /** The first octets up to a line end, at most so many of them. */
  String firstLine(int most) {
    byte[] array = array();
    int end = 0;
    while (end < Math.min(length, most) && array[end] != Octets.CR && array[end] != Octets.LF) {
      end++;
    }
    return new String(array, 0, end, StandardCharsets.ISO_8859_1);
  }

  /** The first octets, in an array of just that size. */
  byte[] copy(int end) {
    return Arrays.copyOf(array(), end);
  }

  /** The section ended here: gives the rest back to the input and forgets all. */
  void release(ByteBuffer in, int end) {
    in.position(in.position() - (length - end));
    clear();
  }

  void clear() {
    own = null;
    length = 0;
  }
}
