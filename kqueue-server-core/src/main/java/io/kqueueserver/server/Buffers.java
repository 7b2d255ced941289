package io.kqueueserver.server;

/**
 * Sizes of the buffers between sockets and exchanges, in bytes.
 *
 * @param read each loop's read buffer, the most one read takes
 * @param writeHighWatermark unsent bytes per connection above which it is not writable
 * @param writeLowWatermark unsent bytes per connection below which it is writable again
 */
public record Buffers(int read, int writeHighWatermark, int writeLowWatermark) {
  public static final Buffers DEFAULTS = new Buffers(64 * 1024, 64 * 1024, 32 * 1024);

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException if a value is out of bounds; the message names the option
   */
  public Buffers {
    OptionBounds.within("read-buffer-size", read, 1_024, 16 << 20);
    OptionBounds.within("write-high-watermark", writeHighWatermark, 1, 1 << 30);
    OptionBounds.within("write-low-watermark", writeLowWatermark, 0, writeHighWatermark);
  }

  public Buffers read(int bytes) {
    return new Buffers(bytes, writeHighWatermark, writeLowWatermark);
  }

  /** Both watermarks at once: the low one must not be above the high one. */
  public Buffers watermarks(int high, int low) {
    return new Buffers(read, high, low);
  }
}
