package io.kqueueserver.server.h2;

import io.kqueueserver.loop.Deadline;
import io.kqueueserver.server.RequestBody;
import io.kqueueserver.stats.Limit;

/**
 * The two bounded waits of one stream: for the next byte of a demanded body, and for the client's
 * credit while bytes of the response need it. Made at the first wait. The loop's thread only.
 */
final class StreamTimer extends Deadline {
  private final Http2Stream stream;
  private final Http2Context context;
  private long armed = NEVER;
  private long bodyProgress;
  private long sendProgress;
  private boolean waitsForCredit;

  StreamTimer(Http2Stream stream) {
    this.stream = stream;
    this.context = stream.context();
  }

  /** The body is demanded, or a part of it has come. */
  void bodyProgressed() {
    bodyProgress = context.loop.now();
    armForBody();
  }

  private void armForBody() {
    arm(Math.min(silenceDue(), stream.core.body().paceDue()));
  }

  private long silenceDue() {
    return bodyProgress + context.bodyTimeoutNanos;
  }

  /** Bytes wait for credit. Further bytes, or a little credit, do not extend the time. */
  void sendBlocked() {
    if (!waitsForCredit) {
      waitsForCredit = true;
      sendProgress = context.loop.now();
    }
    armForCredit(context.loop.now());
  }

  private void armForCredit(long now) {
    long write = sendProgress + context.writeTimeoutNanos;
    long look = context.stalls.nextLook(sendProgress, now);
    arm(Math.min(look, write - now > 0 ? write : now + context.writeTimeoutNanos));
  }

  /** Waiting bytes were sent. */
  void sendProgressed() {
    sendProgress = context.loop.now();
  }

  void cancel() {
    context.loop.cancel(this);
    armed = NEVER;
  }

  /** Sets the deadline. Progress does not set it anew: the deadline checks for progress. */
  private void arm(long due) {
    if (due < armed) {
      armed = due;
      context.loop.deadline(this, due);
    }
  }

  @Override
  protected void onDeadline(long nowNanos) {
    armed = NEVER;
    stream.owner.guarded(this::look);
  }

  private void look() {
    long now = context.loop.now();
    if (stream.isReceiving() && stream.core.body().isWanted()) {
      RequestBody body = stream.core.body();
      Limit met = silenceDue() - now <= 0 ? Limit.BODY_TIMEOUT : body.tooSlow();
      if (met == null) {
        armForBody();
      } else if (stream.owner.connection.takeExcuse()) {
        body.excuse();
        bodyProgressed(); // the server does not read, so the client is not late
      } else {
        stream.owner.ends.bodyTimedOut(stream, met);
        return;
      }
    }
    waitsForCredit = isBlocked();
    if (!waitsForCredit) {
      return;
    }
    if (stream.owner.streams.haveStalled(context.writeTimeoutNanos)) {
      stream.owner.stalled();
    } else if (context.stalls.isOver(sendProgress, now)) {
      stream.owner.ends.stalled(stream, "the client gave no credit for the response for too long");
    } else {
      armForCredit(now);
    }
  }

  private boolean isBlocked() {
    return !stream.queue.isEmpty() && stream.owner.output.waitsForCredit(stream);
  }

  /** Whether bytes have waited for credit for {@code nanos}, without progress. */
  boolean hasStalled(long nanos) {
    return waitsForCredit && isBlocked() && context.loop.now() - sendProgress >= nanos;
  }
}
