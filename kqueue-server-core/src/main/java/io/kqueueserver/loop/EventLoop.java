package io.kqueueserver.loop;

import io.kqueueserver.queue.EventFlag;
import io.kqueueserver.queue.EventList;
import io.kqueueserver.queue.Filter;
import io.kqueueserver.queue.Kqueue;
import io.kqueueserver.stats.DescriptorKind;
import io.kqueueserver.stats.Limit;
import io.kqueueserver.stats.LoopStats;
import io.kqueueserver.stats.RequestWork;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One thread, one queue, one task queue, one heap of deadlines. Handlers and tasks run on the
 * loop's thread and must not block it. An exception of a handler or task is logged and harms no
 * other. Only {@link #execute}, {@link #shutdown} and the methods that are marked so may be called
 * from other threads.
 *
 * <p>If the queue or the loop itself fails, another queue and thread take over: {@link Succession}.
 * At the end every registration is notified, the queue is closed, and {@link #execute} returns
 * false.
 */
public final class EventLoop implements Runnable, LoopThread {
  private final String name;
  private final LoopQueue queue;
  private final Waker waker;
  private final LongSupplier clock;
  private final Guard guard;
  private final Succession succession;
  private final Turn turn;
  private final TurnTasks tasks;
  private final LoopStats stats = new LoopStats();
  private final Deadlines deadlines;
  private final Registrations registrations = new Registrations();

  private volatile @Nullable Thread thread;
  private volatile boolean running = true;
  private volatile boolean ended;

  /** A loop that ends if its queue fails. */
  public EventLoop(String name, Kqueue queue, LongSupplier clock, LoopListener listener) {
    this(name, queue, clock, listener, Spares.NONE);
  }

  public EventLoop(
      String name, Kqueue queue, LongSupplier clock, LoopListener listener, Spares spares) {
    this.name = name;
    this.queue = new LoopQueue(name, queue, stats);
    this.waker = new Waker(this, this.queue);
    this.clock = clock;
    this.guard = new Guard(this, stats, listener);
    this.succession = new Succession(this, this.queue, registrations, stats, guard, spares);
    this.turn = new Turn(clock);
    this.tasks = new TurnTasks(guard, clock, stats);
    this.deadlines = new Deadlines(clock, stats.timerLag);
    stats.registered(DescriptorKind.WAKE_UP, 1);
  }

  /** Serves until {@link #shutdown}; the calling thread becomes the loop's thread. */
  @Override
  public void run() {
    thread = Thread.currentThread();
    turn.begin();
    Throwable failure = serve();
    while (failure != null && running) {
      if (failure instanceof OutOfMemoryError e) {
        succession.outOfMemory(e); // which says nothing of the queue
      } else if (!succession.replaceQueue(failure)) {
        break;
      } else if (handOver()) {
        return;
      }
      failure = serve();
    }
    try {
      end();
    } finally {
      if (failure != null && running) {
        succession.lost(failure);
      }
    }
  }

  /** Serves until {@link #shutdown}, or until the queue or the loop itself fails. */
  private @Nullable Throwable serve() {
    try {
      while (running) {
        int n = await();
        dispatch(n);
        tasks.run();
        fireDeadlines();
        tasks.endTurn();
        if (guard.lost().take(turn.now())) {
          succession.askAgain();
        }
      }
      return null;
    } catch (Throwable e) {
      waker.unpark();
      turn.begin();
      return e;
    }
  }

  /**
   * Lets another thread go on; false if there is none. All the loop has is handed over by start.
   */
  private boolean handOver() {
    Thread successor = succession.newThread();
    if (successor == null) {
      return false;
    }
    try {
      thread = successor; // first: a stop that sees this thread end must find the next one
      successor.start();
      return true;
    } catch (Throwable e) {
      thread = Thread.currentThread();
      return false;
    }
  }

  private int await() {
    waker.park();
    long timeout = tasks.isEmpty() && running ? deadlines.nanosUntilNext(turn.now()) : 0;
    long before = clock.getAsLong();
    stats.turn.record(before - turn.now());
    stats.changes += queue.pendingChanges();
    turn.end();
    int n = queue.poll(guard.lost().bound(timeout));
    turn.begin();
    if (!waker.unpark()) {
      stats.wakeups++; // another thread had the duty to wake the loop
    }
    stats.poll.record(turn.now() - before);
    stats.turns++;
    tasks.onTurn(turn.now());
    return n;
  }

  private void dispatch(int n) {
    if (n == 0) {
      return;
    }
    EventList events = queue.events();
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

  private void fireDeadlines() {
    try {
      deadlines.fire(turn.now());
    } catch (Throwable e) {
      guard.taskFailed(e);
    }
  }

  private void end() {
    ended = true;
    tasks.close();
    tasks.endTurn(); // what the last tasks have written is coded and sent before handlers close
    registrations.each(handler -> guard.run(handler::onLoopEnd));
    tasks.endTurn();
    guard.run(queue::close);
    stats.registered(DescriptorKind.WAKE_UP, -1);
    turn.end();
  }

  /**
   * Runs the task on the loop's thread; false if the loop has ended and it will not run. Any
   * thread.
   */
  @Override
  public boolean execute(Runnable task) {
    if (!tasks.offer(task)) {
      return false;
    }
    if (!inLoop()) {
      waker.wakeIfParked();
    }
    return true;
  }

  /** Has the loop count a wake-up that the system refused, when it gets round to it. Any thread. */
  void countQueueFailure() {
    tasks.offer(() -> stats.queueFailures++);
  }

  /**
   * Runs the task in the next turn, after ready descriptors were served. The loop's thread only.
   */
  public void nextTurn(Runnable task) {
    tasks.nextTurn(task);
  }

  /** Calls the action once when this turn's events and tasks are done. The loop's thread only. */
  public void atTurnEnd(TurnEnd action) {
    tasks.atTurnEnd(action);
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
    queue.change(fd, filter, flags, 0, 0, udata);
  }

  /**
   * As {@link #change(int, Filter, int, long)}, with the filter's own fields: what to watch a
   * {@code EVFILT_VNODE} for, a timer's milliseconds. All but EV_DELETE replace what the
   * registration had there.
   *
   * @param ident the descriptor, or the number that the filter uses in its place
   */
  public void change(long ident, Filter filter, int flags, int fflags, long data, long udata) {
    queue.change(ident, filter, flags, fflags, data, udata);
  }

  /**
   * A registered descriptor is about to be closed: nothing queued for it may meet its successor.
   */
  public void closing(int fd) {
    queue.closing(fd);
  }

  /**
   * Applies the queued changes now: needed before a registered descriptor that others share is let
   * go.
   */
  public void applyChanges() {
    queue.apply();
  }

  /**
   * Applies one change at once, after the queued changes. For a caller that needs the outcome
   * before its next step.
   *
   * @throws io.kqueueserver.ffi.NativeException if the kernel refuses the change
   */
  public void changeNow(int fd, Filter filter, int flags, int fflags, long udata) {
    queue.apply();
    queue.change(fd, filter, flags, fflags, 0, udata);
    queue.applyOrThrow();
  }

  /** Sets, moves or, with {@link Deadline#NEVER}, clears a deadline. The loop's thread only. */
  @Override
  public void deadline(Deadline deadline, long dueNanos) {
    deadlines.set(deadline, dueNanos);
  }

  /** Forgets the deadline. The loop's thread only. */
  @Override
  public void cancel(Deadline deadline) {
    deadlines.remove(deadline);
  }

  @Override
  public void limitHit(Limit limit) {
    stats.limitHit(limit);
    guard.listener().onLimitHit(this, limit);
  }

  /** Asks the loop to end; returns at once. Any thread. */
  public void shutdown() {
    running = false;
    waker.wake();
  }

  /** Whether the loop has stopped serving, by a shutdown or a failure. Any thread. */
  public boolean hasEnded() {
    return ended;
  }

  /** Whether the caller is the loop's thread. Any thread. */
  @Override
  public boolean inLoop() {
    return Thread.currentThread() == thread;
  }

  /** The time of this turn in nanoseconds of the loop's clock. The loop's thread only. */
  @Override
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

  /** The turn the loop is in, for observers. Any thread. */
  public Turn turn() {
    return turn;
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

  @Override
  public @Nullable RequestWork running(@Nullable RequestWork request) {
    return turn.running(request);
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

  /** The handler of the udata, or null if it was removed. The loop's thread only. */
  public @Nullable EventHandler handler(long udata) {
    return registrations.find(udata);
  }

  /** Passes every registered handler to an action. The loop's thread only. */
  public EventHandler[] handlers() {
    return registrations.snapshot();
  }

  public LoopStats stats() {
    return stats;
  }

  @Override
  public String name() {
    return name;
  }

  /** The mechanism of the loop's queue: {@code kqueue} or {@code epoll}. */
  public String backend() {
    return queue.backend();
  }

  /** Whether the event reports a failed change. */
  public static boolean isFailedChange(EventList events, int index) {
    return (events.flags(index) & EventFlag.EV_ERROR) != 0;
  }
}
