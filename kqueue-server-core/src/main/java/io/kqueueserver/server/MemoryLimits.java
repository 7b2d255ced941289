package io.kqueueserver.server;

/**
 * Bounds on what is held in memory for clients, in bytes.
 *
 * @param bodyPieceBytes the longest piece of a request body an application is handed at once
 */
public record MemoryLimits(int bodyPieceBytes) {
  /**
   * 8 KiB: parsers above us may recurse once per record in a buffer, so a piece must not hold more
   * of the smallest records than a thread's stack bears. It is also what fits a TLAB well.
   */
  public static final MemoryLimits DEFAULTS = new MemoryLimits(8 * 1024);

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
  }
}
