package io.kqueueserver.net.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TlsTasksTest {
  private static final int MAX_JOBS = 3;

  private final TlsTasks tasks = new TlsTasks("kqueue", 1, MAX_JOBS);
  private final Semaphore go = new Semaphore(0);
  private final List<Integer> ran = Collections.synchronizedList(new ArrayList<>());

  /** Has the only thread stand still in a job. */
  private void occupy() {
    tasks.execute(go::acquireUninterruptibly);
    await().until(() -> tasks.waiting() == 0);
  }

  private Runnable job(int number) {
    return () -> ran.add(number);
  }

  @AfterEach
  void end() {
    go.release(100);
    tasks.close();
  }

  @Test
  void jobsRunInTheirOrder() {
    occupy();
    for (int i = 0; i < MAX_JOBS; i++) {
      tasks.execute(job(i));
    }
    go.release();
    await().until(() -> ran.size() == MAX_JOBS);
    assertThat(ran).containsExactly(0, 1, 2);
  }

  @Test
  void aJobAboveTheMaximumIsRefusedAndARemovedOneLeavesItsPlace() {
    occupy();
    Runnable removed = job(7);
    tasks.execute(removed);
    tasks.execute(job(1));
    tasks.execute(job(2));
    assertThatThrownBy(() -> tasks.execute(job(3))).isInstanceOf(RejectedExecutionException.class);
    tasks.remove(removed);
    tasks.execute(job(4));
    go.release();
    await().until(() -> ran.size() == 3);
    assertThat(ran).containsExactly(1, 2, 4);
  }

  @Test
  void theRemovalOfAJobThatHasBegunOrEndedDoesNothing() {
    Runnable job = job(1);
    tasks.execute(job);
    await().until(() -> !ran.isEmpty());
    tasks.remove(job);
    tasks.execute(job(2));
    await().until(() -> ran.size() == 2);
  }

  @Test
  void afterAJobThatThrowsTheOthersRun() {
    occupy();
    tasks.execute(
        () -> {
          throw new Thrown();
        });
    tasks.execute(job(1));
    go.release();
    await().dontCatchUncaughtExceptions().until(() -> !ran.isEmpty());
    for (int i = 0; i < 5; i++) { // the thread is given back, and no second one
      int before = ran.size();
      tasks.execute(job(i));
      await().until(() -> ran.size() == before + 1);
    }
  }

  @Test
  void noMoreJobsRunAtOnceThanThereAreThreads() {
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    for (int i = 0; i < 200; i++) {
      Runnable job =
          () -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            LockSupport.parkNanos(1);
            now.decrementAndGet();
            ran.add(0);
          };
      await().ignoreExceptions().until(() -> tryExecute(job));
    }
    await().until(() -> ran.size() == 200);
    assertThat(most).hasValue(1);
  }

  private boolean tryExecute(Runnable job) {
    try {
      tasks.execute(job);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  @Test
  void afterTheCloseNothingRunsAndNothingWaits() {
    tasks.execute(
        () -> {
          try {
            go.acquire();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    await().until(() -> tasks.waiting() == 0);
    tasks.execute(job(1));
    tasks.close();
    assertThat(tasks.waiting()).isZero();
    assertThat(ran).isEmpty();
    assertThatThrownBy(() -> tasks.execute(job(2))).isInstanceOf(RejectedExecutionException.class);
    assertThat(tasks.waiting()).isZero();
  }

  /** An exception without a stack: the thread that it ends prints it. */
  private static final class Thrown extends RuntimeException {
    private static final long serialVersionUID = 1;

    Thrown() {
      super("on purpose", null, false, false);
    }
  }
}
