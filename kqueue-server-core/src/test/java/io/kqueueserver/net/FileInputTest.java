package io.kqueueserver.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.OpenFiles;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.loop.LoopListener;
import io.kqueueserver.queue.Kqueues;
import io.kqueueserver.socket.Sockets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

class FileInputTest {
  @TempDir Path directory;

  private static boolean isOpen(Path file) {
    return !OpenFiles.below(file).isEmpty();
  }

  @Test
  @EnabledIf("io.kqueueserver.build.OpenFiles#areListed")
  void aWorkerThatTakesNoMoreJobsMeansExhaustionAndKeepsNoDescriptor() throws Exception {
    Path file = Files.write(directory.toRealPath().resolve("f"), new byte[200_000]);
    Native natives = Native.load(NativeOptions.DEFAULTS);
    FileWorker worker = new FileWorker("test");
    EventLoop loop =
        new EventLoop("test", Kqueues.open(natives), System::nanoTime, LoopListener.NONE);
    Thread thread = new Thread(loop);
    thread.start();
    AtomicReference<FileInput> input = new AtomicReference<>();
    CompletableFuture<Throwable> failure = new CompletableFuture<>();
    Runnable next =
        () -> {
          try {
            if (input.get().next() != null) {
              worker.close();
              input.get().next();
            }
          } catch (Throwable e) {
            input.get().close();
            failure.complete(e);
          }
        };
    FileOpener opener = new FileOpener(new Sockets(natives));
    input.set(new FileInput(file, 0, 200_000, worker, opener, loop, next, null));
    loop.execute(next);

    await().until(failure::isDone);
    assertThat(failure.join())
        .isInstanceOfSatisfying(
            FileOpenException.class,
            e -> assertThat(e.kind()).isEqualTo(FileOpenException.Kind.EXHAUSTED));
    assertThat(isOpen(file)).isFalse();
    loop.shutdown();
    thread.join();
  }

  @Test
  void anInputThatWasClosedHearsNothingOfAWorkerThatTookNoJob() throws Exception {
    Path file = Files.write(directory.resolve("f"), new byte[10]);
    Native natives = Native.load(NativeOptions.DEFAULTS);
    FileWorker worker = new FileWorker("test");
    worker.close();
    EventLoop loop =
        new EventLoop("test", Kqueues.open(natives), System::nanoTime, LoopListener.NONE);
    AtomicInteger calls = new AtomicInteger();
    FileOpener opener = new FileOpener(new Sockets(natives));
    FileInput kept = new FileInput(file, 0, 10, worker, opener, loop, calls::incrementAndGet, null);
    FileInput closed =
        new FileInput(file, 0, 10, worker, opener, loop, calls::incrementAndGet, null);
    loop.execute(
        () -> {
          kept.openDescriptor(10);
          closed.openDescriptor(10);
          closed.close();
          loop.nextTurn(loop::shutdown);
        });
    loop.run();

    assertThat(calls).hasValue(1);
    assertThat(kept.failure()).isInstanceOf(FileOpenException.class);
    kept.close();
  }

  @Test
  @EnabledIf("io.kqueueserver.build.OpenFiles#areListed")
  void aDescriptorThatArrivesAfterTheEndIsClosed() throws Exception {
    Path file = Files.write(directory.toRealPath().resolve("f"), new byte[10]);
    Native natives = Native.load(NativeOptions.DEFAULTS);
    FileWorker worker = new FileWorker("test");
    EventLoop loop =
        new EventLoop("test", Kqueues.open(natives), System::nanoTime, LoopListener.NONE);
    FileOpener opener = new FileOpener(new Sockets(natives));
    FileInput input = new FileInput(file, 0, 10, worker, opener, loop, () -> {}, null);
    input.openDescriptor(10);
    await().until(() -> isOpen(file)); // its way back leads through the loop, which stands still
    await().until(() -> loop.pendingTasks() == 1);
    input.close();
    loop.execute(loop::shutdown);
    loop.run();

    assertThat(input.hasDescriptor()).isFalse();
    assertThat(isOpen(file)).isFalse();
    worker.close();
  }
}
