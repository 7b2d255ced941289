package io.kqueueserver.watch;

import static io.kqueueserver.watch.FileChange.Kind.CREATED;
import static io.kqueueserver.watch.FileChange.Kind.MODIFIED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.OpenFiles;
import io.kqueueserver.ffi.ForeignLibrary;
import io.kqueueserver.ffi.NativeOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import jnr.ffi.LibraryLoader;
import org.junit.jupiter.api.Test;

/** On which threads listeners are called, and what those that misbehave harm: themselves. */
class CallbackTest extends WatchFixture {
  /** What the library offers tests. */
  public interface Hooks {
    int kqtest_fail_next(int error);
  }

  @Test
  void aListenerThatBlocksHoldsUpNoOtherAndLosesNothing() throws Exception {
    Path slow = directory.resolve("slow");
    CountDownLatch release = new CountDownLatch(1);
    Recorder blocked =
        new Recorder() {
          @Override
          public void onChanges(FileChanges told) {
            try {
              release.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
            super.onChanges(told);
          }
        };
    watcher.watch(slow, blocked);
    Path quick = directory.resolve("quick");
    Recorder told = watch(quick);
    write(slow, "1");
    for (int i = 0; i < 5; i++) {
      write(slow, "again " + i);
      write(quick, "again " + i);
      told.hears(i == 0 ? CREATED : MODIFIED, quick);
    }
    write(slow, "last");
    await().until(() -> watcher.stats().merged > 0);
    release.countDown();
    blocked.hears(CREATED, slow);
    blocked.hears(MODIFIED, slow);
  }

  @Test
  void aListenerThatThrowsIsCountedAndCalledAgain() throws IOException {
    Path file = directory.resolve("f");
    Recorder told =
        new Recorder() {
          @Override
          public void onChanges(FileChanges changes) {
            super.onChanges(changes);
            throw new IllegalStateException("thrown by a test's listener");
          }
        };
    watcher.watch(file, told);
    write(file, "1");
    told.hears(CREATED, file);
    await().until(() -> watcher.stats().callbackFailures == 1);
    write(file, "2");
    told.hears(MODIFIED, file);
  }

  @Test
  void callbacksRunOnThreadsOfTheWatcherUnlessOneIsGiven() throws IOException {
    assertThat(threadOfACallback()).matches("kqueue-watch-callback-\\d+");
    watcher.close();
    ExecutorService given = Executors.newSingleThreadExecutor(task -> new Thread(task, "given"));
    try {
      watcher = builder().executor(given).build();
      assertThat(threadOfACallback()).isEqualTo("given");
      watcher.close();
      assertThat(given.isShutdown()).isFalse();
    } finally {
      given.shutdown();
    }
  }

  private String threadOfACallback() throws IOException {
    Path file = directory.resolve("f" + System.nanoTime());
    AtomicReference<String> name = new AtomicReference<>();
    watcher.watch(file, told -> name.set(Thread.currentThread().getName()));
    write(file, "1");
    return await().until(name::get, n -> n != null);
  }

  @Test
  void anExecutorThatRefusesIsAskedAgain() throws IOException {
    AtomicInteger asked = new AtomicInteger();
    watcher.close();
    watcher =
        builder()
            .pollInterval(Duration.ofMillis(20))
            .executor(
                task -> {
                  if (asked.incrementAndGet() < 4) {
                    throw new RejectedExecutionException();
                  }
                  new Thread(task).start();
                })
            .build();
    Path file = directory.resolve("f");
    Recorder told = watch(file);
    write(file, "1");
    told.hears(CREATED, file);
    await().until(() -> watcher.stats().polledWatches == 0);
  }

  @Test
  void aWatchMayBeClosedFromItsCallback() throws IOException {
    Path file = directory.resolve("f");
    AtomicReference<Watch> watch = new AtomicReference<>();
    Recorder told =
        new Recorder() {
          @Override
          public void onChanges(FileChanges changes) {
            watch.get().close();
            super.onChanges(changes);
          }
        };
    watch.set(watcher.watch(file, told));
    write(file, "1");
    told.hears(CREATED, file);
    assertThat(OpenFiles.below(directory)).isEmpty();
    assertThat(watcher.stats().watches).isZero();
  }

  @Test
  void theWatcherMayBeClosedFromACallback() throws IOException {
    Path file = directory.resolve("f");
    CountDownLatch closed = new CountDownLatch(1);
    watcher.watch(
        file,
        told -> {
          watcher.close();
          closed.countDown();
        });
    write(file, "1");
    await().until(() -> closed.getCount() == 0);
    await().until(() -> threads().isEmpty());
  }

  @Test
  void aCallbackMayWatchMore() throws IOException {
    Path file = directory.resolve("f");
    Path other = directory.resolve("g");
    Recorder more = new Recorder();
    CountDownLatch watching = new CountDownLatch(1);
    watcher.watch(
        file,
        told -> {
          watcher.watch(other, more);
          watching.countDown();
        });
    write(file, "1");
    await().until(() -> watching.getCount() == 0);
    write(other, "1");
    more.hears(CREATED, other);
  }

  @Test
  void evenOnTheWatchersOwnThreadACallbackMayCloseEverything() throws IOException {
    watcher.close();
    watcher = builder().executor(Runnable::run).build();
    Path file = directory.resolve("f");
    AtomicReference<Watch> watch = new AtomicReference<>();
    CountDownLatch closed = new CountDownLatch(1);
    watch.set(
        watcher.watch(
            file,
            told -> {
              watch.get().close();
              watcher.watch(directory, more -> {}).close();
              watcher.close();
              closed.countDown();
            }));
    write(file, "1");
    await().until(() -> closed.getCount() == 0);
    await().until(() -> threads().isEmpty());
  }

  @Test
  void theThreadStartsWithTheFirstWatch() {
    assertThat(threads()).isEmpty();
    Watch watch = watcher.watch(directory, told -> {});
    assertThat(threads()).containsExactly("kqueue-watch");
    watch.close();
    watcher.close();
    watcher.close();
  }

  @Test
  void aBlockedCallbackIsInterruptedAtTheEnd() throws IOException {
    Path file = directory.resolve("f");
    CountDownLatch interrupted = new CountDownLatch(1);
    CountDownLatch running = new CountDownLatch(1);
    watcher.watch(
        file,
        told -> {
          running.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            interrupted.countDown();
          }
        });
    write(file, "1");
    await().until(() -> running.getCount() == 0);
    watcher.close();
    assertThat(interrupted.getCount()).isZero();
  }

  @Test
  void aFailedEventQueueIsToldAndFollowedByAnother() throws IOException {
    String abi = "freebsd-x86_64";
    Path library = ForeignLibrary.compile(abi, "kqueue_on_linux.c");
    watcher.close();
    watcher = builder().natives(new NativeOptions(library.toString(), abi, null, null)).build();
    Path file = write(directory.resolve("f"), "1");
    Recorder told = watch(directory);
    LibraryLoader.create(Hooks.class)
        .load(library.toString())
        .kqtest_fail_next(14); // EFAULT: no wait can follow
    write(file, "longer");
    await().until(() -> !told.errors().isEmpty());
    assertThat(told.errors().get(0)).hasMessageContaining("its event queue failed");
    told.hears(MODIFIED, file);
    write(file, "still longer");
    told.hears(MODIFIED, file);
  }
}
