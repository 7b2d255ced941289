package io.kqueueserver.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.queue.Kqueues;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The fate of a loop whose failures cannot even be reported. */
class GuardTest {
  private final AtomicInteger told = new AtomicInteger();
  private final EventLoop loop =
      new EventLoop(
          "test",
          Kqueues.open(Native.load(NativeOptions.DEFAULTS)),
          System::nanoTime,
          new LoopListener() {
            @Override
            public void onError(EventLoop loop, Throwable error) {
              told.incrementAndGet();
              throw new OutOfMemoryError("on purpose: no memory to tell it");
            }
          });

  @Test
  void aTroubleThatCannotBeToldCostsNoLoop() throws InterruptedException {
    Thread thread = new Thread(loop, "test-loop");
    thread.start();
    loop.execute(
        () -> {
          throw new OutOfMemoryError("on purpose");
        });
    await().until(() -> told.get() > 0);
    CountDownLatch served = new CountDownLatch(1);

    assertThat(loop.execute(served::countDown)).isTrue();
    assertThat(served.await(10, TimeUnit.SECONDS)).isTrue();

    loop.shutdown();
    thread.join(10_000);
    assertThat(loop.hasEnded()).isTrue();
  }
}
