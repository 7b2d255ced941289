package io.kqueueserver.loop;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;

/**
 * A task from another thread to a loop: offered, and taken in batches as a loop's turn does. In the
 * loop's package, as the queue is private to it.
 *
 * <p>The producers take turns at being the loop. A consumer thread of its own would make the figure
 * depend on when the system runs which of the two.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TaskQueueBenchmark {
  private static final Runnable TASK = () -> {};

  /** The queue and the right to take from it. */
  @State(Scope.Benchmark)
  public static class Shared {
    private final TaskQueue queue = new TaskQueue();
    private final AtomicBoolean taking = new AtomicBoolean();
  }

  /** What a producer remembers. */
  @State(Scope.Thread)
  public static class Producer {
    private int offered;
  }

  @Benchmark
  @Threads(1)
  public boolean oneProducer(Shared shared, Producer producer) {
    return offer(shared, producer);
  }

  @Benchmark
  @Threads(2)
  public boolean twoProducers(Shared shared, Producer producer) {
    return offer(shared, producer);
  }

  private static boolean offer(Shared shared, Producer producer) {
    boolean accepted = shared.queue.offer(TASK);
    if ((++producer.offered & 63) == 0 && shared.taking.compareAndSet(false, true)) {
      for (Runnable task; (task = shared.queue.poll()) != null; ) {
        task.run();
      }
      shared.taking.set(false);
    }
    return accepted;
  }
}
