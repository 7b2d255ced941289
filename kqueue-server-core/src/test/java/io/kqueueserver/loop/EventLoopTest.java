package io.kqueueserver.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.queue.EventList;
import io.kqueueserver.queue.Kqueue;
import io.kqueueserver.queue.Kqueues;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
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
  private final AtomicBoolean fails = new AtomicBoolean();

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
  void aTaskIsTakenThoughThereIsNoMemoryToWakeTheLoopAndTheNextWakesIt() throws Exception {
    AtomicBoolean noMemory = new AtomicBoolean(true);
    EventLoop waiting =
        new EventLoop("waiting", wakesUnless(noMemory), System::nanoTime, LoopListener.NONE);
    Thread waits = new Thread(waiting, "waiting");
    waits.start();
    await().until(() -> waiting.thread() != null && waiting.turn().busySince() == 0);
    CountDownLatch served = new CountDownLatch(2);

    assertThat(waiting.execute(served::countDown)).isTrue();
    noMemory.set(false);
    assertThat(waiting.execute(served::countDown)).isTrue();

    assertThat(served.await(5, TimeUnit.SECONDS)).isTrue();
    waiting.shutdown();
    waits.join(10_000);
  }

  private static Kqueue wakesUnless(AtomicBoolean noMemory) {
    Kqueue queue = queue();
    return (Kqueue)
        Proxy.newProxyInstance(
            Kqueue.class.getClassLoader(),
            new Class<?>[] {Kqueue.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("wakeup") && noMemory.get()) {
                throw new OutOfMemoryError("on purpose");
              }
              return method.invoke(queue, arguments);
            });
  }

  @Test
  void anErrorOfTheLoopItselfCostsItsQueueAndThreadAndNoTask() throws InterruptedException {
    LongSupplier clock =
        () -> {
          if (fails.compareAndSet(true, false)) {
            throw new NoClassDefFoundError("as if there were a class missing");
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

  @Test
  void aLoopWithoutMemoryGoesOnWithItsQueueAndAsksForWhatItMayHaveLost() throws Exception {
    CountDownLatch again = new CountDownLatch(1);
    Registered registered =
        new Registered(loop) {
          @Override
          public void registerAgain() {
            again.countDown();
          }
        };
    loop.execute(registered::open);
    loop.execute(
        () -> {
          throw new OutOfMemoryError("as if there were none left");
        });

    assertThat(again.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(loop.stats().replacements).isZero();
    assertThat(loop.thread()).isSameAs(thread);
  }

  @Test
  void aLoopThatRunsOutOfMemoryItselfGoesOnWithItsQueue() throws Exception {
    LongSupplier clock =
        () -> {
          if (fails.compareAndSet(true, false)) {
            throw new OutOfMemoryError("as if there were none left");
          }
          return System.nanoTime();
        };
    EventLoop failing = new EventLoop("failing", queue(), clock, LoopListener.NONE, new OneSpare());
    CountDownLatch served = new CountDownLatch(1);
    failing.execute(
        () ->
            failing.atTurnEnd(
                () -> {
                  failing.nextTurn(served::countDown);
                  fails.set(true);
                }));
    Thread first = new Thread(failing, "failing");
    first.start();

    assertThat(served.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(failing.thread()).isSameAs(first);
    assertThat(failing.stats().replacements).isZero();
    failing.shutdown();
    first.join(10_000);
    assertThat(failing.hasEnded()).isTrue();
  }

  @Test
  void aLoopWhoseReplacementFailsInAnUnforeseenWayEndsAndSaysSo() throws Exception {
    CompletableFuture<Throwable> lost = new CompletableFuture<>();
    Spares broken =
        new OneSpare() {
          @Override
          public Kqueue openQueue() {
            throw new IllegalStateException("as if a class were missing");
          }

          @Override
          public void onLost(EventLoop loop, Throwable cause) {
            lost.complete(cause);
          }
        };
    EventLoop failing = failing(broken);
    Registered registered = new Registered(failing);
    failing.execute(registered::open);
    run(failing);

    assertThat(lost.get(10, TimeUnit.SECONDS)).hasMessage("the queue fails");
    assertThat(failing.hasEnded()).isTrue();
    assertThat(registered.told).containsExactly("end");
  }

  @Test
  void whatTheFailureOfAnotherHasClosedIsNotRegisteredAgain() throws Exception {
    EventLoop failing = failing(new OneSpare());
    Registered second = new Registered(failing);
    Registered first =
        new Registered(failing) {
          @Override
          public void registerAgain() {
            throw new IllegalStateException("as if there were no memory for it");
          }

          @Override
          public void onFailure(Throwable error) {
            close();
            second.close();
          }
        };
    failing.execute(first::open);
    failing.execute(second::open);
    run(failing);
    CountDownLatch served = new CountDownLatch(1);
    await().until(() -> failing.stats().replacements == 1);
    failing.execute(served::countDown);

    assertThat(served.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(second.told).isEmpty();
    failing.shutdown();
    Objects.requireNonNull(failing.thread()).join(10_000);
  }

  /** A loop that fails as a whole once: in the turn after a {@link Registered} has been opened. */
  private EventLoop failing(Spares spares) {
    LongSupplier clock =
        () -> {
          if (fails.compareAndSet(true, false)) {
            throw new IllegalStateException("the queue fails");
          }
          return System.nanoTime();
        };
    return new EventLoop("failing", queue(), clock, LoopListener.NONE, spares);
  }

  private void run(EventLoop failing) {
    failing.execute(() -> failing.atTurnEnd(() -> fails.set(true)));
    Thread runs = new Thread(failing, "failing");
    runs.setDaemon(true);
    runs.start();
  }

  /** Registered in the loop, and in no queue. */
  private static class Registered implements EventHandler {
    final List<String> told = new CopyOnWriteArrayList<>();
    private final EventLoop loop;
    private long udata;

    Registered(EventLoop loop) {
      this.loop = loop;
    }

    void open() {
      udata = loop.register(this);
    }

    void close() {
      loop.deregister(udata);
    }

    @Override
    public void onEvent(EventList events, int index) {}

    @Override
    public void registerAgain() {
      told.add("again");
    }

    @Override
    public void onFailure(Throwable error) {}

    @Override
    public void onLoopEnd() {
      told.add("end");
    }

    @Override
    public int fd() {
      return -1;
    }
  }

  private static Kqueue queue() {
    return Kqueues.open(Native.load(NativeOptions.DEFAULTS));
  }

  private static class OneSpare implements Spares {
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
