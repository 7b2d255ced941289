package io.kqueueserver.server.ws;

import io.kqueueserver.http.ws.WebSocketTimeouts;
import io.kqueueserver.loop.Deadline;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The times of one session, which share the deadline of its stream. Bytes of the peer only set a
 * field, which the deadline checks. All times are in the loop's nanoseconds.
 */
final class SessionTimes {
  /** 1 s: the time over which a draining server spreads the Close frames of its sessions. */
  static final long DRAIN_SPREAD_NANOS = 1_000_000_000L;

  /** A ping may come a quarter of its interval early, so that pings of sessions do not bunch. */
  private static final int PING_SPREAD = 4;

  private final WebSocketTimeouts timeouts;

  /** The time between the peer's last byte and a ping; 0 for no pings. */
  private final long pingNanos;

  private long lastActive;
  private long lastPing;
  private long messageDue = Deadline.NEVER;
  private long closeDue = Deadline.NEVER;
  private long drainDue = Deadline.NEVER;

  /** Whether the bound of the close begins anew with each sign that the peer takes bytes. */
  private boolean waitsForQueue;

  SessionTimes(WebSocketTimeouts timeouts, long now) {
    this.timeouts = timeouts;
    long interval = timeouts.pingIntervalNanos();
    long spread = interval / PING_SPREAD;
    pingNanos = spread == 0 ? interval : interval - ThreadLocalRandom.current().nextLong(spread);
    lastActive = now;
    lastPing = now;
  }

  /** The peer has sent bytes, or is not being read. */
  void active(long now) {
    lastActive = now;
  }

  /**
   * The peer has taken bytes that waited. It is not silent, and the Close frame, or the peer's
   * answer to it, may be behind what it still takes.
   */
  void progressed(long now) {
    lastActive = now;
    if (waitsForQueue) {
      closing(now);
    }
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

  /** Restarts the time of a message, because the peer is not being read. */
  void putOffMessage(long now) {
    if (messageDue != Deadline.NEVER) {
      messageBegan(now);
    }
  }

  /** The session is closing behind its queue: only the bound of the close holds. */
  void closing(long now) {
    cutOff(now);
    waitsForQueue = true;
  }

  /** The session ends without its queue: the bound of the close holds, whatever the peer takes. */
  void cutOff(long now) {
    messageDue = Deadline.NEVER;
    drainDue = Deadline.NEVER;
    closeDue = after(now, timeouts.closeNanos());
    waitsForQueue = false;
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

  /** The earliest of all times; NEVER if there is none. */
  long next() {
    return isClosing()
        ? closeDue
        : Math.min(Math.min(idleDue(), pingDue()), Math.min(messageDue, drainDue));
  }

  private long idleDue() {
    return after(lastActive, timeouts.idleNanos());
  }

  private long pingDue() {
    return after(Math.max(lastActive, lastPing), pingNanos);
  }

  private static long after(long from, long nanos) {
    // A time of centuries is never reached.
    return nanos == 0 || nanos > Long.MAX_VALUE / 4 ? Deadline.NEVER : from + nanos;
  }

  private static boolean hasCome(long due, long now) {
    return due != Deadline.NEVER && due - now <= 0;
  }
}
