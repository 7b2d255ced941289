package io.kqueueserver.server.ws;

import io.kqueueserver.http.ws.WebSocketTimeouts;
import io.kqueueserver.loop.Deadline;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The times of one session, which share the one deadline of its stream. Bytes of the peer only move
 * a field: the deadline looks at it when it has come. In the loop's nanoseconds.
 */
final class SessionTimes {
  /** Over which time the sessions of a server are asked to go when it drains. */
  static final long DRAIN_SPREAD_NANOS = 1_000_000_000L;

  /** A quarter of its interval is how much earlier a ping may come, so that sweeps do not bunch. */
  private static final int PING_SPREAD = 4;

  private final WebSocketTimeouts timeouts;

  /** Between the peer's last byte and a ping; 0 for none. */
  private final long pingNanos;

  private long lastHeard;
  private long lastPing;
  private long messageDue = Deadline.NEVER;
  private long closeDue = Deadline.NEVER;
  private long drainDue = Deadline.NEVER;

  SessionTimes(WebSocketTimeouts timeouts, long now) {
    this.timeouts = timeouts;
    long interval = timeouts.pingIntervalNanos();
    long spread = interval / PING_SPREAD;
    pingNanos = spread == 0 ? interval : interval - ThreadLocalRandom.current().nextLong(spread);
    lastHeard = now;
    lastPing = now;
  }

  /** The peer has sent something, or is not listened to. */
  void heard(long now) {
    lastHeard = now;
  }

  void pinged(long now) {
    lastPing = now;
  }

  void messageBegan(long now) {
    messageDue = after(now, timeouts.messageNanos());
  }

  void messageEnded() {
    messageDue = Deadline.NEVER;
  }

  /** No byte is read for now, so no fragment can come. */
  void putOffMessage(long now) {
    if (messageDue != Deadline.NEVER) {
      messageBegan(now);
    }
  }

  /** From here on only the end is waited for. */
  void closing(long now) {
    messageDue = Deadline.NEVER;
    drainDue = Deadline.NEVER;
    closeDue = after(now, timeouts.closeNanos());
  }

  void draining(long now) {
    drainDue = now + ThreadLocalRandom.current().nextLong(DRAIN_SPREAD_NANOS);
  }

  boolean isClosing() {
    return closeDue != Deadline.NEVER;
  }

  boolean closeIsDue(long now) {
    return hasCome(closeDue, now);
  }

  boolean drainIsDue(long now) {
    return hasCome(drainDue, now);
  }

  boolean messageIsDue(long now) {
    return hasCome(messageDue, now);
  }

  boolean idleIsDue(long now) {
    return hasCome(idleDue(), now);
  }

  boolean pingIsDue(long now) {
    return hasCome(pingDue(), now);
  }

  /** The first of all times; NEVER if there is none. */
  long next() {
    return isClosing()
        ? closeDue
        : Math.min(Math.min(idleDue(), pingDue()), Math.min(messageDue, drainDue));
  }

  private long idleDue() {
    return after(lastHeard, timeouts.idleNanos());
  }

  private long pingDue() {
    return after(Math.max(lastHeard, lastPing), pingNanos);
  }

  private static long after(long from, long nanos) {
    // A time of centuries, or none, is never reached.
    return nanos == 0 || nanos > Long.MAX_VALUE / 4 ? Deadline.NEVER : from + nanos;
  }

  private static boolean hasCome(long due, long now) {
    return due != Deadline.NEVER && due - now <= 0;
  }
}
