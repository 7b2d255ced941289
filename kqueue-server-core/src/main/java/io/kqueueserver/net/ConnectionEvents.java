package io.kqueueserver.net;

import io.kqueueserver.loop.EventHandler;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.queue.EventFlag;
import io.kqueueserver.queue.EventList;
import io.kqueueserver.queue.Filter;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.DescriptorKind;

/**
 * The registration of one connection's socket: each event goes to the part of the connection that
 * it concerns, and a flush ends it. The loop's thread only.
 */
final class ConnectionEvents implements EventHandler {
  private final Connection connection;
  private boolean running;

  ConnectionEvents(Connection connection) {
    this.connection = connection;
  }

  Connection connection() {
    return connection;
  }

  /** Registers the interest in input, which lasts until the descriptor is closed. */
  void registerRead() {
    connection.change(Filter.EVFILT_READ, EventFlag.EV_ADD | EventFlag.EV_CLEAR);
  }

  /** Whether an event is being handled, so that a flush follows. */
  boolean isRunning() {
    return running;
  }

  @Override
  public void onEvent(EventList events, int index) {
    if (EventLoop.isFailedChange(events, index)) {
      FailedChange.report(connection.resources(), events, index);
      connection.reset(CloseReason.NOT_REGISTERED);
      return;
    }
    running = true;
    try {
      if (events.filter(index) == Filter.EVFILT_READ) {
        onReadEvent(events, index);
      } else {
        connection.out.onWriteEvent();
      }
      connection.out.beforeFlush();
    } finally {
      running = false;
    }
    connection.flushNow();
  }

  private void onReadEvent(EventList events, int index) {
    if (events.isEof(index) && events.fflags(index) != 0) {
      // A reset, even if read(2) would report 0 (some systems hand the error to kevent alone).
      connection.closing.failed("kevent", -events.fflags(index));
    } else {
      connection.in.onEvent(events, index);
    }
  }

  @Override
  public void registerAgain() {
    if (!connection.closing.endFailed()) {
      registerRead();
      connection.out.registerAgain();
    }
  }

  @Override
  public void onFailure(Throwable error) {
    connection.closing.onFailure();
  }

  @Override
  public void onLoopEnd() {
    connection.closing.stop();
  }

  @Override
  public int fd() {
    return connection.fd();
  }

  @Override
  public DescriptorKind kind() {
    return DescriptorKind.CONNECTION;
  }
}
