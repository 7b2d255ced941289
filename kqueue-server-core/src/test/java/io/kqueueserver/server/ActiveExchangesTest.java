package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ActiveExchangesTest {
  private static final int ROUNDS = 20_000;

  private final ActiveExchanges all = new ActiveExchanges();
  private final ActiveExchanges.OfLoop first = all.newLoop();
  private final ActiveExchanges.OfLoop second = all.newLoop();
  private final AtomicInteger idle = new AtomicInteger();
  private final ExecutorService threads = Executors.newFixedThreadPool(2);

  @AfterEach
  void endTheThreads() throws InterruptedException {
    threads.shutdownNow();
    assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void theExchangesOfAllLoopsAndThreadsCount() {
    first.begin();
    second.begin();
    second.begin();
    all.begin();
    first.end();

    assertThat(all.count()).isEqualTo(3);
  }

  @Test
  void theActionRunsOnceWhenTheLastExchangeEnds() {
    first.begin();
    second.begin();
    all.begin();
    all.whenIdle(idle::incrementAndGet);

    first.end();
    all.end();
    assertThat(idle).hasValue(0);
    second.end();
    assertThat(idle).hasValue(1);
    first.begin();
    first.end();
    assertThat(idle).hasValue(1);
  }

  @Test
  void withoutExchangesTheActionRunsAtOnce() {
    all.whenIdle(idle::incrementAndGet);

    assertThat(idle).hasValue(1);
  }

  /** Each loop looks at the other when it ends: one of them must see that both have ended. */
  @Test
  void ofTwoLoopsThatEndAtTheSameTimeOneRunsTheAction() throws Exception {
    CyclicBarrier barrier = new CyclicBarrier(2);
    Future<?> other =
        threads.submit(
            () -> {
              for (int i = 0; i < ROUNDS; i++) {
                second.begin();
                barrier.await();
                barrier.await();
                second.end();
                barrier.await();
              }
              return null;
            });
    for (int i = 0; i < ROUNDS; i++) {
      first.begin();
      barrier.await();
      all.whenIdle(idle::incrementAndGet);
      barrier.await();
      first.end();
      barrier.await();
      assertThat(idle).hasValue(i + 1);
    }
    other.get(10, TimeUnit.SECONDS);
  }

  /** Each begins an exchange before the other ends its own. */
  @Test
  void loopsThatTakeTurnsAreNeverIdle() throws Exception {
    AtomicInteger turn = new AtomicInteger();
    AtomicBoolean over = new AtomicBoolean();
    first.begin();
    Future<?> taking = threads.submit(() -> takeTurns(second, turn, 0, over));
    Future<?> giving = threads.submit(() -> takeTurns(first, turn, 1, over));
    for (int i = 0; i < 100 * ROUNDS; i++) {
      if (all.count() == 0) {
        idle.incrementAndGet();
      }
    }
    over.set(true);
    taking.get(10, TimeUnit.SECONDS);
    giving.get(10, TimeUnit.SECONDS);

    assertThat(idle).hasValue(0);
  }

  /** Begins at its turn, and ends when the other has begun. */
  private static void takeTurns(
      ActiveExchanges.OfLoop loop, AtomicInteger turn, int parity, AtomicBoolean over) {
    boolean active = parity == 1;
    while (!over.get()) {
      if ((turn.get() & 1) != parity) {
        Thread.onSpinWait();
      } else if (active) {
        loop.end(); // the other has begun
        active = false;
      } else {
        loop.begin();
        active = true;
        turn.incrementAndGet();
      }
    }
  }
}
