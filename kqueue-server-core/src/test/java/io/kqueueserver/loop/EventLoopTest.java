package io.kqueueserver.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.queue.Kqueue;
import io.kqueueserver.queue.Kqueues;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EventLoopTest {
  private final EventLoop loop =
      new EventLoop("test-loop", queue(), System::nanoTime, LoopListener.NONE);
  private final Thread thread = new Thread(loop, "test-loop");

  @BeforeEach
  void start() {
    thread.start();
  }

  @AfterEach
  void stop() throws InterruptedException {
    loop.shutdown();
    thread.join(10_000);
  }

  @Test
  void whatIsLeftForTheEndOfATurnByItsEndWaitsForTheNext() throws InterruptedException {
    TurnEnd endless =
        new TurnEnd() {
          @Override
          public void onTurnEnd() {
            loop.atTurnEnd(this);
          }
        };
    CountDownLatch served = new CountDownLatch(1);
    loop.execute(() -> loop.atTurnEnd(endless));
    loop.execute(() -> loop.nextTurn(served::countDown));

    assertThat(served.await(5, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void anErrorOfTheLoopItselfCostsItsQueueAndThreadAndNoTask() throws InterruptedException {
    AtomicBoolean fails = new AtomicBoolean();
    LongSupplier clock =
        () -> {
          if (fails.compareAndSet(true, false)) {
            throw new OutOfMemoryError("as if there were none left");
          }
          return System.nanoTime();
        };
    EventLoop failing = new EventLoop("failing", queue(), clock, LoopListener.NONE, new OneSpare());
    Thread first = new Thread(failing, "failing");
    CountDownLatch served = new CountDownLatch(2);
    CountDownLatch told = new CountDownLatch(1);
    Deadline deadline =
        new Deadline() {
          @Override
          protected void onDeadline(long nowNanos) {
            told.countDown();
          }
        };
    TurnEnd last =
        () -> {
          failing.deadline(deadline, failing.now() + 1_000_000);
          failing.nextTurn(served::countDown);
          failing.execute(served::countDown);
          fails.set(true);
        };
    failing.execute(() -> failing.atTurnEnd(last));
    first.start();

    assertThat(served.await(5, TimeUnit.SECONDS)).isTrue();
    assertThat(told.await(5, TimeUnit.SECONDS)).isTrue();
    assertThat(failing.stats().replacements).isEqualTo(1);
    assertThat(failing.thread()).isNotSameAs(first);
    failing.shutdown();
    failing.thread().join(10_000);
    assertThat(failing.hasEnded()).isTrue();
  }

  private static Kqueue queue() {
    return Kqueues.open(Native.load(NativeOptions.DEFAULTS));
  }

  private static final class OneSpare implements Spares {
    private boolean used;

    @Override
    public boolean mayReplace() {
      return !used;
    }

    @Override
    public Kqueue openQueue() {
      used = true;
      return queue();
    }

    @Override
    public Thread newThread(Runnable loop, String name) {
      return new Thread(loop, name);
    }
  }
}
