package io.kqueueserver.server.h1;

import io.kqueueserver.loop.Deadline;
import io.kqueueserver.net.Connection;
import io.kqueueserver.server.RequestBody;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;
import org.jspecify.annotations.Nullable;

/**
 * How long an HTTP/1 connection may wait for its client: for the rest of a head, for the next
 * request, for the next byte of a demanded body, for the rest of a body that is dropped. One of
 * these times runs at a time, as the deadline of the connection. The loop's thread only.
 */
final class Http1Times {
  /** 10 ms: a request that waits in the socket is read before a connection ends for its age. */
  private static final long UNREAD_NANOS = 10_000_000;

  private final Http1Connection owner;

  /** When the first byte of the current head came; NEVER without one. */
  private long headStarted = Deadline.NEVER;

  private boolean isFirstHead = true;
  private long bodyProgress;

  /** The limit on its time that the current body has met. */
  private CloseReason bodyLimit = CloseReason.BODY_TIMEOUT;

  /** Starts the time of the first head. */
  Http1Times(Http1Connection owner) {
    this.owner = owner;
    owner.connection.deadline(now() + owner.context.headerTimeoutNanos);
  }

  private long now() {
    return owner.connection.loop().now();
  }

  /** A head is complete. */
  void requestBegan() {
    headStarted = Deadline.NEVER;
    isFirstHead = false;
    bodyProgress = now();
  }

  /** Whether a request has ever come. */
  boolean isUsed() {
    return owner.connection.stats().requests > 0;
  }

  /** A byte of the body has come, or is demanded: the time of the next byte starts again. */
  void bodyProgressed() {
    bodyProgress = now();
  }

  /** Sets the deadline of the current wait; {@code current} is null between exchanges. */
  void arm(@Nullable Http1Wire current) {
    if (!owner.connection.isOpen()) {
      return;
    }
    if (current == null) {
      armForHead();
      return;
    }
    headStarted = Deadline.NEVER;
    if (current.core.isResponseEnded()) {
      owner.connection.deadline(owner.connection.discard().due());
    } else {
      RequestBody body = current.core.body();
      owner.connection.deadline(
          body.isWanted() ? Math.min(silenceDue(), body.paceDue()) : Deadline.NEVER);
    }
  }

  private long silenceDue() {
    return bodyProgress + owner.context.bodyTimeoutNanos;
  }

  private void armForHead() {
    Connection connection = owner.connection;
    long now = now();
    if (!owner.decoder.isIdle()) {
      // The time runs from the first byte of a head. Later bytes of the head do not extend it.
      if (headStarted == Deadline.NEVER) {
        headStarted = isFirstHead ? connection.inputBegan() : now;
        isFirstHead = false;
        connection.deadline(headStarted + owner.context.headerTimeoutNanos);
      }
    } else if (isUsed()) {
      headStarted = Deadline.NEVER;
      boolean sending = connection.pendingBytes() > 0;
      long quietSince = sending ? now : connection.stats().lastActiveNanos;
      long idleDue = quietSince + owner.context.idleTimeoutNanos;
      connection.deadline(mayLeave() ? now + UNREAD_NANOS : idleDue);
    }
  }

  private boolean mayLeave() {
    return owner.isLeaving() && owner.connection.isWritable();
  }

  /** The connection should end. An idle connection still waits for a request in its socket. */
  void leave() {
    if (owner.decoder.isIdle() && mayLeave()) {
      owner.connection.deadline(now() + UNREAD_NANOS);
    }
  }

  /**
   * The deadline has come. A time that ran while the connection waited for the server is extended.
   *
   * @return whether it was extended
   */
  boolean extend(@Nullable Http1Wire current) {
    boolean excused;
    if (current == null) {
      excused = isWaitingForUs();
      if (excused) {
        headStarted = Deadline.NEVER;
      }
    } else if (current.core.isResponseEnded()) {
      excused = !owner.connection.discard().checkBounds();
    } else {
      RequestBody body = current.core.body();
      boolean late = isLate(body);
      excused = !late || owner.connection.takeExcuse();
      if (late && excused) {
        bodyProgress = now(); // the server does not read, so the client is not late
        body.excuse();
      }
    }
    if (excused) {
      arm(current);
    }
    return excused;
  }

  /** Whether the body has met a limit on its time, which {@link #bodyLimit} returns then. */
  private boolean isLate(RequestBody body) {
    if (silenceDue() - now() <= 0) {
      bodyLimit = CloseReason.BODY_TIMEOUT;
      return true;
    }
    Limit slow = body.tooSlow();
    CloseReason met = slow == null ? null : CloseReason.of(slow);
    if (met != null) {
      bodyLimit = met;
    }
    return met != null;
  }

  /** The limit on its time that the body of the current exchange has met. */
  CloseReason bodyLimit() {
    return bodyLimit;
  }

  /** Whether the client waits for the server. The write timeout bounds responses on their way. */
  private boolean isWaitingForUs() {
    Connection connection = owner.connection;
    if (!owner.decoder.isIdle()) {
      return !connection.isWritable();
    }
    if (mayLeave() || !isUsed()) {
      return false;
    }
    long quiet = now() - connection.stats().lastActiveNanos;
    return connection.pendingBytes() > 0 || quiet < owner.context.idleTimeoutNanos;
  }
}
