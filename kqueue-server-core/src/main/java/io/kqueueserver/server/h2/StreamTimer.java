package io.kqueueserver.server.h2;

import io.kqueueserver.loop.Deadline;

/**
 * The two waits of one stream that have a limit: for the next byte of a body that is wanted, and
 * for the client's credit while bytes of the response wait for it. Made for the first of them. The
 * loop's thread only.
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

  /** The body is wanted, or a part of it came. */
  void bodyProgressed() {
    bodyProgress = context.loop.now();
    arm(bodyProgress + context.bodyTimeoutNanos);
  }

  /** Bytes wait for credit; more of them, or a little credit, do not put the time off. */
  void sendBlocked() {
    if (!waitsForCredit) {
      waitsForCredit = true;
      sendProgress = context.loop.now();
    }
    arm(sendProgress + context.stalledStreamNanos);
  }

  /** Some of them were sent. */
  void sendProgressed() {
    sendProgress = context.loop.now();
  }

  void cancel() {
    context.loop.cancel(this);
    armed = NEVER;
  }

  /** Progress does not put it off: it looks again when the time has come. */
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
    if (stream.isReceiving() && stream.core.wantsBody()) {
      long due = bodyProgress + context.bodyTimeoutNanos;
      if (due - now > 0) {
        arm(due);
      } else if (stream.owner.connection.excusesSilence()) {
        bodyProgressed(); // it is we who do not read
      } else {
        stream.owner.ends.bodyTimedOut(stream);
        return;
      }
    }
    waitsForCredit = !stream.queue.isEmpty() && stream.owner.output.waitsForCredit(stream);
    if (waitsForCredit) {
      long due = sendProgress + context.stalledStreamNanos;
      if (due - now > 0) {
        arm(due);
      } else {
        stream.owner.ends.stalled(
            stream, "the client gave no credit for the response for too long");
      }
    }
  }
}
