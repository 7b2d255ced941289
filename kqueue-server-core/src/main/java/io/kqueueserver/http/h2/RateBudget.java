package io.kqueueserver.http.h2;

/**
 * A number of events per period: all at once, or evenly spread, and as much again as time passes.
 * It keeps a single instant, up to which the budget is spent; time is handed in.
 */
final class RateBudget {
  private final long periodNanos;
  private final long intervalNanos;
  private long spentUntil;

  RateBudget(int events, long periodNanos, long now) {
    this.intervalNanos = periodNanos / events;
    this.periodNanos = intervalNanos * events;
    this.spentUntil = now;
  }

  /** Consumes one event; false if the budget is spent. */
  boolean consume(long now) {
    long ahead = Math.max(0, spentUntil - now);
    if (ahead + intervalNanos > periodNanos) {
      return false;
    }
    spentUntil = now + ahead + intervalNanos;
    return true;
  }

  /** How many events may be consumed at once. */
  long left(long now) {
    return (periodNanos - Math.max(0, spentUntil - now)) / intervalNanos;
  }
}
