package io.kqueueserver.server.h2;

import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FrameParser;
import io.kqueueserver.loop.Deadline;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;

/**
 * How long a connection as a whole may wait for its client: for the first SETTINGS, for the rest of
 * a field block, for the next request. And for its own handlers, while request bodies that they do
 * not read have used up the window that all streams share. The loop's thread only.
 */
final class Http2Times {
  private final Http2Connection owner;
  private final Http2Context context;
  private final Http2Frames frames;
  private final FrameParser parser;
  private final long opened;

  /** When the field block that is not complete was first seen. */
  private long blockStarted = Deadline.NEVER;

  /** Since when the shared window is used up. */
  private long starvedSince = Deadline.NEVER;

  Http2Times(Http2Connection owner, Http2Frames frames, FrameParser parser) {
    this.owner = owner;
    this.context = owner.context;
    this.frames = frames;
    this.parser = parser;
    this.opened = owner.now();
  }

  /** Sets the connection's deadline by what it waits for now. */
  void arm() {
    if (!owner.connection.isOpen()) {
      return;
    }
    long now = owner.now();
    long due = owner.departure.due();
    if (!frames.settingsSeen()) {
      due = Math.min(due, opened + context.headerTimeoutNanos);
    }
    blockStarted = since(parser.isInFieldBlock(), blockStarted, now);
    if (blockStarted != Deadline.NEVER) {
      due = Math.min(due, blockStarted + context.headerTimeoutNanos);
    } else if (owner.streams.isEmpty()) {
      due = Math.min(due, quietSince() + context.idleTimeoutNanos);
    }
    starvedSince = since(owner.streams.isStarved(), starvedSince, now);
    if (starvedSince != Deadline.NEVER) {
      due = Math.min(due, starvedSince + context.stalledStreamNanos);
    }
    owner.connection.deadline(due);
  }

  private static long since(boolean waits, long before, long now) {
    if (!waits) {
      return Deadline.NEVER;
    }
    return before == Deadline.NEVER ? now : before;
  }

  /** No client is silent while responses leave: the write timeout watches over those. */
  private long quietSince() {
    return owner.connection.pendingBytes() > 0
        ? owner.now()
        : owner.connection.stats().lastActiveNanos;
  }

  /** A time has come: ends what has waited too long for it. */
  void onDeadline() {
    long now = owner.now();
    owner.departure.onDeadline(now);
    if (!frames.settingsSeen() && hasCome(opened, context.headerTimeoutNanos, now)) {
      owner.goAway(
          CloseReason.HEADER_TIMEOUT, ErrorCode.SETTINGS_TIMEOUT, "no SETTINGS of the client");
    } else if (hasCome(blockStarted, context.headerTimeoutNanos, now)) {
      owner.goAway(
          CloseReason.HEADER_TIMEOUT,
          ErrorCode.ENHANCE_YOUR_CALM,
          "a field block that does not end (" + Limit.HEADER_TIMEOUT.property() + ")");
    } else if (owner.streams.isEmpty() && hasCome(quietSince(), context.idleTimeoutNanos, now)) {
      owner.goAway(CloseReason.IDLE_TIMEOUT, ErrorCode.NO_ERROR, "idle");
    } else if (hasCome(starvedSince, context.stalledStreamNanos, now)) {
      starvedSince = Deadline.NEVER;
      owner.ends.resetUnread();
    }
    arm();
  }

  private static boolean hasCome(long since, long nanos, long now) {
    return since != Deadline.NEVER && since + nanos - now <= 0;
  }
}
