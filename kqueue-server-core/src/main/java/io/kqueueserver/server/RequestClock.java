package io.kqueueserver.server;

import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.loop.Deadline;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;
import org.jspecify.annotations.Nullable;

/**
 * The deadline of one request: for the head of its response, and for the end of its response. Made
 * only if one of the two is bounded. The exchange ends before the application is notified, so what
 * the application still writes goes nowhere. The loop's thread only.
 */
final class RequestClock extends Deadline {
  /** 5 s: after a handler that was too slow, clients should not come back at once. */
  private static final HeaderSource RETRY_AFTER = sink -> sink.field("Retry-After", "5");

  private final ExchangeCore core;
  private final long headDue;
  private final long endDue;

  private RequestClock(ExchangeCore core, Pace pace) {
    this.core = core;
    this.headDue = due(pace.handlerNanos());
    this.endDue = due(pace.maxRequestNanos());
  }

  private long due(long nanos) {
    return nanos == 0 ? NEVER : core.startedNanos() + nanos;
  }

  /** Starts the clock of a request whose head is complete; null if its time has no bound. */
  static @Nullable RequestClock start(ExchangeCore core) {
    Pace pace = core.context.pace;
    if (pace.handlerNanos() == 0 && pace.maxRequestNanos() == 0) {
      return null;
    }
    RequestClock clock = new RequestClock(core, pace);
    core.context.loop.deadline(clock, Math.min(clock.headDue, clock.endDue));
    return clock;
  }

  /** The response has ended, or its bytes belong to another protocol. */
  void stop() {
    core.context.loop.cancel(this);
  }

  @Override
  protected void onDeadline(long nowNanos) {
    if (core.end().hasEnded()) {
      return;
    }
    if (endDue != NEVER && endDue - nowNanos <= 0) {
      expired(Limit.REQUEST_TIME);
    } else if (!core.isCommitted()) {
      expired(Limit.HANDLER_TIMEOUT);
    } else if (endDue != NEVER) {
      core.context.loop.deadline(this, endDue);
    }
  }

  private void expired(Limit met) {
    core.context.loop.limitHit(met);
    String message = "the request took too long (" + met.property() + ")";
    if (core.isCommitted()) {
      core.wire().cut(CloseReason.REQUEST_TIME, message);
    } else {
      core.respond(503, RETRY_AFTER, 0);
      core.finish();
      core.end().answered(503);
    }
    core.end().failed(Reason.LIMIT, message, null);
  }
}
