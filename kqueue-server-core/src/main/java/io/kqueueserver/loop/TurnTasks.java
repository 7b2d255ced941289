package io.kqueueserver.loop;

import io.kqueueserver.stats.LoopStats;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * What a loop does in a turn besides events: tasks of other threads, what was left for this turn,
 * and what was left for its end. The loop's thread only, but for {@link #offer} and {@link #size}.
 */
final class TurnTasks {
  /** Tasks per turn: enough to keep up, few enough that ready descriptors do not wait for long. */
  private static final int TASK_BUDGET = 256;

  private final Guard guard;
  private final LoopStats stats;
  private final TaskSampler sampler;
  private final TaskQueue tasks = new TaskQueue();
  private final Batch<Runnable> nextTurn = new Batch<>();
  private final Batch<TurnEnd> turnEnd = new Batch<>();

  /** What earlier turns have left for this one. */
  private List<Runnable> due = List.of();

  TurnTasks(Guard guard, LongSupplier clock, LoopStats stats) {
    this.guard = guard;
    this.stats = stats;
    this.sampler = new TaskSampler(clock, stats.taskWait);
  }

  /** Adds a task; false if it will not run. Any thread. */
  boolean offer(Runnable task) {
    return tasks.offer(sampler.sample(task));
  }

  /** Tasks of other threads that wait, about. Any thread. */
  int size() {
    return tasks.size();
  }

  void nextTurn(Runnable task) {
    nextTurn.add(task);
  }

  void atTurnEnd(TurnEnd action) {
    turnEnd.add(action);
  }

  /** Whether nothing of all this waits. */
  boolean isEmpty() {
    return tasks.isEmpty() && due.isEmpty() && nextTurn.isEmpty() && turnEnd.isEmpty();
  }

  /** A turn begins: what is left for the next turn from now on is not run in this one. */
  void onTurn(long now) {
    sampler.onTurn(now);
    if (due.isEmpty()) {
      due = nextTurn.take();
    }
  }

  /** Runs what was left for this turn, and tasks up to the budget. */
  void run() {
    if (!due.isEmpty()) {
      for (int i = 0; i < due.size(); i++) { // an iterator may be what there is no memory for
        guard.run(due.get(i));
      }
      due.clear();
    }
    for (int i = 0; i < TASK_BUDGET; i++) {
      Runnable task = tasks.poll();
      if (task == null) {
        return;
      }
      stats.tasks++;
      guard.run(task);
    }
  }

  void endTurn() {
    // A flush may run a callback that writes again. That waits for the end of the next turn, or a
    // writer whose peer reads as fast as it writes would keep the loop to itself.
    List<TurnEnd> due = turnEnd.take();
    for (int i = 0; i < due.size(); i++) {
      try {
        due.get(i).onTurnEnd();
      } catch (Throwable e) {
        guard.taskFailed(e);
      }
    }
    due.clear();
  }

  /** Refuses further tasks, and runs those that were offered before. */
  void close() {
    tasks.close();
    for (Runnable task; (task = tasks.poll()) != null; ) {
      guard.run(task);
    }
  }
}
