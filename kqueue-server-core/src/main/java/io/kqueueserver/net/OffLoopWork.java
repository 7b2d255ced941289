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

  /** False if the executor takes no more. */
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
      // Refused if the loop has ended, and with it this connection.
      connection.loop().execute(this::back);
    }
  }

  private void back() {
    if (connection.loop().handler(udata) == connection) {
      connection.guarded(ended);
    }
  }
}
