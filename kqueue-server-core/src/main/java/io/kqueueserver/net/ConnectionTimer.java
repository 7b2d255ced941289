package io.kqueueserver.net;

import io.kqueueserver.loop.Deadline;
import io.kqueueserver.stats.CloseReason;

/**
 * The one deadline of a connection on its loop: the earlier of the handler's own and the write
 * timeout. While the connection lingers, the bounds of {@link Discard} take the handler's place.
 * The loop's thread only.
 */
final class ConnectionTimer extends Deadline {
  private final Connection connection;
  private final Outbound out;
  private final Closing closing;
  private long handlerDue = NEVER;

  ConnectionTimer(Connection connection, Outbound out, Closing closing) {
    this.connection = connection;
    this.out = out;
    this.closing = closing;
  }

  /** Sets the handler's part, in the loop's nanoseconds; {@link Deadline#NEVER} for none. */
  void handlerDue(long dueNanos) {
    handlerDue = dueNanos;
    arm();
  }

  /** The handler waits for nothing any more. */
  void handlerGivesUp() {
    handlerDue = NEVER;
  }

  void arm() {
    if (!closing.isClosed()) {
      connection.loop().deadline(this, Math.min(handlerDue, out.due()));
    }
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
