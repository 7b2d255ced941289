package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ActiveExchangesTest {
  private static final int ROUNDS = 50_000;
  private static final int LOOKS = 200_000;
  private static final int SPINS = 1_000;

  private final ActiveExchanges all = new ActiveExchanges();
  private final ActiveExchanges.OfLoop first = all.newLoop();
  private final ActiveExchanges.OfLoop second = all.newLoop();
  private final AtomicInteger idle = new AtomicInteger();
  private final ExecutorService thread = Executors.newSingleThreadExecutor();

  @AfterEach
  void endTheThread() throws InterruptedException {
    thread.shutdownNow();
    assertThat(thread.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
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
    AtomicInteger arrived = new AtomicInteger();
    Future<?> other =
        thread.submit(
            () -> {
              for (int i = 0; i < ROUNDS; i++) {
                second.begin();
                meet(arrived);
                meet(arrived);
                second.end();
                meet(arrived);
              }
            });
    for (int i = 0; i < ROUNDS; i++) {
      first.begin();
      meet(arrived);
      all.whenIdle(idle::incrementAndGet);
      meet(arrived);
      first.end();
      meet(arrived);
      if (idle.get() <= i) {
        break; // the assertion says so; the other thread is ended by its interruption
      }
    }
    assertThat(idle).hasValue(ROUNDS);
    other.get(10, TimeUnit.SECONDS);
  }

  /** Two threads wait for each other, and go on within nanoseconds if both have a processor. */
  @SuppressWarnings("ThreadPriorityCheck") // where there is one processor the other needs it
  private static void meet(AtomicInteger arrived) {
    int meeting = arrived.getAndIncrement() / 2;
    for (int i = 1; arrived.get() / 2 == meeting; i++) {
      if (i % SPINS != 0) {
        Thread.onSpinWait();
      } else if (Thread.currentThread().isInterrupted()) {
        return;
      } else {
        Thread.yield();
      }
    }
  }

  /** Of two loops one begins before the other ends. Other loops are read in between. */
  @Test
  void loopsThatTakeTurnsAreNeverIdle() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    for (int i = 0; i < 30; i++) {
      all.newLoop();
    }
    ActiveExchanges.OfLoop last = all.newLoop();
    first.begin();
    Future<?> turns =
        thread.submit(
            () -> {
              while (!over.get()) {
                last.begin();
                first.end();
                first.begin();
                last.end();
              }
            });
    for (int i = 0; i < LOOKS; i++) {
      if (all.count() < 1) {
        idle.incrementAndGet();
      }
    }
    over.set(true);
    turns.get(10, TimeUnit.SECONDS);

    assertThat(idle).hasValue(0);
  }
}
