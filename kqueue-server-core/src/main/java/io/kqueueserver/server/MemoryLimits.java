package io.kqueueserver.server;

/**
 * Bounds on the bytes held in memory for clients.
 *
 * @param bodyPieceBytes longest piece of a request body that is passed to an application at once
 * @param maxHeldBytes maximum number of bytes read ahead or waiting to be sent, over all
 *     connections
 */
public record MemoryLimits(int bodyPieceBytes, long maxHeldBytes) {
  /** 64 KiB: the least maximum, below which a handful of connections would block each other. */
  private static final long LEAST_HELD_BYTES = 64 * 1024;

  /**
   * The defaults. Pieces of 8 KiB, because parsers of applications may recurse once per record in a
   * buffer: a piece must not hold more of the smallest records than a thread's stack bears. Such a
   * piece also fits a TLAB well.
   */
  public static final MemoryLimits DEFAULTS =
      new MemoryLimits(8 * 1024, Math.max(LEAST_HELD_BYTES, Runtime.getRuntime().maxMemory() / 4));

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException if a value is out of bounds; the message names the option
   */
  public MemoryLimits {
    if (bodyPieceBytes < 512 || bodyPieceBytes > 16 << 20) {
      throw new IllegalArgumentException(
          "body-piece-size is " + bodyPieceBytes + "; it must be from 512 to " + (16 << 20));
    }
    if (maxHeldBytes < LEAST_HELD_BYTES) {
      throw new IllegalArgumentException(
          "max-held-bytes is " + maxHeldBytes + "; it must be at least " + LEAST_HELD_BYTES);
    }
  }
}
