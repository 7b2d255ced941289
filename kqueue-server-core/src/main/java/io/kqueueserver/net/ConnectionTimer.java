package io.kqueueserver.net;

import io.kqueueserver.loop.Deadline;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.Limit;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The one deadline of a connection on its loop: the earliest of the handler's own, the write
 * timeout, the next look at the rate of sending, and the age at which the connection should end.
 * While the connection lingers, the bounds of {@link Discard} take the handler's place. The loop's
 * thread only.
 */
final class ConnectionTimer extends Deadline {
  private final Connection connection;
  private final Outbound out;
  private final Closing closing;
  private long handlerDue = NEVER;
  private long ageDue = NEVER;
  private boolean ages;

  ConnectionTimer(Connection connection, Outbound out, Closing closing) {
    this.connection = connection;
    this.out = out;
    this.closing = closing;
  }

  /** The age of the connection counts from now, unless it does already. */
  void ages() {
    long age = connection.resources().options().maxAgeNanos();
    if (age > 0 && !ages) {
      ages = true;
      ageDue = connection.loop().now() + spread(age, ThreadLocalRandom.current());
      arm();
    }
  }

  /**
   * An age up to a tenth shorter or longer: clients that all connected at once, after a restart,
   * would otherwise all come back at once.
   */
  static long spread(long age, Random random) {
    return (long) (age * (0.9 + 0.2 * random.nextDouble()));
  }

  /** Sets the handler's part, in the loop's nanoseconds; {@link Deadline#NEVER} for none. */
  void handlerDue(long dueNanos) {
    handlerDue = dueNanos;
    arm();
  }

  /** Removes the handler's deadline. */
  void handlerGivesUp() {
    handlerDue = NEVER;
  }

  void arm() {
    if (!closing.isClosed()) {
      connection.loop().deadline(this, earliest());
    }
  }

  private long earliest() {
    return Math.min(Math.min(handlerDue, ageDue), Math.min(out.due(), out.rateDue()));
  }

  @Override
  protected void onDeadline(long nowNanos) {
    connection.guarded(() -> fired(nowNanos));
  }

  private void fired(long now) {
    ConnectionHandler handler = connection.handler();
    if (closing.isLingering()) {
      handlerDue = closing.lingerDue(handlerDue);
    } else if (hasCome(out.due(), now)) {
      closing.reset(CloseReason.WRITE_TIMEOUT);
    } else if (hasCome(out.rateDue(), now) && out.isTooSlow()) {
      closing.reset(CloseReason.RESPONSE_RATE);
    } else if (hasCome(ageDue, now)) {
      ageDue = NEVER;
      connection.loop().limitHit(Limit.CONNECTION_AGE);
      connection.drain(CloseReason.CONNECTION_AGE);
    } else if (hasCome(handlerDue, now) && handler != null) {
      handlerDue = NEVER;
      handler.onDeadline();
    }
    arm();
  }

  private static boolean hasCome(long due, long now) {
    return due != NEVER && due - now <= 0;
  }
}
