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

  private static final int MOST = 1 << 20;

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException naming the option, its value and what is allowed
   */
  public Http2Defences {
    require("max-resets", maxResets, 1, MOST);
    require("max-continuations", maxContinuations, 0, MOST);
    require("max-empty-data", maxEmptyData, 0, MOST);
    require("max-control-frames", maxControlFrames, 1, MOST);
    require("max-queued-control-frames", maxQueuedControlFrames, 2, MOST);
  }

  static void require(String option, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          option + " is " + value + "; it must be from " + least + " to " + most);
    }
  }
}
