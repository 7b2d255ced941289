package io.kqueueserver.server.observe;

import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.net.ConnectionView;
import io.kqueueserver.net.Worker;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.CurrentRequest;
import io.kqueueserver.stats.LoopStats;
import io.kqueueserver.stats.LoopWindow;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The observers' view of one running loop. All values are read from outside, so that the view works
 * while the loop is stuck. Any thread.
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

  /** The name of the loop's thread. */
  public String name() {
    return loop().name();
  }

  /** The mechanism of the loop's event queue: {@code kqueue} or {@code epoll}. */
  public String backend() {
    return loop().backend();
  }

  public LoopStats stats() {
    return worker.loop().stats();
  }

  /** The window of the last minute. */
  public LoopWindow.View window() {
    return window.view();
  }

  /** The time that the loop's current turn has lasted; 0 while the loop waits. */
  public long busyNanos() {
    return loop().turn().busyNanos();
  }

  public boolean hasEnded() {
    return loop().hasEnded();
  }

  /** The approximate number of waiting tasks. */
  public int pendingTasks() {
    return loop().pendingTasks();
  }

  /** The time for which the loop has paused accepting; 0 if accepting is not paused. */
  public long acceptPausedNanos() {
    LoopStats stats = stats();
    return stats.acceptorsPaused == 0
        ? 0
        : Math.max(1, System.nanoTime() - stats.acceptPausedSince);
  }

  /** Number of slots for {@link #connection}. Many slots may be empty. */
  public int slots() {
    return worker.slots();
  }

  /** The connection in the slot; null if the slot is empty. */
  public @Nullable ConnectionView connection(int slot) {
    return worker.observe(slot);
  }

  /** Whether a request under way on the connection matches. */
  public boolean hasRequest(long udata, Predicate<? super CurrentRequest> predicate) {
    return worker.hasRequest(udata, predicate);
  }

  /**
   * Makes the loop reset a connection. The future completes when the loop has run the task, or at
   * once if the loop has ended. It completes with false if the connection was closed already.
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

  /** The steps of the last minute. */
  public List<LoopWindow.Step> recentSteps() {
    return window.steps();
  }

  /** Number of stalls of this loop so far. */
  public long stalls() {
    return Arrays.stream(StallCause.values()).mapToLong(this::stalls).sum();
  }

  /** Number of this loop's stalls of a cause so far. */
  public long stalls(StallCause cause) {
    return stalls.get(cause.ordinal());
  }

  /** The last stall, which may go on; null if there was none. */
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
