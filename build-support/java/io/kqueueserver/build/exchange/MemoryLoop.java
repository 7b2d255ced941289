package io.kqueueserver.build.exchange;

import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.Limits;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.loop.LoopThread;
import io.kqueueserver.net.ReadMemory;
import io.kqueueserver.server.ActiveExchanges;
import io.kqueueserver.server.ExchangeContext;
import io.kqueueserver.server.Pace;
import io.kqueueserver.server.ServerListener;
import io.kqueueserver.server.StreamOptions;
import io.kqueueserver.stats.LoopStats;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/**
 * Serves exchanges that no connection carries: {@code ExchangeCore} on a {@link MemoryWire} each.
 * The loop is the thread that called {@link #turn} last, and the constructor's before that.
 */
public final class MemoryLoop implements LoopThread {
  private final Consumer<Throwable> onTaskFailure;
  private final ActiveExchanges active = new ActiveExchanges();
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final List<MemoryWire> wires = new ArrayList<>();
  private Thread thread = Thread.currentThread();
  private ExchangeHandler handler = exchange -> {};
  private volatile boolean ended;
  private final ExchangeContext context =
      new ExchangeContext(
          this,
          new ReadMemory(64, new LoopStats()),
          exchange -> handler.handle(exchange),
          Limits.DEFAULTS,
          StreamOptions.DEFAULTS,
          Pace.DEFAULTS,
          ServerListener.NONE,
          active,
          new MemoryEndpoint().localAddress());

  /**
   * @param onTaskFailure takes what a task throws; the loop goes on behind it
   */
  public MemoryLoop(Consumer<Throwable> onTaskFailure) {
    this.onTaskFailure = onTaskFailure;
  }

  /** Begins an exchange; {@link MemoryWire#core} is it. */
  public MemoryWire open(RequestHead head) {
    MemoryWire wire = new MemoryWire(head, context);
    wires.add(wire);
    return wire;
  }

  /** Begins an exchange and calls the handler with it. */
  public MemoryWire serve(RequestHead head, ExchangeHandler serving) {
    MemoryWire wire = open(head);
    handler = serving;
    wire.core.handle();
    return wire;
  }

  /** Runs tasks until none is left, then moves what waits on each wire. */
  public synchronized void turn() {
    runTasks();
    wires.forEach(wire -> wire.turn(false));
  }

  /** As {@link #turn}, for a client that reads what the wire has. */
  public synchronized void turn(MemoryWire read) {
    turn();
    read.turn(true);
  }

  /** Runs tasks until none is left. */
  public synchronized void runTasks() {
    thread = Thread.currentThread();
    for (Runnable task; (task = tasks.poll()) != null; ) {
      try {
        task.run();
      } catch (Throwable e) {
        onTaskFailure.accept(e);
      }
    }
  }

  /** Forgets the wires. */
  public void clear() {
    wires.clear();
  }

  /** Takes no further tasks. */
  public void end() {
    ended = true;
  }

  /** Exchanges that have begun and not ended. */
  public int activeExchanges() {
    return active.count();
  }

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public boolean inLoop() {
    return Thread.currentThread() == thread;
  }

  @Override
  public boolean execute(Runnable task) {
    return !ended && tasks.add(task);
  }

  @Override
  public long now() {
    return System.nanoTime();
  }
}
