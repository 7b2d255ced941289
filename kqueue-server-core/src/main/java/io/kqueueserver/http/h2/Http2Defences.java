package io.kqueueserver.http.h2;

/**
 * Bounds on frames that cost more to take than to send; what crosses one ends its connection.
 *
 * @param maxResets streams per 30 s that end early by the client's doing: RST_STREAM before the
 *     handler has ended, and errors that the server must answer with RST_STREAM
 * @param maxContinuations CONTINUATION frames of one field block
 * @param maxEmptyData DATA frames in a row that have no data and do not end a stream
 * @param maxControlFrames frames per second that need no stream, beyond those that DATA explains
 * @param maxQueuedControlFrames answers to such frames that the client has not taken
 */
public record Http2Defences(
    int maxResets,
    int maxContinuations,
    int maxEmptyData,
    int maxControlFrames,
    int maxQueuedControlFrames) {

  public static final Http2Defences DEFAULTS = new Http2Defences(200, 16, 10, 128, 256);

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException if a value is out of bounds; the message names the option
   */
  public Http2Defences {
    Http2Bound.MAX_RESETS.require(maxResets);
    Http2Bound.MAX_CONTINUATIONS.require(maxContinuations);
    Http2Bound.MAX_EMPTY_DATA.require(maxEmptyData);
    Http2Bound.MAX_CONTROL_FRAMES.require(maxControlFrames);
    Http2Bound.MAX_QUEUED_CONTROL_FRAMES.require(maxQueuedControlFrames);
  }
}
