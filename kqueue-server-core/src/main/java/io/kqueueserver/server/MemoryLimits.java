package io.kqueueserver.server;

/**
 * Bounds on what is held in memory for clients, in bytes.
 *
 * @param bodyPieceBytes the longest piece of a request body an application is handed at once
 * @param maxHeldBytes all that is read ahead or waits to be sent, over all connections
 */
public record MemoryLimits(int bodyPieceBytes, long maxHeldBytes) {
  /** Below it a handful of connections would be in each other's way. */
  private static final long LEAST_HELD_BYTES = 64 * 1024;

  /**
   * 8 KiB: parsers above us may recurse once per record in a buffer, so a piece must not hold more
   * of the smallest records than a thread's stack bears. It is also what fits a TLAB well.
   */
  public static final MemoryLimits DEFAULTS =
      new MemoryLimits(8 * 1024, Math.max(LEAST_HELD_BYTES, Runtime.getRuntime().maxMemory() / 4));

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException naming the option, its value and what is allowed
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
