package io.kqueueserver.benchmarks.load;

import java.util.Random;
import java.util.zip.CRC32C;

/** Bodies of any length whose bytes are known, so that a checksum shows that all are right. */
public final class Bodies {
  /** 64 KiB that differ from each other; a body repeats them. */
  static final byte[] PIECE = new byte[64 * 1024];

  static {
    new Random(42).nextBytes(PIECE);
  }

  private Bodies() {}

  /** The first {@code length} bytes of a body. */
  public static byte[] body(int length) {
    byte[] body = new byte[length];
    for (int at = 0; at < length; at += PIECE.length) {
      System.arraycopy(PIECE, 0, body, at, Math.min(PIECE.length, length - at));
    }
    return body;
  }

  /** The checksum of a body of that length. */
  public static long checksum(long length) {
    CRC32C checksum = new CRC32C();
    for (long left = length; left > 0; left -= PIECE.length) {
      checksum.update(PIECE, 0, (int) Math.min(left, PIECE.length));
    }
    return checksum.getValue();
  }
}
