package io.kqueueserver.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PoolThreadsTest {
  @Test
  void theEndOfAPoolIsTheEndOfItsThreads() throws Exception {
    PoolThreads threads = new PoolThreads("pool-threads-test-");
    CountDownLatch lastInstructions = new CountDownLatch(1);
    Thread last =
        threads.newThread(
            () -> {
              try {
                lastInstructions.await();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    last.start();
    Thread ending = new Thread(() -> threads.end(new Terminated()));
    ending.start();
    await().until(ending::getState, Thread.State.TIMED_WAITING::equals);
    lastInstructions.countDown();
    ending.join(10_000);
    assertThat(ending.isAlive()).isFalse();
    assertThat(last.isAlive()).isFalse();
  }

  @Test
  void threadsAreDaemonsWithNamesInTurn() {
    PoolThreads threads = new PoolThreads("pool-threads-test-");
    Thread first = threads.newThread(() -> {});
    assertThat(first.isDaemon()).isTrue();
    assertThat(first.getName()).isEqualTo("pool-threads-test-0");
    assertThat(threads.newThread(() -> {}).getName()).isEqualTo("pool-threads-test-1");
  }

  /** A pool that says that all is over. */
  private static final class Terminated extends AbstractExecutorService {
    @Override
    public void shutdown() {}

    @Override
    public List<Runnable> shutdownNow() {
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return true;
    }

    @Override
    public boolean isTerminated() {
      return true;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return true;
    }

    @Override
    public void execute(Runnable command) {
      throw new AssertionError("nothing is to be run");
    }
  }
}
