package io.kqueueserver.server.ws;

import io.kqueueserver.http.ws.CloseCode;
import io.kqueueserver.http.ws.WebSocketException;
import io.kqueueserver.stats.Limit;

/** The budget of a peer's Pings and Pongs: a burst, and as many again each second. */
final class ControlBudget {
  private static final long SECOND = 1_000_000_000L;

  private final int perSecond;
  private final long nanosEach;
  private long left;
  private long filledAt;

  ControlBudget(int perSecond, long now) {
    this.perSecond = perSecond;
    nanosEach = Math.max(1, SECOND / perSecond);
    left = perSecond;
    filledAt = now;
  }

  /** Takes one frame from the budget. */
  void take(long now) {
    long more = (now - filledAt) / nanosEach;
    if (more > 0) {
      left = Math.min(perSecond, left + more);
      filledAt += more * nanosEach;
    }
    if (--left < 0) {
      throw WebSocketException.limit(
          CloseCode.POLICY_VIOLATION,
          Limit.WEBSOCKET_CONTROL_FRAMES,
          "more than " + perSecond + " pings and pongs in a second");
    }
  }
}
