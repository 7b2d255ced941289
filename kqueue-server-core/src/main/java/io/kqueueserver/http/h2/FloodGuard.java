package io.kqueueserver.http.h2;

import io.kqueueserver.stats.Limit;

/**
 * The budgets of one connection for frames that cost more to take than to send. Each method throws
 * a connection error that names its limit and its property when the budget is spent. Time is handed
 * in, in nanoseconds of any origin.
 */
public final class FloodGuard {
  private static final long SECOND = 1_000_000_000L;
  private static final long RESET_PERIOD = 30 * SECOND;

  /** WINDOW_UPDATE frames that one DATA frame explains: clients give credit in small pieces. */
  private static final int UPDATES_PER_DATA = 10;

  /** DATA frames that may be answered late. */
  private static final int MAX_EXPLAINING_DATA = 1024;

  private final Http2Defences defences;
  private final RateBudget controlFrames;
  private final RateBudget resets;

  private int explainedPings;
  private int explainedUpdates;
  private int emptyData;

  public FloodGuard(Http2Defences defences, long now) {
    this.defences = defences;
    controlFrames = new RateBudget(defences.maxControlFrames(), SECOND, now);
    resets = new RateBudget(defences.maxResets(), RESET_PERIOD, now);
  }

  /** The client sent a frame; those of no stream are counted (CVE-2019-9512, -9513, -9515). */
  public void frame(int type, long now) {
    FrameType known = FrameType.of(type);
    if (known == null) {
      controlFrame(now);
      return;
    }
    switch (known) {
      case DATA, HEADERS, RST_STREAM, CONTINUATION -> {} // these have bounds of their own
      case PING -> {
        if (explainedPings > 0) {
          explainedPings--;
        } else {
          controlFrame(now);
        }
      }
      case WINDOW_UPDATE -> {
        if (explainedUpdates > 0) {
          explainedUpdates--;
        } else {
          controlFrame(now);
        }
      }
      case PRIORITY, SETTINGS, PUSH_PROMISE, GOAWAY, PRIORITY_UPDATE -> controlFrame(now);
    }
  }

  /** The client sent RST_STREAM for a stream that had ended: no reset, but a frame for nothing. */
  public void resetOfEndedStream(long now) {
    controlFrame(now);
  }

  /** DATA was sent or received: a client measures its delay by PING, and gives credit for it. */
  public void data() {
    explainedPings = Math.min(explainedPings + 1, MAX_EXPLAINING_DATA);
    explainedUpdates =
        Math.min(explainedUpdates + UPDATES_PER_DATA, UPDATES_PER_DATA * MAX_EXPLAINING_DATA);
  }

  /** The client sent DATA with so many bytes (CVE-2019-9518). */
  public void dataReceived(int length, boolean endStream) {
    if (length > 0 || endStream) {
      emptyData = 0;
      data();
    } else if (++emptyData > defences.maxEmptyData()) {
      throw Http2Exception.limit(
          Limit.HTTP2_EMPTY_DATA,
          "more than " + defences.maxEmptyData() + " empty DATA frames in a row");
    }
  }

  /** A stream ended early by the client's doing (CVE-2023-44487, CVE-2025-8671). */
  public void reset(long now) {
    if (!resets.consume(now)) {
      throw Http2Exception.limit(
          Limit.HTTP2_RESETS, "more than " + defences.maxResets() + " streams reset in 30 s");
    }
  }

  /** So many answers to control frames wait for the client to read. */
  public void queuedControlFrames(int unsent) {
    if (unsent > defences.maxQueuedControlFrames()) {
      throw Http2Exception.limit(
          Limit.HTTP2_QUEUED_CONTROL_FRAMES,
          "more than " + defences.maxQueuedControlFrames() + " frames the client does not read");
    }
  }

  /** Whether so many unsent answers are reason to read nothing more until some have left. */
  public boolean pausesReading(int unsent) {
    return unsent >= defences.maxQueuedControlFrames() / 2;
  }

  private void controlFrame(long now) {
    if (!controlFrames.consume(now)) {
      throw Http2Exception.limit(
          Limit.HTTP2_CONTROL_FRAMES,
          "more than " + defences.maxControlFrames() + " control frames in a second");
    }
  }
}
