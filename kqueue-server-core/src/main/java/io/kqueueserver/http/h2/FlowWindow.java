package io.kqueueserver.http.h2;

import static io.kqueueserver.http.h2.ErrorCode.FLOW_CONTROL_ERROR;

/**
 * A flow-control window, of one stream or of the connection, in one direction (RFC 9113 5.2, 6.9).
 * A window to send takes credit from the peer and loses what is sent; a window to receive loses
 * what the peer sends, and gives credit back when enough of it was taken.
 */
public final class FlowWindow {
  public static final int MAX_SIZE = Integer.MAX_VALUE;

  private final int streamId;

  /** Below zero after SETTINGS have made the window smaller than what is under way. */
  private int available;

  /** Bytes taken, for which no credit was given yet. */
  private int taken;

  /** A window of a stream; of the connection if the identifier is 0. Errors have its scope. */
  public FlowWindow(int streamId, int size) {
    this.streamId = streamId;
    this.available = size;
  }

  /** How many bytes may be sent, or may arrive; perhaps negative. */
  public int available() {
    return available;
  }

  /** Bytes were sent, no more than {@link #available}. */
  public void sent(int bytes) {
    available -= bytes;
  }

  /** The peer sent bytes; more than the window allows are an error. */
  public void received(int bytes) {
    if (bytes > available) {
      throw Http2Exception.scoped(
          streamId, FLOW_CONTROL_ERROR, bytes + " bytes in a window of " + available);
    }
    available -= bytes;
  }

  /** The peer gives credit; a window beyond 31 bits is an error (RFC 9113 6.9.1). */
  public void grow(int increment) {
    if ((long) available + increment > MAX_SIZE) {
      throw Http2Exception.scoped(streamId, FLOW_CONTROL_ERROR, "window above 2^31-1");
    }
    available += increment;
  }

  /** The initial size of windows has changed by so much (RFC 9113 6.9.2). */
  public void adjust(long delta) {
    long size = available + delta;
    if (size > MAX_SIZE) {
      throw Http2Exception.connection(FLOW_CONTROL_ERROR, "window above 2^31-1");
    }
    available = (int) size;
  }

  /**
   * Received bytes were taken or dropped.
   *
   * @param threshold below it credit is saved up: a WINDOW_UPDATE each would cost both sides
   * @return the increment of a WINDOW_UPDATE to be sent now, or 0
   */
  public int taken(int bytes, int threshold) {
    taken += bytes;
    if (taken < threshold || taken == 0) {
      return 0;
    }
    int increment = taken;
    taken = 0;
    available += increment;
    return increment;
  }
}
