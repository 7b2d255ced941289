package io.kqueueserver.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.QuietHandler;
import io.kqueueserver.build.SmallResources;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.loop.LoopListener;
import io.kqueueserver.net.Connection.Linger;
import io.kqueueserver.queue.Kqueue;
import io.kqueueserver.queue.Kqueues;
import io.kqueueserver.stats.CloseReason;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A handler that decides late what to send, as a protocol with streams does. */
class BeforeFlushTest {
  private static final int HIGH_WATERMARK = 64;

  /** Closing it is EBADF and harms nothing. */
  private static final int NO_DESCRIPTOR = 1_000_000;

  private final Native natives = Native.load(NativeOptions.DEFAULTS);
  private final Kqueue queue = Kqueues.open(natives);
  private final EventLoop loop = new EventLoop("test", queue, () -> 0, LoopListener.NONE);
  private final Recorder wire = new Recorder();
  private final Connection connection =
      new Connection(
          SmallResources.of(natives, loop, 1_000, 256, HIGH_WATERMARK),
          NO_DESCRIPTOR,
          new byte[0],
          (host, below) -> wire,
          () -> {});
  private final Streams streams = new Streams();

  @AfterEach
  void close() {
    queue.close();
  }

  @Test
  void whatStreamsKeptBackLeavesInOneWriteAtTheEndOfTheTurn() {
    connection.handler(streams);
    streams.waiting.addAll(List.of(10, 20, 30));

    inOneTurn(connection::flushSoon, connection::flushSoon);

    assertThat(streams.asked).isEqualTo(1);
    assertThat(wire.writes).containsExactly(60);
  }

  @Test
  void whatWasWrittenInTheTurnLeavesWithIt() {
    connection.handler(streams);
    streams.waiting.add(20);

    inOneTurn(() -> connection.write(new byte[5], 0, 5));

    assertThat(wire.writes).containsExactly(25);
  }

  @Test
  void theRoomIsWhatTheHighWatermarkLeaves() {
    wire.takes = 0;
    assertThat(connection.room()).isEqualTo(HIGH_WATERMARK);

    connection.write(new byte[10], 0, 10);
    connection.flushNow();
    assertThat(connection.room()).isEqualTo(HIGH_WATERMARK - 10);

    connection.write(new byte[100], 0, 100);
    assertThat(connection.room()).isZero();
    assertThat(connection.isWritable()).isFalse();
  }

  @Test
  void aConnectionThatIsClosingIsNotFilled() {
    connection.handler(streams);
    streams.waiting.add(20);

    inOneTurn(
        () -> {
          connection.write(new byte[5], 0, 5);
          connection.closeAfterFlush(CloseReason.RESPONSE_END, Linger.NO);
        });

    assertThat(streams.asked).isZero();
    assertThat(wire.writes).containsExactly(5);
  }

  /** Runs the tasks in the first turn of the loop; the connection is not registered. */
  private void inOneTurn(Runnable... tasks) {
    for (Runnable task : tasks) {
      loop.execute(task);
    }
    loop.shutdown();
    loop.run();
  }

  /** Streams with so many bytes each, and all the loop's turn to send them. */
  private final class Streams implements QuietHandler {
    private final List<Integer> waiting = new ArrayList<>();
    private int asked;

    @Override
    public void beforeFlush() {
      asked++;
      while (!waiting.isEmpty() && connection.room() >= waiting.get(0)) {
        int length = waiting.remove(0);
        connection.write(new byte[length], 0, length);
      }
    }

    @Override
    public boolean wantsInput() {
      return false;
    }
  }

  private static final class Recorder extends SilentTransport {
    private final List<Integer> writes = new ArrayList<>();
    private int takes = Integer.MAX_VALUE;

    @Override
    public int write(NativeBuffer from, int offset, int length) {
      writes.add(length);
      return Math.min(takes, length);
    }
  }
}
