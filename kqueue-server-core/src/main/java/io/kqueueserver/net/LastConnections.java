package io.kqueueserver.net;

import io.kqueueserver.loop.Deadline;
import io.kqueueserver.loop.EventHandler;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.stats.CloseReason;
import java.util.ArrayList;
import java.util.List;

/**
 * The connections of a draining loop that may still bring a request: a newcomer, whose first
 * request is on its way, and an old connection with unread input or an unanswered GOAWAY. A drain
 * waits for them, at most {@link #MOST_NANOS}. The loop's thread only.
 */
final class LastConnections extends Deadline {
  /** 1 s: a round trip to a distant client, and less than anybody waits for a shutdown. */
  static final long MOST_NANOS = 1_000_000_000L;

  /** 10 ms: interval of the looks at connections that may have closed. */
  private static final long LOOK_NANOS = 10_000_000;

  private final EventLoop loop;
  private final Runnable whenDone;
  private final long endNanos;
  private final List<Connection> awaited = new ArrayList<>();
  private final List<ProxyGreeting> greetings = new ArrayList<>();
  private boolean done;

  /**
   * Makes the end of a loop's connections.
   *
   * @param whenDone called once, when no request can come any more
   */
  LastConnections(EventLoop loop, Runnable whenDone) {
    this.loop = loop;
    this.whenDone = whenDone;
    this.endNanos = loop.now() + MOST_NANOS;
  }

  /** Drains the connections of the loop, but for newcomers. */
  void begin() {
    for (EventHandler handler : loop.handlers()) {
      if (handler instanceof ProxyGreeting greeting) {
        if (isNew(greeting.acceptedNanos())) {
          greetings.add(greeting);
        } else {
          greeting.drain();
        }
      } else if (handler instanceof ConnectionEvents events) {
        add(events.connection());
      }
    }
    look();
  }

  /** Adds a connection, which is drained at once unless it is new. */
  void add(Connection connection) {
    if (done) {
      connection.drain(CloseReason.DRAIN);
      return;
    }
    boolean newcomer = connection.stats().requests == 0 && isNew(connection.stats().openedNanos);
    if (!newcomer) {
      connection.drain(CloseReason.DRAIN);
    }
    // An exchange under way is not awaited here: it counts as active until it has ended.
    if (newcomer
        || (connection.isOpen() && !Worker.hasRequest(connection.openHandler(), r -> true))) {
      awaited.add(connection);
    }
  }

  private boolean isNew(long sinceNanos) {
    return loop.now() - sinceNanos < MOST_NANOS;
  }

  @Override
  protected void onDeadline(long nowNanos) {
    look();
  }

  private void look() {
    awaited.removeIf(connection -> !connection.isOpen());
    greetings.removeIf(ProxyGreeting::isDone);
    if (loop.now() - endNanos >= 0) {
      greetings.forEach(ProxyGreeting::drain);
      awaited.forEach(connection -> connection.drain(CloseReason.DRAIN));
      end();
    } else if (awaited.isEmpty() && greetings.isEmpty()) {
      end();
    } else {
      loop.deadline(this, loop.now() + LOOK_NANOS);
    }
  }

  private void end() {
    done = true;
    awaited.clear();
    greetings.clear();
    whenDone.run();
  }
}
