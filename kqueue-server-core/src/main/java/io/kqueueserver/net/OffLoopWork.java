package io.kqueueserver.net;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Work of a connection's transport on another thread, and the way back to the loop. */
final class OffLoopWork implements Runnable {
  private final Connection connection;
  private final long udata;
  private final Runnable work;
  private final Runnable ended;

  OffLoopWork(Connection connection, Runnable work, Runnable ended) {
    this.connection = connection;
    this.udata = connection.udata();
    this.work = work;
    this.ended = ended;
  }

  /** Starts the work. Returns false if the executor refuses it. */
  boolean start(Executor executor) {
    try {
      executor.execute(this);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  @Override
  public void run() {
    try {
      work.run();
    } finally {
      // The loop refuses the task if it has ended, and this connection with it.
      connection.loop().execute(this::back);
    }
  }

  private void back() {
    if (connection.loop().handler(udata) instanceof ConnectionEvents events
        && events.connection() == connection) {
      connection.guarded(ended);
    }
  }
}
