package io.kqueueserver.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.SmallResources;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.loop.Deadline;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.loop.LoopListener;
import io.kqueueserver.queue.Kqueue;
import io.kqueueserver.queue.Kqueues;
import io.kqueueserver.stats.CloseReason;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Over a transport that takes no whole byte, as TLS may not for a while. */
class OutboundTest {
  private static final long WRITE_TIMEOUT = 1_000;

  private final Native natives = Native.load(NativeOptions.DEFAULTS);
  private final Kqueue queue = Kqueues.open(natives);
  private final EventLoop loop = new EventLoop("test", queue, () -> 0, LoopListener.NONE);
  private final Blocked transport = new Blocked();
  private final LoopResources resources = SmallResources.of(natives, loop, WRITE_TIMEOUT);
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

  /** An application that writes byte by byte costs a stalled connection little more than bytes. */
  @Test
  void smallBuffersBehindBlockedBytesAreCopiedTogetherAndReleased() {
    int writes = 10_000;
    int[] released = new int[1];
    out.write(new byte[100], 0, 100);
    for (int i = 0; i < writes; i++) {
      out.write(ByteBuffer.allocate(1), () -> released[0]++);
    }
    out.flush();

    assertThat(released[0]).isEqualTo(writes);
    assertThat(out.pending()).isEqualTo(100 + writes);
    assertThat(out.counted()).isBetween(100L + writes, 2L * writes);
  }

  @Test
  void heldBytesIncludeTheObjectsAroundLentOnes() {
    int size = 1_025;
    for (int i = 0; i < 100; i++) {
      out.write(new byte[6], 0, 6); // as the head of a chunk
      out.write(ByteBuffer.allocate(size), () -> {});
    }
    out.flush();

    assertThat(out.pending()).isEqualTo(100L * (6 + size));
    // The first head was in the staging buffer, and takes no more than its bytes.
    assertThat(out.counted()).isGreaterThanOrEqualTo(99L * (64 + 128) + 100L * (size + 128));
  }

  @Test
  void droppedBytesAreNotHeld() {
    out.write(ByteBuffer.allocate(5_000), () -> {});
    out.flush();
    out.clear(CloseReason.PEER_GONE);

    assertThat(out.counted()).isZero();
    out.write(new byte[10], 0, 10);
    assertThat(out.isWritable()).isTrue();
  }

  private static final class Blocked extends SilentTransport {
    @Override
    public int write(NativeBuffer from, int offset, int length) {
      return 0;
    }
  }
}
