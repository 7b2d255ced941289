package io.kqueueserver.net;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Decides which loop gets an accepted connection: the one with the fewest, not counting loops that
 * have ended or are stuck in a handler; at a tie the one that accepted it, which saves the way
 * through a task queue. Every loop accepts, so a blocked one delays nobody. Any thread.
 */
public final class Balancer {
  /** A turn longer than this makes a loop look blocked; a healthy turn takes microseconds. */
  private static final long BLOCKED_NANOS = 20_000_000;

  private final List<Worker> workers;
  private final ConnectionLimit limit;
  private final AtomicInteger paused = new AtomicInteger();

  public Balancer(List<Worker> workers, ConnectionLimit limit) {
    this.workers = workers;
    this.limit = limit;
  }

  ConnectionLimit limit() {
    return limit;
  }

  /**
   * Chooses the worker of a descriptor that nobody owns yet: makes no object, not even an iterator,
   * so that a lack of memory cannot come between.
   */
  Worker choose(Worker accepting) {
    Worker best = accepting;
    int fewest = accepting.connections();
    for (int i = 0; i < workers.size(); i++) {
      Worker candidate = workers.get(i);
      int connections = candidate.connections();
      if (connections < fewest
          && candidate != accepting
          && !candidate.loop().hasEnded()
          && !candidate.loop().isBusyLongerThan(BLOCKED_NANOS)) {
        best = candidate;
        fewest = connections;
      }
    }
    return best;
  }

  void acceptorPaused() {
    paused.incrementAndGet();
  }

  void acceptorResumed() {
    paused.decrementAndGet();
  }

  /** A connection was closed: there is room for another. */
  void connectionClosed() {
    limit.release();
    if (paused.get() > 0) {
      workers.forEach(Worker::resumeAccepting);
    }
  }
}
