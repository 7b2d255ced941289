package io.kqueueserver.http.ws;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The masking of a client's payload (RFC 6455 5.3): its n-th byte is XORed with key byte n mod 4.
 */
final class Masking {
  private Masking() {}

  /**
   * Unmasks bytes where they are.
   *
   * @param key the four bytes of the key, the one for {@code from} in the highest
   * @return the key for the byte at {@code to}
   */
  static int unmask(ByteBuffer b, int from, int to, int key) {
    int i = from;
    if (to - from >= Long.BYTES) {
      long eight = ((key & 0xffffffffL) << 32) | (key & 0xffffffffL);
      long ordered = b.order() == ByteOrder.BIG_ENDIAN ? eight : Long.reverseBytes(eight);
      for (; i <= to - Long.BYTES; i += Long.BYTES) {
        b.putLong(i, b.getLong(i) ^ ordered);
      }
    }
    int rotated = key;
    for (; i < to; i++) {
      b.put(i, (byte) (b.get(i) ^ (rotated >>> 24)));
      rotated = Integer.rotateLeft(rotated, Byte.SIZE);
    }
    return rotated;
  }
}
