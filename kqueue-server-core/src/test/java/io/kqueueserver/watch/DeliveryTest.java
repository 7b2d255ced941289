package io.kqueueserver.watch;

import static io.kqueueserver.watch.FileChange.Kind.CREATED;
import static io.kqueueserver.watch.FileChange.Kind.DELETED;
import static io.kqueueserver.watch.FileChange.Kind.MODIFIED;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.watch.Delivery.Put;
import io.kqueueserver.watch.FileChange.Kind;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** One watch's news on an executor that runs when the test says so. */
class DeliveryTest {
  private static final Path WATCHED = Path.of("d");
  private static final int MOST = 3;

  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private final Executor executor = tasks::add;
  private final List<FileChanges> told = new ArrayList<>();
  private final List<String> errors = new ArrayList<>();
  private final AtomicInteger failures = new AtomicInteger();
  private Runnable whenTold = () -> {};

  private final Delivery delivery =
      new Delivery(
          WATCHED,
          new WatchListener() {
            @Override
            public void onChanges(FileChanges changes) {
              told.add(changes);
              whenTold.run();
            }

            @Override
            public void onError(WatchException error) {
              errors.add(error.path());
            }
          },
          MOST,
          failures::incrementAndGet);

  @Test
  void changesWaitForTheExecutorInOneBatch() {
    assertThat(put("a", CREATED)).isEqualTo(Put.ALONE);
    assertThat(put("b", CREATED)).isEqualTo(Put.MERGED);
    assertThat(put("a", MODIFIED)).isEqualTo(Put.MERGED);
    assertThat(tasks).hasSize(1);
    run();
    assertThat(told).containsExactly(changes(change("a", CREATED), change("b", CREATED)));
  }

  @Test
  void whatCameAndWentUnheardIsNotTold() {
    put("a", CREATED);
    put("a", DELETED);
    run();
    assertThat(told).isEmpty();
    put("a", CREATED);
    run();
    assertThat(told).containsExactly(changes(change("a", CREATED)));
  }

  @Test
  void changesDuringACallbackAreToldAfterItByTheSameTask() {
    whenTold =
        () -> {
          if (told.size() == 1) {
            put("b", CREATED);
            assertThat(tasks).as("no second call at the same time").isEmpty();
          }
        };
    put("a", CREATED);
    run();
    assertThat(told).containsExactly(changes(change("a", CREATED)), changes(change("b", CREATED)));
    put("c", CREATED);
    assertThat(tasks).hasSize(1);
  }

  @Test
  void moreThanIsKeptIsToldAsAnOverflowAndForgotten() {
    for (int i = 0; i < MOST; i++) {
      put("f" + i, CREATED);
    }
    assertThat(put("one too many", CREATED)).isEqualTo(Put.OVERFLOWED);
    assertThat(put("and another", CREATED)).isEqualTo(Put.MERGED);
    run();
    assertThat(told).containsExactly(new FileChanges(WATCHED, List.of(), true));
    put("a", CREATED);
    run();
    assertThat(told.get(1)).isEqualTo(changes(change("a", CREATED)));
  }

  @Test
  void aListenerThatThrowsHearsTheNextChange() {
    whenTold =
        () -> {
          throw new AssertionError("thrown by a test's listener");
        };
    put("a", CREATED);
    run();
    put("b", CREATED);
    run();
    assertThat(told).hasSize(2);
    assertThat(failures).hasValue(2);
  }

  @Test
  void errorsAreBoundedAndComeFirst() {
    for (int i = 0; i < 20; i++) {
      delivery.put(WatchException.because(Path.of("e" + i), "test", null));
    }
    put("a", CREATED);
    whenTold = () -> assertThat(errors).hasSize(16).endsWith("e19");
    run();
    assertThat(told).hasSize(1);
    assertThat(failures).hasValue(0);
  }

  @Test
  void aRefusingExecutorIsAskedAgain() {
    assertThat(delivery.put(List.of(change("a", CREATED)))).isEqualTo(Put.ALONE);
    Executor refusing =
        task -> {
          throw new RejectedExecutionException();
        };
    assertThat(delivery.schedule(refusing)).isFalse();
    assertThat(delivery.schedule(executor)).isTrue();
    run();
    assertThat(told).hasSize(1);
  }

  @Test
  void nothingIsToldOnceClosed() {
    put("a", CREATED);
    delivery.close();
    run();
    put("b", CREATED);
    assertThat(tasks).isEmpty();
    assertThat(told).isEmpty();
  }

  @Test
  void aCallbackThatClosesIsTheLast() {
    whenTold =
        () -> {
          put("b", CREATED);
          delivery.close();
        };
    put("a", CREATED);
    run();
    assertThat(told).hasSize(1);
    assertThat(tasks).isEmpty();
  }

  private Put put(String name, Kind kind) {
    Put put = delivery.put(List.of(change(name, kind)));
    delivery.schedule(executor);
    return put;
  }

  private void run() {
    for (Runnable task; (task = tasks.poll()) != null; ) {
      task.run();
    }
  }

  private static FileChange change(String name, Kind kind) {
    return new FileChange(WATCHED.resolve(name), kind);
  }

  private static FileChanges changes(FileChange... list) {
    return new FileChanges(WATCHED, List.of(list), false);
  }
}
