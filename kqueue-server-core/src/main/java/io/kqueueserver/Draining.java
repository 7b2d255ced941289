package io.kqueueserver;

import io.kqueueserver.net.Balancer;
import io.kqueueserver.net.Worker;
import io.kqueueserver.server.ActiveExchanges;
import io.kqueueserver.socket.ListenSocket;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The drain of one run. Responses announce the end of their connections, and accepting may go on
 * for a while. Then the connections that wait to be accepted are taken, no further one is, idle
 * connections close, and actions run once when the last exchange has ended. Any thread.
 */
final class Draining {
  private static final Logger log = LoggerFactory.getLogger(Draining.class);

  private final String name;
  private final List<Worker> workers;
  private final Handover handover;
  private final Balancer balancer;
  private final ActiveExchanges active;
  private final AtomicReference<@Nullable Runnable> whenIdle = new AtomicReference<>();
  private final CountDownLatch ended = new CountDownLatch(1);

  /** When the drain was asked for, in nanoseconds; 0 before. */
  private volatile long since;

  /** The thread of the accept period; null without one. */
  private final AtomicReference<@Nullable Thread> period = new AtomicReference<>();

  private volatile boolean begun;

  Draining(
      String name,
      List<Worker> workers,
      Handover handover,
      Balancer balancer,
      ActiveExchanges active) {
    this.name = name;
    this.workers = workers;
    this.handover = handover;
    this.balancer = balancer;
    this.active = active;
  }

  /**
   * Begins the drain, unless it has begun. The action runs once, when no exchange is active or at
   * {@link #end}.
   *
   * @param acceptNanos how long accepting goes on; zero or less for no time
   */
  void begin(long acceptNanos, Runnable action) {
    if (since == 0) {
      since = System.nanoTime() | 1; // 0 means that it has not begun
    }
    whenIdle.accumulateAndGet(
        action, (before, added) -> before == null ? added : both(before, added));
    active.announceEnd();
    if (acceptNanos <= 0 || begun) {
      drain();
      return;
    }
    Thread waiting = new Thread(() -> drainAfter(acceptNanos), name + "-accept-period");
    waiting.setDaemon(true);
    if (period.compareAndSet(null, waiting)) {
      waiting.start();
    }
  }

  private void drainAfter(long acceptNanos) {
    try {
      if (!ended.await(acceptNanos, TimeUnit.NANOSECONDS)) {
        drain();
      }
    } catch (InterruptedException e) {
      drain(); // nobody has asked this thread to wait any longer
    }
  }

  private void drain() {
    begun = true;
    // Connects are refused from here on, even while a blocked loop still holds the descriptor.
    handover.withdraw();
    handover.listeners().forEach(this::shutdown);
    // First no loop accepts, then each drains: a listener that lives on refuses nothing, and a loop
    // that accepts may hand a connection to one that has drained. See HandoverProcessesTest.
    onEachLoop(
        (worker, stopped) -> {
          worker.stopAccepting();
          stopped.run();
        },
        () -> onEachLoop(Worker::drain, () -> active.whenIdle(this::end)));
  }

  /**
   * Has each loop run a step.
   *
   * @param step runs on the loop; the loop or a later turn of it runs the second argument in the
   *     end
   * @param then runs when the last loop has ended the step
   */
  private void onEachLoop(BiConsumer<Worker, Runnable> step, Runnable then) {
    AtomicInteger waiting = new AtomicInteger(workers.size());
    Runnable done =
        () -> {
          if (waiting.decrementAndGet() == 0) {
            then.run();
          }
        };
    for (Worker worker : workers) {
      if (!worker.loop().execute(() -> step.accept(worker, done))) {
        done.run(); // the loop has ended, and all of its exchanges with it
      }
    }
  }

  private void shutdown(ListenSocket listener) {
    int waited = listener.shutdown(new LastArrivals());
    if (waited > 0) {
      log.info("{}: {} connections waited to be accepted, and are served", listener.name(), waited);
    }
  }

  /**
   * The last loop has let go of the listener, which is closed next. Where {@link
   * ListenSocket#shutdown()} refuses nothing, connections may have come since.
   */
  void letGo(ListenSocket listener) {
    if (begun) {
      shutdown(listener);
    }
  }

  /** Gives the connections that waited to the loops. Each counts as active until it has a loop. */
  private final class LastArrivals implements ListenSocket.Successor {
    @Override
    public boolean reserve() {
      return balancer.reserve();
    }

    @Override
    public void unreserve() {
      balancer.unreserve();
    }

    @Override
    public void adopt(int fd, byte[] peer) {
      active.begin();
      balancer.adopt(fd, peer, active::end);
    }
  }

  private static Runnable both(Runnable first, Runnable second) {
    return () -> {
      first.run();
      second.run();
    };
  }

  /** The time since the drain began; 0 if it has not begun. */
  long nanos() {
    long begin = since;
    return begin == 0 ? 0 : Math.max(1, System.nanoTime() - begin);
  }

  /** Runs the actions that have not run, even if exchanges are active. */
  void end() {
    ended.countDown();
    Runnable action = whenIdle.getAndSet(null);
    if (action != null) {
      action.run();
    }
  }

  /** Waits for the end of the thread of the accept period, which {@link #end} has ended. */
  void join() {
    Thread waiting = period.get();
    if (waiting == null || waiting == Thread.currentThread()) {
      return;
    }
    try {
      waiting.join(TimeUnit.SECONDS.toMillis(1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
