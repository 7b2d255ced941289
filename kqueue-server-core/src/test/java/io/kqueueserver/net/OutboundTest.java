package io.kqueueserver.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.loop.Deadline;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.loop.LoopListener;
import io.kqueueserver.queue.Kqueue;
import io.kqueueserver.queue.Kqueues;
import io.kqueueserver.socket.Sockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Over a transport that takes no whole byte, as TLS may not for a while. */
class OutboundTest {
  private static final long WRITE_TIMEOUT = 1_000;

  private final Native natives = Native.load(NativeOptions.DEFAULTS);
  private final Kqueue queue = Kqueues.open(natives);
  private final EventLoop loop = new EventLoop("test", queue, () -> 0, LoopListener.NONE);
  private final Blocked transport = new Blocked();
  private final LoopResources resources =
      new LoopResources(
          loop,
          new Sockets(natives),
          NativeBuffer.allocate(64),
          new Staging(NativeBuffer.allocate(64)),
          new FileWorker("test"),
          new LoopMemory(new MemoryBound(1 << 20, 1), loop),
          new NetOptions(64, 32, WRITE_TIMEOUT, null, Discarding.DEFAULTS));
  private final Connection connection =
      new Connection(resources, -1, new byte[0], TransportFactory.PLAIN, () -> {});
  private final Outbound out = new Outbound(connection, transport);

  @AfterEach
  void close() {
    queue.close();
  }

  @Test
  void theWriteTimeoutRunsWhileThePeerTakesNothing() {
    assertThat(out.due()).isEqualTo(Deadline.NEVER);
    out.write(new byte[10], 0, 10);
    out.flush();
    assertThat(out.due()).isEqualTo(WRITE_TIMEOUT);

    out.transportBlocked();
    assertThat(out.due()).isEqualTo(WRITE_TIMEOUT);
  }

  /** Of 64 KiB that lie encrypted a slow client takes a few, and that is a sign of life. */
  @Test
  void itBeginsAnewWhenThePeerTakesWhatTheTransportKeeps() {
    out.write(new byte[10], 0, 10);
    out.flush();

    out.transportProgressed();

    assertThat(out.due()).isEqualTo(Deadline.NEVER);
    out.transportBlocked();
    assertThat(out.due()).isEqualTo(WRITE_TIMEOUT);
  }

  private static final class Blocked extends SilentTransport {
    @Override
    public int write(NativeBuffer from, int length) {
      return 0;
    }
  }
}
