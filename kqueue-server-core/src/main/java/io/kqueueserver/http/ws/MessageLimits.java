package io.kqueueserver.http.ws;

/**
 * Bounds on one message of a client.
 *
 * @param maxFrameBytes payload of one frame as it is on the wire; more is 1009
 * @param maxMessageBytes payload of one message, after inflating; more is 1009
 * @param maxFragments frames of one message; more is 1008
 * @param maxEmptyFragments frames without payload in one message of several; more is 1008
 * @param maxInflateRatio how many bytes, beyond the first 64 KiB of a message, one byte on the wire
 *     may inflate to; more is 1009
 */
public record MessageLimits(
    long maxFrameBytes,
    long maxMessageBytes,
    int maxFragments,
    int maxEmptyFragments,
    int maxInflateRatio) {

  public static final MessageLimits DEFAULTS =
      new MessageLimits(64 * 1024, 64 * 1024, 1024, 16, 200);

  /** DEFLATE yields at most 1032 bytes for one, so a larger ratio would be no bound. */
  private static final int MAX_RATIO = 1032;

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException if a value is out of bounds; the message names the option
   */
  public MessageLimits {
    OptionBounds.require("max-frame-size", maxFrameBytes, 125, Long.MAX_VALUE);
    OptionBounds.require("max-message-size", maxMessageBytes, 1, Long.MAX_VALUE);
    OptionBounds.require("max-fragments", maxFragments, 1, Integer.MAX_VALUE);
    OptionBounds.require("max-empty-fragments", maxEmptyFragments, 0, Integer.MAX_VALUE);
    OptionBounds.require("max-inflate-ratio", maxInflateRatio, 1, MAX_RATIO);
  }
}
