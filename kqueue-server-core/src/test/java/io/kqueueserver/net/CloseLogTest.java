package io.kqueueserver.net;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.loop.LoopListener;
import io.kqueueserver.queue.Kqueue;
import io.kqueueserver.queue.Kqueues;
import io.kqueueserver.socket.Sockets;
import io.kqueueserver.stats.CloseReason;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The line of a closed connection names the call that failed, and its errno. */
class CloseLogTest {
  /** Closing it is EBADF and harms nothing. */
  private static final int NO_DESCRIPTOR = 1_000_000;

  /** EPIPE has this number on every system. */
  private static final int EPIPE = 32;

  private final Native natives = Native.load(NativeOptions.DEFAULTS);
  private final Kqueue queue = Kqueues.open(natives);
  private final EventLoop loop = new EventLoop("test", queue, () -> 0, LoopListener.NONE);
  private final Logger log = (Logger) LoggerFactory.getLogger(CloseLog.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

  @BeforeEach
  void listen() {
    lines.start();
    log.addAppender(lines);
    log.setLevel(Level.DEBUG);
    log.setAdditive(false);
  }

  @AfterEach
  void close() {
    log.detachAppender(lines);
    log.setLevel(null);
    log.setAdditive(true);
    queue.close();
  }

  @Test
  void aWriteThatFailsIsNamedWithItsErrno() {
    Connection connection = over(-EPIPE);
    connection.write(new byte[10], 0, 10);
    connection.flushNow();

    assertThat(line()).isEqualTo("fd 1000000: closed for PEER_RESET: write: EPIPE");
  }

  @Test
  void aFailureWithoutErrnoIsNamedToo() {
    Connection connection = over(Transport.FAILED);
    connection.write(new byte[10], 0, 10);
    connection.flushNow();

    assertThat(line()).isEqualTo("fd 1000000: closed for PEER_RESET: write failed");
  }

  @Test
  void aCloseWithoutFailureHasItsReasonOnly() {
    over(0).close(CloseReason.IDLE_TIMEOUT);

    assertThat(line()).isEqualTo("fd 1000000: closed for IDLE_TIMEOUT");
  }

  private String line() {
    assertThat(lines.list).hasSize(1);
    return lines.list.get(0).getFormattedMessage();
  }

  private Connection over(int result) {
    LoopResources resources =
        new LoopResources(
            loop,
            new Sockets(natives),
            NativeBuffer.allocate(64),
            new Staging(NativeBuffer.allocate(64)),
            new FileWorker("test"),
            new LoopMemory(new MemoryBound(1 << 20, 1), loop),
            new NetOptions(64, 32, 1_000, null, Discarding.DEFAULTS));
    TransportFactory factory =
        (connection, below) ->
            new SilentTransport() {
              @Override
              public int write(NativeBuffer from, int length) {
                return result;
              }
            };
    return new Connection(resources, NO_DESCRIPTOR, new byte[0], factory, () -> {});
  }
}
