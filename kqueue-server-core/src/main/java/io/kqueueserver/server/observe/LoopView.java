package io.kqueueserver.server.observe;

import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.net.ConnectionView;
import io.kqueueserver.net.Worker;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.LoopStats;
import io.kqueueserver.stats.LoopWindow;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * One running loop as observers see it: all of it is read from outside, so all of it answers while
 * the loop is stuck. Any thread.
 */
public final class LoopView {
  private final int number;
  private final Worker worker;
  private final LoopWindow window;
  private final AtomicLongArray stalls = new AtomicLongArray(StallCause.values().length);
  private volatile @Nullable Stall lastStall;

  public LoopView(int number, Worker worker) {
    this.number = number;
    this.worker = worker;
    this.window = new LoopWindow(stats(), loop().turn()::busyNanos, System::nanoTime);
  }

  EventLoop loop() {
    return worker.loop();
  }

  public int number() {
    return number;
  }

  /** Its thread's name. */
  public String name() {
    return loop().name();
  }

  /** What serves its queue: {@code kqueue} or {@code epoll}. */
  public String backend() {
    return loop().backend();
  }

  public LoopStats stats() {
    return worker.loop().stats();
  }

  /** What it did in the last minute. */
  public LoopWindow.View window() {
    return window.view();
  }

  /** How long its current turn has lasted; 0 while it waits. */
  public long busyNanos() {
    return loop().turn().busyNanos();
  }

  public boolean hasEnded() {
    return loop().hasEnded();
  }

  /** Tasks that wait, about. */
  public int pendingTasks() {
    return loop().pendingTasks();
  }

  /** For how long it has paused accepting; 0 if it does not. */
  public long acceptPausedNanos() {
    LoopStats stats = stats();
    return stats.acceptorsPaused == 0
        ? 0
        : Math.max(1, System.nanoTime() - stats.acceptPausedSince);
  }

  /** Slots to {@link #connection}; many may be empty. */
  public int slots() {
    return worker.slots();
  }

  /** The connection in the slot; null if it holds none now. */
  public @Nullable ConnectionView connection(int slot) {
    return worker.observe(slot);
  }

  /**
   * Asks the loop to cut the connection off. The answer, false if it had gone already, comes when
   * the loop gets round to it; of a loop that has ended it comes at once.
   */
  public CompletableFuture<Boolean> closeConnection(long udata) {
    CompletableFuture<Boolean> closed = new CompletableFuture<>();
    Runnable task =
        () -> {
          try {
            closed.complete(worker.reset(udata, CloseReason.OPERATOR));
          } catch (RuntimeException | Error e) {
            closed.completeExceptionally(e);
            throw e;
          }
        };
    if (!loop().execute(task)) {
      closed.complete(false);
    }
    return closed;
  }

  /** What it did in the last minute, step by step. */
  public List<LoopWindow.Step> recentSteps() {
    return window.steps();
  }

  /** Stalls found on it so far. */
  public long stalls() {
    return Arrays.stream(StallCause.values()).mapToLong(this::stalls).sum();
  }

  /** Stalls of that cause found on it so far. */
  public long stalls(StallCause cause) {
    return stalls.get(cause.ordinal());
  }

  /** The last of them, which may go on; null if there was none. */
  public @Nullable Stall lastStall() {
    return lastStall;
  }

  void stalled(Stall stall, boolean isNew) {
    if (isNew) {
      stalls.incrementAndGet(stall.cause().ordinal());
    }
    lastStall = stall;
  }
}
