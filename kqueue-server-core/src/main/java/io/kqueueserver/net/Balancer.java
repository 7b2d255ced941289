package io.kqueueserver.net;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Decides which loop gets an accepted connection: the loop with the fewest connections, unless the
 * accepting loop has about as few, which saves the way through a task queue. Loops that have ended
 * or are stuck in a handler do not count. Every loop accepts, so a blocked loop delays no client.
 * Any thread.
 */
public final class Balancer {
  /** 20 ms: a loop whose turn takes longer counts as blocked. A healthy turn takes microseconds. */
  private static final long BLOCKED_NANOS = 20_000_000;

  /** 16: the accepting loop may have a sixteenth more connections than the others. */
  private static final int ABOUT = 16;

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
   * Chooses the worker of a descriptor. The method makes no object, not even an iterator, because a
   * failure for want of memory would leak the descriptor, which has no owner yet.
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
    return accepting.connections() - fewest <= fewest / ABOUT ? accepting : best;
  }

  /** Counts a connection that is about to be accepted. Returns false at the limit. */
  public boolean reserve() {
    return limit.tryAcquire();
  }

  /** The reserved connection was not accepted. */
  public void unreserve() {
    limit.release();
  }

  /**
   * Gives a reserved connection to a loop, from any thread. The descriptor is closed if no loop
   * runs.
   *
   * @param adopted called once afterwards, on any thread
   */
  public void adopt(int fd, byte[] peer, Runnable adopted) {
    Worker chosen = choose(workers.get(0));
    if (offer(chosen, fd, peer, adopted)) {
      return;
    }
    for (Worker other : workers) {
      if (other != chosen && offer(other, fd, peer, adopted)) {
        return;
      }
    }
    chosen.resources().sockets().close(fd);
    connectionClosed();
    adopted.run();
  }

  private boolean offer(Worker worker, int fd, byte[] peer, Runnable adopted) {
    worker.assign();
    Runnable adoption =
        () -> {
          try {
            worker.adopt(fd, peer, this::connectionClosed);
          } finally {
            adopted.run();
          }
        };
    boolean taken = worker.loop().execute(adoption);
    if (!taken) {
      worker.unassign();
    }
    return taken;
  }

  void acceptorPaused() {
    paused.incrementAndGet();
  }

  void acceptorResumed() {
    paused.decrementAndGet();
  }

  /** A connection was closed: wakes the acceptors that wait at the limit. */
  void connectionClosed() {
    limit.release();
    if (paused.get() > 0) {
      workers.forEach(Worker::resumeAccepting);
    }
  }
}
