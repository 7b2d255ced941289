package io.kqueueserver.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TaskQueueTest {
  private final TaskQueue tasks = new TaskQueue();
  private final List<String> ran = new ArrayList<>();

  @Test
  void givesTasksInTheOrderTheyCame() {
    tasks.offer(() -> ran.add("a"));
    tasks.offer(() -> ran.add("b"));
    runNext();
    tasks.offer(() -> ran.add("c"));
    runNext();
    runNext();

    assertThat(ran).containsExactly("a", "b", "c");
    assertThat(tasks.poll()).isNull();
    assertThat(tasks.isEmpty()).isTrue();
  }

  @Test
  void refusesTasksOnceClosedButGivesOutThoseInside() {
    tasks.offer(() -> ran.add("a"));
    tasks.offer(() -> ran.add("b"));
    runNext();
    tasks.offer(() -> ran.add("c"));
    tasks.close();

    assertThat(tasks.offer(() -> ran.add("late"))).isFalse();
    runNext();
    runNext();
    assertThat(ran).containsExactly("a", "b", "c");
    assertThat(tasks.poll()).isNull();
    assertThat(tasks.isEmpty()).isTrue();
  }

  @Test
  void losesNothingBetweenManyProducersAndAClose() throws InterruptedException {
    AtomicInteger accepted = new AtomicInteger();
    AtomicInteger counted = new AtomicInteger();
    List<Thread> producers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Thread producer =
          new Thread(
              () -> {
                while (tasks.offer(counted::incrementAndGet)) {
                  accepted.incrementAndGet();
                }
              });
      producers.add(producer);
      producer.start();
    }
    int taken = 0;
    while (taken < 100_000) {
      Runnable task = tasks.poll();
      if (task != null) {
        task.run();
        taken++;
      }
    }
    tasks.close();
    for (Runnable task; (task = tasks.poll()) != null; ) {
      task.run();
    }
    for (Thread producer : producers) {
      producer.join();
    }

    assertThat(counted.get()).isEqualTo(accepted.get());
  }

  private void runNext() {
    Runnable task = tasks.poll();
    assertThat(task).isNotNull();
    task.run();
  }

  @Test
  void knowsHowManyWait() {
    for (int i = 0; i < 3; i++) {
      tasks.offer(() -> {});
    }
    assertThat(tasks.size()).isEqualTo(3);
    tasks.poll();
    tasks.offer(() -> {});
    assertThat(tasks.size()).isEqualTo(3);
    while (tasks.poll() != null) {}
    assertThat(tasks.size()).isZero();
  }
}
