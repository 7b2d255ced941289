package io.kqueueserver.server.h2;

import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.loop.Deadline;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;

/**
 * The times of a connection as a whole: its waits for the first SETTINGS, for the rest of a field
 * block, and for the next request; and its wait for handlers whose unread request bodies have used
 * up the window that all streams share. The loop's thread only.
 */
final class Http2Times {
  private final Http2Connection owner;
  private final Http2Context context;
  private final Http2Frames frames;
  private final Http2Input input;
  private final long begun;

  /** The time at which the incomplete field block was first seen. */
  private long blockStarted = Deadline.NEVER;

  /** The time since which the shared window is used up, or since which no stream was unread. */
  private long starvedSince = Deadline.NEVER;

  /**
   * Starts the time of the first SETTINGS.
   *
   * @param begun when the client has begun its preface, which the SETTINGS end
   */
  Http2Times(Http2Connection owner, Http2Frames frames, Http2Input input, long begun) {
    this.owner = owner;
    this.context = owner.context;
    this.frames = frames;
    this.input = input;
    this.begun = begun;
  }

  /** Sets the connection's deadline to the earliest of its waits. */
  void arm() {
    if (!owner.connection.isOpen()) {
      return;
    }
    long now = owner.now();
    long due = owner.departure.due();
    if (!frames.settingsSeen()) {
      due = Math.min(due, begun + context.headerTimeoutNanos);
    }
    blockStarted = since(input.isInFieldBlock(), blockStarted, now);
    if (blockStarted != Deadline.NEVER) {
      due = Math.min(due, blockStarted + context.headerTimeoutNanos);
    } else if (owner.streams.isEmpty()) {
      due = Math.min(due, quietSince() + context.idleTimeoutNanos);
    }
    starvedSince = since(owner.streams.isStarved(), starvedSince, now);
    if (starvedSince != Deadline.NEVER) {
      due = Math.min(due, context.stalls.nextLook(starvedSince, now));
    }
    owner.connection.deadline(due);
  }

  private static long since(boolean waits, long before, long now) {
    if (!waits) {
      return Deadline.NEVER;
    }
    return before == Deadline.NEVER ? now : before;
  }

  /** The time since which the client is silent. The write timeout bounds leaving responses. */
  private long quietSince() {
    return owner.connection.pendingBytes() > 0
        ? owner.now()
        : owner.connection.stats().lastActiveNanos;
  }

  /** The deadline has come: ends waits that are too long. */
  void onDeadline() {
    long now = owner.now();
    owner.departure.onDeadline(now);
    if (!frames.settingsSeen() && hasCome(begun, context.headerTimeoutNanos, now)) {
      owner.goAway(
          CloseReason.HEADER_TIMEOUT, ErrorCode.SETTINGS_TIMEOUT, "no SETTINGS of the client");
    } else if (hasCome(blockStarted, context.headerTimeoutNanos, now)) {
      owner.goAway(
          CloseReason.HEADER_TIMEOUT,
          ErrorCode.ENHANCE_YOUR_CALM,
          "a field block that does not end (" + Limit.HEADER_TIMEOUT.property() + ")");
    } else if (owner.streams.isEmpty() && hasCome(quietSince(), context.idleTimeoutNanos, now)) {
      owner.goAway(CloseReason.IDLE_TIMEOUT, ErrorCode.NO_ERROR, "idle");
    } else if (starvedSince != Deadline.NEVER && context.stalls.isOver(starvedSince, now)) {
      starvedSince = owner.ends.resetUnread(context.stalls.tooLongSince(now));
    }
    arm();
  }

  private static boolean hasCome(long since, long nanos, long now) {
    return since != Deadline.NEVER && since + nanos - now <= 0;
  }
}
