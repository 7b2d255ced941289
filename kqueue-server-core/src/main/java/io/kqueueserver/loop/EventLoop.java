package io.kqueueserver.loop;

import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.queue.ChangeList;
import io.kqueueserver.queue.EventFlag;
import io.kqueueserver.queue.EventList;
import io.kqueueserver.queue.Filter;
import io.kqueueserver.queue.Kqueue;
import io.kqueueserver.stats.DescriptorKind;
import io.kqueueserver.stats.LoopStats;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread, one queue, one task queue, one heap of deadlines. Handlers and tasks run on the
 * loop's thread and must not block it; what they throw is logged and harms nobody else. Only {@link
 * #execute}, {@link #shutdown} and the methods that say so may be called from other threads. When
 * it ends, every registration is told, the queue is closed, and {@link #execute} answers false.
 */
public final class EventLoop implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(EventLoop.class);

  /** Tasks per turn: enough to keep up, few enough that ready descriptors do not wait for long. */
  private static final int TASK_BUDGET = 256;

  /** Events per poll; more stay in the kernel, which hands them out in turn (nothing starves). */
  private static final int EVENT_CAPACITY = 256;

  private static final VarHandle PARKED;

  static {
    try {
      PARKED = MethodHandles.lookup().findVarHandle(EventLoop.class, "parked", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final String name;
  private final Kqueue queue;
  private final LongSupplier clock;
  private final Guard guard;
  private final ChangeList changes;
  private final EventList events;
  private final Turn turn;
  private final TaskQueue tasks = new TaskQueue();
  private final TaskSampler sampler;
  private final LoopStats stats = new LoopStats();
  private final Deadlines deadlines;
  private final Registrations registrations = new Registrations();
  private final Batch<Runnable> nextTurn = new Batch<>();
  private final Batch<TurnEnd> turnEnd = new Batch<>();

  private volatile @Nullable Thread thread;
  private volatile boolean running = true;
  private volatile boolean ended;

  /** True only while the loop waits, or is about to: then, and only then, an offer must wake it. */
  @SuppressWarnings("UnusedVariable") // through PARKED
  private volatile boolean parked;

  public EventLoop(String name, Kqueue queue, LongSupplier clock, LoopListener listener) {
    this.name = name;
    this.queue = queue;
    this.clock = clock;
    this.guard = new Guard(this, stats, listener);
    this.turn = new Turn(clock);
    this.sampler = new TaskSampler(clock, stats.taskWait);
    this.changes = queue.newChangeList();
    this.events = queue.newEventList(EVENT_CAPACITY);
    this.deadlines = new Deadlines(clock, stats.timerLag);
    stats.registered(DescriptorKind.WAKE_UP, 1);
  }

  /** Serves until {@link #shutdown}; the calling thread becomes the loop's thread. */
  @Override
  public void run() {
    thread = Thread.currentThread();
    turn.begin();
    try {
      while (running) {
        int n = await();
        dispatch(n);
        runTasks();
        fireDeadlines();
        endTurn();
      }
    } catch (Throwable e) {
      guard.loopFailed(e);
    } finally {
      end();
    }
  }

  private int await() {
    PARKED.setVolatile(this, true);
    long timeout =
        tasks.isEmpty() && nextTurn.isEmpty() && turnEnd.isEmpty() && running
            ? deadlines.nanosUntilNext(turn.now())
            : 0;
    long before = clock.getAsLong();
    stats.turn.record(before - turn.now());
    stats.changes += changes.size();
    turn.end();
    int n = queue.poll(changes, events, timeout);
    turn.begin();
    if (!(boolean) PARKED.getOpaque(this)) {
      stats.wakeups++; // somebody took the mark, and with it the duty to wake us
    }
    PARKED.setOpaque(this, false);
    stats.poll.record(turn.now() - before);
    stats.turns++;
    sampler.onTurn(turn.now());
    return n;
  }

  private void dispatch(int n) {
    if (n == 0) {
      return;
    }
    stats.eventsPerTurn.record(n);
    for (int i = 0; i < n; i++) {
      stats.event(events.filter(i));
      // An earlier handler of this batch may have closed this one: its slot has moved on then.
      EventHandler handler = registrations.find(events.udata(i));
      if (handler == null) {
        stats.staleEvents++;
        continue;
      }
      stats.latency.record(i == 0 ? 0 : clock.getAsLong() - turn.now());
      turn.running(events.udata(i));
      try {
        handler.onEvent(events, i);
      } catch (Throwable e) {
        guard.handlerFailed(handler, events, i, e);
      }
    }
    turn.running(0);
  }

  private void runTasks() {
    if (!nextTurn.isEmpty()) {
      List<Runnable> due = nextTurn.take();
      for (Runnable task : due) {
        guard.run(task);
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

  private void fireDeadlines() {
    try {
      deadlines.fire(turn.now());
    } catch (Throwable e) {
      guard.taskFailed(e);
    }
  }

  private void endTurn() {
    // A flush may run a callback that writes again. That waits for the end of the next turn, or a
    // writer whose peer reads as fast as it writes would keep the loop to itself.
    List<TurnEnd> due = turnEnd.take();
    for (TurnEnd action : due) {
      try {
        action.onTurnEnd();
      } catch (Throwable e) {
        guard.taskFailed(e);
      }
    }
    due.clear();
  }

  private void end() {
    ended = true;
    tasks.close();
    for (Runnable task; (task = tasks.poll()) != null; ) {
      guard.run(task);
    }
    for (EventHandler handler : registrations.snapshot()) {
      guard.run(handler::onLoopEnd);
    }
    endTurn();
    guard.run(queue::close);
    stats.registered(DescriptorKind.WAKE_UP, -1);
    turn.end();
  }

  /**
   * Runs the task on the loop's thread; false if the loop has ended and it will not run. Any
   * thread.
   */
  public boolean execute(Runnable task) {
    if (!tasks.offer(sampler.sample(task))) {
      return false;
    }
    // Coalesced: of all that offer while the loop waits, one wakes it. The loop sets the mark and
    // then looks at the queue for the last time, so an offer it did not see does see the mark.
    if (!inLoop()
        && (boolean) PARKED.getVolatile(this)
        && PARKED.compareAndSet(this, true, false)) {
      queue.wakeup();
    }
    return true;
  }

  /**
   * Runs the task in the next turn, after ready descriptors were served. The loop's thread only.
   */
  public void nextTurn(Runnable task) {
    nextTurn.add(task);
  }

  /** Calls the action once when this turn's events and tasks are done. The loop's thread only. */
  public void atTurnEnd(TurnEnd action) {
    turnEnd.add(action);
  }

  /** Takes a slot for the handler; the result is the udata to give to {@link #change}. */
  public long register(EventHandler handler) {
    stats.registered(handler.kind(), 1);
    return registrations.add(handler);
  }

  /** Gives the slot back: events of it that were already fetched are dropped as stale. */
  public void deregister(long udata) {
    EventHandler handler = registrations.remove(udata);
    if (handler != null) {
      stats.registered(handler.kind(), -1);
    }
  }

  /**
   * Queues a change of interest, which takes effect with the next wait. Its failure comes as an
   * event.
   */
  public void change(int fd, Filter filter, int flags, long udata) {
    changes.add(fd, filter, flags, 0, 0, udata);
  }

  /**
   * As {@link #change(int, Filter, int, long)}, with the filter's own fields: what to watch a
   * {@code EVFILT_VNODE} for, a timer's milliseconds. All but EV_DELETE replace what the
   * registration had there.
   *
   * @param ident the descriptor, or whatever number the filter goes by
   */
  public void change(long ident, Filter filter, int flags, int fflags, long data, long udata) {
    changes.add(ident, filter, flags, fflags, data, udata);
  }

  /**
   * A registered descriptor is about to be closed: nothing queued for it may meet its successor.
   */
  public void closing(int fd) {
    changes.drop(fd);
    queue.forget(fd);
  }

  /**
   * Applies the queued changes now: needed before a registered descriptor that others share is let
   * go.
   */
  public void applyChanges() {
    if (changes.size() > 0) {
      stats.changes += changes.size();
      try {
        queue.apply(changes);
      } catch (NativeException e) {
        // As with poll, the change of a descriptor that was closed in this turn may fail; no one
        // misses it.
        stats.failedChanges++;
        log.debug("{}: {}", name, e.getMessage());
      }
    }
  }

  /**
   * Applies one change at once, behind those that are queued: for the caller who must know that it
   * stands before going on.
   *
   * @throws NativeException if it is refused
   */
  public void changeNow(int fd, Filter filter, int flags, int fflags, long udata) {
    applyChanges();
    changes.add(fd, filter, flags, fflags, 0, udata);
    queue.apply(changes);
  }

  /** Sets, moves or, with {@link Deadline#NEVER}, clears a deadline. The loop's thread only. */
  public void deadline(Deadline deadline, long dueNanos) {
    deadlines.set(deadline, dueNanos);
  }

  /** Forgets the deadline. The loop's thread only. */
  public void cancel(Deadline deadline) {
    deadlines.remove(deadline);
  }

  /** Asks the loop to end; returns at once. Any thread. */
  public void shutdown() {
    running = false;
    queue.wakeup();
  }

  /** Whether the loop serves nobody any more, by a shutdown or a failure. Any thread. */
  public boolean hasEnded() {
    return ended;
  }

  /** Whether the caller is the loop's thread. Any thread. */
  public boolean inLoop() {
    return Thread.currentThread() == thread;
  }

  /** The time of this turn in nanoseconds of the loop's clock. The loop's thread only. */
  public long now() {
    return turn.now();
  }

  /**
   * Whether the current turn has lasted longer than that: the loop is blocked or overloaded. Any
   * thread.
   */
  public boolean isBusyLongerThan(long nanos) {
    return turn.busyNanos() > nanos;
  }

  /** How long the current turn has lasted; 0 while the loop waits. Any thread. */
  public long busyNanos() {
    return turn.busyNanos();
  }

  /** When the current turn began; 0 while the loop waits. Any thread. */
  public long busySince() {
    return turn.busySince();
  }

  /** Tasks that wait, about. Any thread. */
  public int pendingTasks() {
    return tasks.size();
  }

  /** The thread that runs the loop; null before it does. Any thread. */
  public @Nullable Thread thread() {
    return thread;
  }

  /** Whose work is done from here on in this turn: a udata, or 0. The loop's thread only. */
  public void running(long udata) {
    turn.running(udata);
  }

  /** The udata of whose work a loop does that is stuck; 0 if it is nobody's. Any thread. */
  public long runningUdata() {
    return turn.runningUdata();
  }

  /** Slots to {@link #observe}. Any thread. */
  public int slots() {
    return registrations.slots();
  }

  /**
   * Lets an observer copy what is registered in the slot, if anything; no task is needed. Any
   * thread.
   */
  public <T> @Nullable T observe(int slot, Observer<T> observer) {
    return registrations.observe(slot, observer);
  }

  /** Who is registered under the udata, or null if it has gone. The loop's thread only. */
  public @Nullable EventHandler handler(long udata) {
    return registrations.find(udata);
  }

  /** Every registered handler, to tell them all something. The loop's thread only. */
  public EventHandler[] handlers() {
    return registrations.snapshot();
  }

  public LoopStats stats() {
    return stats;
  }

  public String name() {
    return name;
  }

  /** What serves the loop's queue: {@code kqueue} or {@code epoll}. */
  public String backend() {
    return queue.backend();
  }

  /** Whether the event says that a change failed. */
  public static boolean isFailedChange(EventList events, int index) {
    return (events.flags(index) & EventFlag.EV_ERROR) != 0;
  }
}
