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
import java.util.ArrayList;
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

  /** One task in so many nanoseconds is timed, so that timing costs nothing with many. */
  private static final long TASK_SAMPLE_NANOS = 1_000_000;

  private static final VarHandle PARKED;
  private static final VarHandle BUSY_SINCE;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      PARKED = lookup.findVarHandle(EventLoop.class, "parked", boolean.class);
      BUSY_SINCE = lookup.findVarHandle(EventLoop.class, "busySince", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final String name;
  private final Kqueue queue;
  private final LongSupplier clock;
  private final LoopListener listener;
  private final ChangeList changes;
  private final EventList events;
  private final TaskQueue tasks = new TaskQueue();
  private final LoopStats stats = new LoopStats();
  private final Deadlines deadlines;
  private final Registrations registrations = new Registrations();
  private List<Runnable> nextTurn = new ArrayList<>();
  private List<Runnable> thisTurn = new ArrayList<>();
  private List<TurnEnd> turnEnd = new ArrayList<>();
  private List<TurnEnd> turnEnding = new ArrayList<>();

  private volatile @Nullable Thread thread;
  private volatile boolean running = true;
  private volatile boolean ended;

  /** True only while the loop waits, or is about to: then, and only then, an offer must wake it. */
  @SuppressWarnings("UnusedVariable") // through PARKED
  private volatile boolean parked;

  /**
   * When the current turn began; 0 while the loop waits. Read by others to see a loop that is
   * stuck.
   */
  @SuppressWarnings("UnusedVariable") // through BUSY_SINCE
  private volatile long busySince;

  /** True when the next task offered shall be timed; it is, and sets it back. */
  private volatile boolean sampleTask = true;

  private long lastSample;

  /**
   * Whose work the loop does, for a watchdog; 0 for none. A number, since a store of one is free.
   */
  private long runningUdata;

  private long now;

  public EventLoop(String name, Kqueue queue, LongSupplier clock, LoopListener listener) {
    this.name = name;
    this.queue = queue;
    this.clock = clock;
    this.listener = listener;
    this.changes = queue.newChangeList();
    this.events = queue.newEventList(EVENT_CAPACITY);
    this.deadlines = new Deadlines(clock, stats.timerLag);
    this.now = clock.getAsLong();
    stats.registered(DescriptorKind.WAKE_UP, 1);
  }

  /** Serves until {@link #shutdown}; the calling thread becomes the loop's thread. */
  @Override
  public void run() {
    thread = Thread.currentThread();
    now = clock.getAsLong();
    try {
      while (running) {
        int n = await();
        dispatch(n);
        runTasks();
        fireDeadlines();
        endTurn();
      }
    } catch (Throwable e) {
      log.error(
          "{}: the event queue failed; the loop ends and its connections are closed", name, e);
      listener.onError(this, e);
    } finally {
      end();
    }
  }

  private int await() {
    PARKED.setVolatile(this, true);
    long timeout =
        tasks.isEmpty() && nextTurn.isEmpty() && turnEnd.isEmpty() && running
            ? deadlines.nanosUntilNext(now)
            : 0;
    long before = clock.getAsLong();
    stats.turn.record(before - now);
    stats.changes += changes.size();
    BUSY_SINCE.setOpaque(this, 0L);
    int n = queue.poll(changes, events, timeout);
    now = clock.getAsLong();
    // A turn that begins at time 0 of some clock must still read as busy.
    BUSY_SINCE.setOpaque(this, now == 0 ? 1 : now);
    if (!(boolean) PARKED.getOpaque(this)) {
      stats.wakeups++; // somebody took the mark, and with it the duty to wake us
    }
    PARKED.setOpaque(this, false);
    stats.poll.record(now - before);
    stats.turns++;
    if (!sampleTask && now - lastSample >= TASK_SAMPLE_NANOS) {
      sampleTask = true;
    }
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
      stats.latency.record(i == 0 ? 0 : clock.getAsLong() - now);
      running(events.udata(i));
      try {
        handler.onEvent(events, i);
      } catch (Throwable e) {
        failed(handler, events, i, e);
      }
    }
    running(0);
  }

  private void failed(EventHandler handler, EventList events, int i, Throwable error) {
    stats.handlerErrors++;
    log.error(
        "{}: handler of fd {} failed on {} flags=0x{}; its connection is closed",
        name,
        handler.fd(),
        events.filter(i),
        Integer.toHexString(events.flags(i)),
        error);
    listener.onError(this, error);
    guarded(() -> handler.onFailure(error));
  }

  private void runTasks() {
    if (!nextTurn.isEmpty()) {
      List<Runnable> due = nextTurn;
      nextTurn = thisTurn;
      thisTurn = due;
      for (Runnable task : due) {
        guarded(task);
      }
      due.clear();
    }
    for (int i = 0; i < TASK_BUDGET; i++) {
      Runnable task = tasks.poll();
      if (task == null) {
        return;
      }
      stats.tasks++;
      guarded(task);
    }
  }

  /** A task that tells how long it has waited. */
  private Runnable timed(Runnable task) {
    sampleTask = false;
    long offered = clock.getAsLong();
    return () -> {
      long started = clock.getAsLong();
      stats.taskWait.record(started - offered);
      lastSample = started;
      task.run();
    };
  }

  private void fireDeadlines() {
    try {
      deadlines.fire(now);
    } catch (Throwable e) {
      taskFailed(e);
    }
  }

  private void endTurn() {
    // A flush may run a callback that writes again. That waits for the end of the next turn, or a
    // writer whose peer reads as fast as it writes would keep the loop to itself.
    List<TurnEnd> due = turnEnd;
    turnEnd = turnEnding;
    turnEnding = due;
    for (TurnEnd action : due) {
      try {
        action.onTurnEnd();
      } catch (Throwable e) {
        taskFailed(e);
      }
    }
    due.clear();
  }

  private void guarded(Runnable task) {
    try {
      task.run();
    } catch (Throwable e) {
      taskFailed(e);
    }
  }

  private void taskFailed(Throwable error) {
    stats.handlerErrors++;
    log.error("{}: a task failed; the loop goes on", name, error);
    listener.onError(this, error);
  }

  private void end() {
    ended = true;
    tasks.close();
    for (Runnable task; (task = tasks.poll()) != null; ) {
      guarded(task);
    }
    for (EventHandler handler : registrations.snapshot()) {
      guarded(handler::onLoopEnd);
    }
    endTurn();
    guarded(queue::close);
    stats.registered(DescriptorKind.WAKE_UP, -1);
    BUSY_SINCE.setOpaque(this, 0L);
  }

  /**
   * Runs the task on the loop's thread; false if the loop has ended and it will not run. Any
   * thread.
   */
  public boolean execute(Runnable task) {
    if (!tasks.offer(sampleTask ? timed(task) : task)) {
      return false;
    }
    // Coalesced: of all that offer while the loop waits, one wakes it. The loop sets the mark
    // before
    // it looks at the queue for the last time, so an offer it did not see does see the mark.
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
    return now;
  }

  /**
   * Whether the current turn has lasted longer than that: the loop is blocked or overloaded. Any
   * thread.
   */
  public boolean isBusyLongerThan(long nanos) {
    long since = (long) BUSY_SINCE.getOpaque(this);
    return since != 0 && clock.getAsLong() - since > nanos;
  }

  /** How long the current turn has lasted; 0 while the loop waits. Any thread. */
  public long busyNanos() {
    long since = (long) BUSY_SINCE.getOpaque(this);
    return since == 0 ? 0 : Math.max(1, clock.getAsLong() - since);
  }

  /** When the current turn began; 0 while the loop waits. Any thread. */
  public long busySince() {
    return (long) BUSY_SINCE.getOpaque(this);
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
    runningUdata = udata;
  }

  /** The udata of whose work a loop does that is stuck; 0 if it is nobody's. Any thread. */
  public long runningUdata() {
    return runningUdata;
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
