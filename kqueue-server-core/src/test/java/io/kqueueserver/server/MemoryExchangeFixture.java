package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.Limits;
import io.kqueueserver.http.contract.ExchangeFixture;
import io.kqueueserver.http.contract.ExchangePeer;
import io.kqueueserver.loop.LoopThread;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** {@link ExchangeCore} alone, on wires to nowhere: the test's thread is the loop. */
final class MemoryExchangeFixture implements ExchangeFixture, LoopThread {
  private final ActiveExchanges active = new ActiveExchanges();
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final List<MemoryWire> wires = new ArrayList<>();
  private Thread loop = Thread.currentThread();
  private ExchangeHandler handler = exchange -> {};
  private final ExchangeContext context =
      new ExchangeContext(
          this,
          exchange -> handler.handle(exchange),
          Limits.DEFAULTS,
          StreamOptions.DEFAULTS,
          ServerListener.NONE,
          active,
          new MemoryEndpoint().localAddress());

  @Override
  public ExchangePeer open(Request request, ExchangeHandler serving) {
    MemoryWire wire = new MemoryWire(new MemoryHead(request), context);
    wires.add(wire);
    handler = serving;
    wire.core.handle();
    return new Peer(wire);
  }

  @Override
  public synchronized void turn() {
    loop = Thread.currentThread(); // whichever waits plays the loop
    for (Runnable task; (task = tasks.poll()) != null; ) {
      try {
        task.run();
      } catch (Throwable e) {
        // As a loop: it goes on.
      }
    }
    wires.forEach(wire -> wire.turn(false));
  }

  @Override
  public Path file() {
    return Http1ExchangeFixture.FILE;
  }

  @Override
  public boolean canSwitch() {
    return false;
  }

  @Override
  public void settle() {
    turn();
    wires.clear();
    assertThat(active.count()).as("exchanges that have not ended").isZero();
  }

  @Override
  public void close() {}

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public boolean inLoop() {
    return Thread.currentThread() == loop;
  }

  @Override
  public boolean execute(Runnable task) {
    return tasks.add(task);
  }

  @Override
  public long now() {
    return System.nanoTime();
  }

  private final class Peer implements ExchangePeer {
    private final MemoryWire wire;

    Peer(MemoryWire wire) {
      this.wire = wire;
    }

    @Override
    public void sendBody(String piece) {
      wire.arrive(piece);
    }

    @Override
    public void endBody(String... trailers) {
      wire.endBody(trailers);
    }

    @Override
    public int interim() {
      turn();
      Integer next = wire.interim();
      return next == null ? 0 : next;
    }

    @Override
    public Answer answer() {
      for (int i = 0; i < 10_000 && !wire.isAnswered(); i++) {
        synchronized (MemoryExchangeFixture.this) {
          turn();
          wire.turn(true);
        }
        Thread.onSpinWait();
      }
      return wire.answer();
    }

    @Override
    public void disappear() {
      wire.disappear();
    }

    @Override
    public void close() {
      wire.disappear();
    }
  }
}
