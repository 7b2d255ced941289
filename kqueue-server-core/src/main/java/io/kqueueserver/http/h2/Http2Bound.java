package io.kqueueserver.http.h2;

/** The range of each number of {@link Http2Options} and {@link Http2Defences}, by its property. */
public enum Http2Bound {
  MAX_CONCURRENT_STREAMS("max-concurrent-streams", 1, 1 << 20),
  HEADER_TABLE_SIZE("header-table-size", 0, 1 << 20),
  STREAM_WINDOW("stream-window", 1024, 1 << 30),

  /** The initial window, which a client may use before it has seen SETTINGS (RFC 9113 6.9.2). */
  CONNECTION_WINDOW("connection-window", 65_535, 1 << 30),

  MAX_RESETS("max-resets", 1, 1 << 20),
  MAX_CONTINUATIONS("max-continuations", 0, 1 << 20),
  MAX_EMPTY_DATA("max-empty-data", 0, 1 << 20),
  MAX_CONTROL_FRAMES("max-control-frames", 1, 1 << 20),
  MAX_QUEUED_CONTROL_FRAMES("max-queued-control-frames", 2, 1 << 20);

  private final String option;
  private final int least;
  private final int most;

  Http2Bound(String option, int least, int most) {
    this.option = option;
    this.least = least;
    this.most = most;
  }

  /** The property behind {@code kqueue.server.http2.}. */
  public String option() {
    return option;
  }

  /** The smallest value that is allowed. */
  public int least() {
    return least;
  }

  /** The largest value that is allowed. */
  public int most() {
    return most;
  }

  /**
   * Refuses a value out of range.
   *
   * @throws IllegalArgumentException naming the option, the value and what is allowed
   */
  void require(int value) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          option + " is " + value + "; it must be from " + least + " to " + most);
    }
  }
}
