package io.kqueueserver.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.queue.Kqueues;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EventLoopTest {
  private final EventLoop loop =
      new EventLoop(
          "test-loop",
          Kqueues.open(Native.load(NativeOptions.DEFAULTS)),
          System::nanoTime,
          LoopListener.NONE);
  private final Thread thread = new Thread(loop, "test-loop");

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
}
