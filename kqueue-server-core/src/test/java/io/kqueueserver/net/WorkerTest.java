package io.kqueueserver.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kqueueserver.build.SmallResources;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.loop.LoopListener;
import io.kqueueserver.queue.Kqueues;
import io.kqueueserver.socket.Sockets;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WorkerTest {
  @Test
  void aConnectionWhoseHandlerCannotBeMadeIsClosedAndNotCounted() {
    Native natives = Native.load(NativeOptions.DEFAULTS);
    Sockets sockets = new Sockets(natives);
    EventLoop loop =
        new EventLoop("test", Kqueues.open(natives), System::nanoTime, LoopListener.NONE);
    LoopResources resources = SmallResources.of(natives, loop, 1_000_000_000);
    Worker worker =
        new Worker(
            resources,
            connection -> {
              throw new IllegalStateException("on purpose");
            });
    int fd = sockets.openForRead("/dev/null");
    AtomicInteger closed = new AtomicInteger();
    worker.assign();

    assertThatThrownBy(() -> worker.adopt(fd, new byte[16], closed::incrementAndGet))
        .hasMessage("on purpose");

    assertThat(closed.get()).isEqualTo(1);
    assertThat(worker.connections()).isZero();
    assertThat(sockets.errnoName(sockets.close(fd))).isEqualTo("EBADF");
    loop.shutdown();
    loop.run();
  }
}
